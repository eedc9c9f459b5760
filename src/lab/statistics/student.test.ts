import { expect, test } from "vitest";
import { meanInterval, studentCdf, studentQuantile } from "./student.ts";

test("studentQuantile: the table at the back of every textbook", () => {
  const table = [
    [1, 12.7062],
    [2, 4.30265],
    [3, 3.18245],
    [4, 2.77645],
    [9, 2.26216],
    [10, 2.22814],
    [30, 2.04227],
  ] as const;
  for (const [degrees, t] of table) expect(studentQuantile(0.975, degrees)).toBeCloseTo(t, 4);
});

test("studentCdf: symmetric, one half at 0", () => {
  for (const degrees of [1, 2, 3, 7, 8]) {
    expect(studentCdf(0, degrees)).toBeCloseTo(0.5, 12);
    expect(studentCdf(1.3, degrees) + studentCdf(-1.3, degrees)).toBeCloseTo(1, 12);
  }
  expect(studentCdf(1, 1)).toBeCloseTo(0.75, 12); // Cauchy
});

test("meanInterval: worked by hand for three values", () => {
  // mean 2, deviation 1, error 1/sqrt(3), t of two degrees 4.30265
  const { value, low, high, pValue } = meanInterval([1, 2, 3]);
  expect([value, low, high]).toBeAllclose(
    [2, 2 - 4.302653 / Math.sqrt(3), 2 + 4.302653 / Math.sqrt(3)],
    {
      rtol: 1e-6,
    },
  );
  expect(pValue).toBeCloseTo(0.07418, 5); // R: t.test(1:3)
});

test("meanInterval: one value has no interval, equal values no doubt", () => {
  expect(meanInterval([3])).toMatchObject({ value: 3, low: Number.NaN, count: 1 });
  expect(meanInterval([2, 2])).toMatchObject({ low: 2, high: 2, pValue: 0 });
  expect(meanInterval([0, 0]).pValue).toBe(1);
});
