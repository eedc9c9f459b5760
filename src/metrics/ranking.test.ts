import fc from "fast-check";
import { expect, test } from "vitest";
import { averagePrecision, rocAuc } from "./ranking.ts";

test("rocAuc: worked by hand, ties count one half", () => {
  expect(rocAuc([0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1])).toBe(0.75);
  expect(rocAuc([0.5, 0.5, 0.5], [0, 1, 1])).toBe(0.5);
  // pairs (1, 0): 0.9 > 0.5, 0.9 > 0.2, 0.5 = 0.5, 0.5 > 0.2
  expect(rocAuc([0.9, 0.5, 0.5, 0.2], [1, 1, 0, 0])).toBe(3.5 / 4);
});

test("averagePrecision: worked by hand, tied scores are one threshold", () => {
  expect(averagePrecision([0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1])).toBeCloseTo(
    1 / 2 + (1 / 2) * (2 / 3),
    12,
  );
  expect(averagePrecision([0.5, 0.5, 0.5, 0.5], [0, 1, 1, 0])).toBe(0.5);
  expect(averagePrecision([0.9, 0.5, 0.5], [0, 1, 0])).toBeCloseTo(1 / 3, 12);
});

const examples = fc
  .array(fc.tuple(fc.integer({ min: 0, max: 6 }), fc.integer({ min: 0, max: 1 })), { minLength: 2 })
  .filter((list) => new Set(list.map(([, label]) => label)).size === 2);

test("rocAuc: equals the share of pairs in order", () => {
  fc.assert(
    fc.property(examples, (list) => {
      const ones = list.filter(([, label]) => label === 1).map(([score]) => score);
      const zeros = list.filter(([, label]) => label === 0).map(([score]) => score);
      const wins = ones.flatMap((a) => zeros.map((b) => (a > b ? 1 : a === b ? 0.5 : 0)));
      const want = wins.reduce<number>((sum, win) => sum + win, 0) / wins.length;
      const scores = list.map(([score]) => score);
      const labels = list.map(([, label]) => label);
      expect(rocAuc(scores, labels)).toBeCloseTo(want, 12);
    }),
  );
});

test("averagePrecision: equals the sum over thresholds of precision times recall gained", () => {
  fc.assert(
    fc.property(examples, (list) => {
      const numPositive = list.filter(([, label]) => label === 1).length;
      const thresholds = [...new Set(list.map(([score]) => score))].sort((a, b) => b - a);
      let previous = 0;
      const terms = thresholds.map((threshold) => {
        const chosen = list.filter(([score]) => score >= threshold);
        const found = chosen.filter(([, label]) => label === 1).length;
        const gain = found / numPositive - previous;
        previous = found / numPositive;
        return gain * (found / chosen.length);
      });
      const want = terms.reduce((sum, term) => sum + term, 0);
      const scores = list.map(([score]) => score);
      const labels = list.map(([, label]) => label);
      expect(averagePrecision(scores, labels)).toBeCloseTo(want, 12);
    }),
  );
});

test("rankings of one class are undefined: NaN", () => {
  expect(rocAuc([0.1, 0.2], [1, 1])).toBeNaN();
  expect(rocAuc([0.1, 0.2], [0, 0])).toBeNaN();
  expect(averagePrecision([0.1, 0.2], [0, 0])).toBeNaN();
});

test("rankings refuse labels outside {0, 1} and scores that are not finite", () => {
  expect(() => rocAuc([0.1, 0.2], [0, 2])).toThrow(
    expect.objectContaining({ code: "metric.label" }),
  );
  expect(() => rocAuc([0.1, Number.NaN], [0, 1])).toThrow(
    expect.objectContaining({ code: "metric.score" }),
  );
});
