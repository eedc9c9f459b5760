import { expect, test } from "vitest";
import { bootstrapDifference, bootstrapInterval } from "./bootstrap.ts";

const right = Array.from({ length: 200 }, (_, i) => (i % 4 === 0 ? 0 : 1));
const meanOf = (values: readonly number[]) => (indexes: Uint32Array) =>
  indexes.reduce((sum, i) => sum + values[i]!, 0) / indexes.length;

test("bootstrapInterval: as wide as the normal approximation of a share", () => {
  const interval = bootstrapInterval(200, meanOf(right), { seed: 1, numResamples: 4000 });
  const error = Math.sqrt((0.75 * 0.25) / 200);
  expect(interval.value).toBe(0.75);
  expect(interval.standardError).toBeCloseTo(error, 2);
  expect(interval.low).toBeCloseTo(0.75 - 1.96 * error, 1);
  expect(interval.high).toBeCloseTo(0.75 + 1.96 * error, 1);
});

test("bootstrapInterval: the same seed gives the same interval, another one another", () => {
  const of = (seed: number) => bootstrapInterval(200, meanOf(right), { seed, numResamples: 50 });
  expect(of(1)).toEqual(of(1));
  expect(of(1).low === of(2).low && of(1).standardError === of(2).standardError).toBe(false);
});

test("bootstrapInterval: strata keep their sizes in every resample", () => {
  const shareOfOnes = bootstrapInterval(200, meanOf(right), {
    seed: 3,
    numResamples: 100,
    strata: right,
  });
  expect([shareOfOnes.low, shareOfOnes.high]).toEqual([0.75, 0.75]);
});

test("bootstrapInterval: resamples without a value are left out", () => {
  const rare = (indexes: Uint32Array) => (indexes.includes(0) ? 1 : Number.NaN);
  expect(bootstrapInterval(3, rare, { seed: 1, numResamples: 60 })).toMatchObject({
    low: 1,
    high: 1,
  });
});

test("bootstrapDifference: a real difference has a small p-value, none has a large one", () => {
  const worse = right.map((value, i) => (i % 3 === 0 ? 0 : value));
  const options = { seed: 1, numResamples: 500 };
  const difference = bootstrapDifference(200, meanOf(right), meanOf(worse), options);
  expect(difference.value).toBeGreaterThan(0.2);
  expect(difference.low).toBeGreaterThan(0);
  expect(difference.pValue).toBe(1 / 500);
  expect(bootstrapDifference(200, meanOf(right), meanOf(right), options).pValue).toBe(1);
});

test("bootstrapInterval: settings and lengths that make no sense are refused", () => {
  const one = meanOf([1]);
  expect(() => bootstrapInterval(0, one, { seed: 1 })).toThrow("nothing to score");
  expect(() => bootstrapInterval(1, one, { seed: 1, numResamples: 0 })).toThrow("out of range");
  expect(() => bootstrapInterval(1, one, { seed: 1, confidence: 1 })).toThrow("out of range");
  expect(() => bootstrapInterval(2, one, { seed: 1, strata: [1] })).toThrow("do not pair up");
});
