import fc from "fast-check";
import { expect, test } from "vitest";
import { binaryScores } from "./classification.ts";
import { bestF1Threshold, missRate, thresholdAtFalsePositiveRate } from "./operating-point.ts";

const examples = fc
  .array(fc.tuple(fc.integer({ min: 0, max: 6 }), fc.integer({ min: 0, max: 1 })), { minLength: 2 })
  .filter((list) => new Set(list.map(([, label]) => label)).size === 2);
const columns = (list: [number, number][]) =>
  [list.map(([score]) => score / 6), list.map(([, label]) => label)] as const;
const f1At = (scores: readonly number[], labels: readonly number[], threshold: number) =>
  binaryScores(
    scores.map((score) => (score >= threshold ? 1 : 0)),
    labels,
  ).f1;

test("bestF1Threshold: worked by hand, halfway between scores", () => {
  expect(bestF1Threshold([0.9, 0.8, 0.4, 0.1], [1, 1, 0, 0])).toBeCloseTo(0.6, 12);
  expect(bestF1Threshold([0.2, 0.1], [0, 1])).toBe(0.1);
});

test("bestF1Threshold: no threshold does better", () => {
  fc.assert(
    fc.property(examples, (list) => {
      const [scores, labels] = columns(list);
      const best = f1At(scores, labels, bestF1Threshold(scores, labels));
      for (const score of scores) expect(f1At(scores, labels, score)).toBeLessThanOrEqual(best);
    }),
  );
});

test("thresholdAtFalsePositiveRate: the rate is kept, and the next score down would break it", () => {
  const rateAt = (scores: readonly number[], labels: readonly number[], threshold: number) => {
    const negatives = scores.filter((_, i) => labels[i] === 0);
    return negatives.filter((score) => score >= threshold).length / negatives.length;
  };
  fc.assert(
    fc.property(examples, fc.constantFrom(0, 0.005, 0.2, 0.5), (list, rate) => {
      const [scores, labels] = columns(list);
      const threshold = thresholdAtFalsePositiveRate(scores, labels, rate);
      expect(rateAt(scores, labels, threshold)).toBeLessThanOrEqual(rate);
      const below = scores.filter((score) => score < threshold);
      if (below.length === 0) return;
      expect(rateAt(scores, labels, Math.max(...below))).toBeGreaterThan(rate);
    }),
  );
});

test("thresholdAtFalsePositiveRate: a safe sample of score 1 leaves nothing to call vulnerable", () => {
  const threshold = thresholdAtFalsePositiveRate([1, 1, 0.2], [0, 1, 1], 0.005);
  expect(threshold).toBeGreaterThan(1);
  expect(missRate([1, 0.2], [1, 1], threshold)).toBe(1);
});

test("missRate: share of ones below the threshold, NaN without any", () => {
  expect(missRate([0.9, 0.4, 0.3, 0.9], [1, 1, 1, 0], 0.4)).toBeCloseTo(1 / 3, 12);
  expect(missRate([0.9], [0], 0.5)).toBeNaN();
});

test("thresholds need the class they are about", () => {
  expect(() => bestF1Threshold([0.1], [0])).toThrow("one class only");
  expect(() => thresholdAtFalsePositiveRate([0.1], [1], 0)).toThrow("one class only");
});
