import { expect, test } from "vitest";
import { holm } from "./holm.ts";

test("holm: as R's p.adjust", () => {
  // p.adjust(c(0.01, 0.04, 0.03, 0.005), "holm")
  expect(holm([0.01, 0.04, 0.03, 0.005])).toBeAllclose([0.03, 0.06, 0.06, 0.02], { rtol: 1e-12 });
});

test("holm: never above 1, and what could not be tested does not count", () => {
  expect(holm([0.6, 0.7])).toEqual([1, 1]);
  expect(holm([0.02, Number.NaN])).toEqual([0.02, Number.NaN]);
  expect(holm([])).toEqual([]);
});
