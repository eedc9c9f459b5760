import { expect, test } from "vitest";
import { mcnemar } from "./mcnemar.ts";

function answers(onlyFirst: number, onlySecond: number, both = 5): [boolean[], boolean[]] {
  const fill = (count: number, value: boolean) => new Array<boolean>(count).fill(value);
  const first = [...fill(onlyFirst, true), ...fill(onlySecond, false), ...fill(both, true)];
  const second = [...fill(onlyFirst, false), ...fill(onlySecond, true), ...fill(both, true)];
  return [first, second];
}

test("mcnemar: exact and corrected values worked by hand", () => {
  const result = mcnemar(...answers(2, 8));
  // 2 (1 + 10 + 45) / 1024, and (6 - 1)^2 / 10
  expect(result).toMatchObject({ onlyFirst: 2, onlySecond: 8, exact: 112 / 1024, chiSquared: 2.5 });
  expect(result.asymptotic).toBeCloseTo(0.11384629800665805, 12);
});

test("mcnemar: the chi-squared tail is right where the series gives way to the fraction", () => {
  // statistics and p-values of one degree of freedom
  expect(mcnemar(...answers(121, 60)).asymptotic).toBeCloseTo(8.204961428027426e-6, 17);
  const { chiSquared, asymptotic } = mcnemar(...answers(60, 121));
  expect(chiSquared).toBeCloseTo(60 ** 2 / 181, 12);
  expect(asymptotic).toBeGreaterThan(0);
});

test("mcnemar: no disagreement, or as many on both sides, is no difference", () => {
  expect(mcnemar(...answers(0, 0))).toMatchObject({ exact: 1, chiSquared: 0, asymptotic: 1 });
  expect(mcnemar(...answers(7, 7))).toMatchObject({ exact: 1, chiSquared: 0, asymptotic: 1 });
});

test("mcnemar: thousands of disagreements neither overflow nor turn into NaN", () => {
  expect(mcnemar(...answers(3000, 2000)).exact).toBeLessThan(1e-40);
  expect(mcnemar(...answers(1000, 1001)).exact).toBe(1);
  expect(() => mcnemar([true], [])).toThrow("do not pair up");
});
