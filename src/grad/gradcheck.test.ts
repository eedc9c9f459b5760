/** @file The check itself: it passes what is right and points at what is not. */
import { expect, test } from "vitest";
import { add, log, matMul, mul, relu, sign, tanh } from "../graph/index.ts";
import { gradcheck } from "./index.ts";

test("gradcheck: a right gradient agrees to nine digits in float64, to two in float32", async () => {
  const build = (x: Parameters<typeof tanh>[0], w: typeof x) => tanh(matMul(x, w));
  const inputs = [
    [2, 3],
    [3, 4],
  ];
  expect((await gradcheck(build, { inputs })).worst).toBeLessThan(1e-8);
  expect((await gradcheck(build, { inputs, dtype: "float32" })).worst).toBeLessThan(1e-2);
});

test("gradcheck: the element that is wrong is named, with both gradients", async () => {
  // the slope of sign is 0 by rule, and endless by differences where it jumps
  const jump = { shape: [4], data: Float64Array.of(3, -2, 0, 1) };
  const smooth = { shape: [4], data: Float64Array.of(1, 1, 1, 1) };
  const result = await gradcheck((a, b) => add(mul(a, a), sign(b)), { inputs: [smooth, jump] });
  expect(result).toMatchObject({ input: 1, index: 2 });
  expect(Math.abs(result.analytic)).toBe(0);
  expect(Math.abs(result.numeric)).toBeGreaterThan(1e3);
  expect(result.worst).toBeGreaterThan(0.9);
});

test("gradcheck: a gradient that is not a number is never overlooked", async () => {
  const x = { shape: [3], data: Float64Array.of(2, -1, 3) };
  const result = await gradcheck(log, { inputs: [x] });
  expect(result).toMatchObject({ worst: Number.POSITIVE_INFINITY, input: 0 });
});

test("gradcheck: given values are left as they are, and the seed decides the others", async () => {
  const x = { shape: [2], data: Float64Array.of(0.5, 2) };
  await gradcheck(relu, { inputs: [x] });
  expect([...x.data]).toEqual([0.5, 2]);
  const at = (seed: number) => gradcheck(tanh, { inputs: [[5]], seed });
  expect(await at(3)).toEqual(await at(3));
  expect(await at(3)).not.toEqual(await at(4));
});
