/** @file The threshold scan against sorting everything. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { argmax, topCandidates } from "./top-candidates.ts";

const value = fc.oneof(
  { weight: 8, arbitrary: fc.float({ noNaN: true, min: -50, max: 0 }) },
  { weight: 2, arbitrary: fc.constantFrom(-1, -2, Number.NEGATIVE_INFINITY) },
);
const rowScore = fc.oneof(fc.float({ noNaN: true, min: -50, max: 0 }), fc.constant(-1e9));
const groups = fc
  .tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 2, max: 40 }))
  .chain(([rows, vocabSize]) =>
    fc.record({
      logProbs: fc.array(value, { minLength: rows * vocabSize, maxLength: rows * vocabSize }),
      rowScores: fc.array(rowScore.map(Math.fround), { minLength: rows, maxLength: rows }),
      vocabSize: fc.constant(vocabSize),
      count: fc.integer({ min: 1, max: rows * vocabSize }),
    }),
  );

test("topCandidates: the same as sorting every sum, equals in their order", () => {
  fc.assert(
    fc.property(groups, ({ logProbs, rowScores, vocabSize, count }) => {
      const sums = logProbs.map((x, i) => {
        const row = Math.floor(i / vocabSize);
        return { score: Math.fround(rowScores[row]! + x), row, token: i % vocabSize };
      });
      const want = sums
        .sort((a, b) => (a.score === b.score ? 0 : b.score - a.score))
        .slice(0, count);
      const got = topCandidates(Float32Array.from(logProbs), rowScores, vocabSize, count);
      expect(got).toEqual(want);
    }),
    { numRuns: 300 },
  );
});

test("topCandidates: a row of NaN is an error", () => {
  const logProbs = Float32Array.of(-1, -2, Number.NaN, Number.NaN);
  expect(() => topCandidates(logProbs, [0, 0], 2, 2)).toThrow("NaN");
});

test("argmax: the first of equals, 0 when everything is forbidden", () => {
  expect(argmax(Float32Array.of(-3, -1, -1))).toBe(1);
  expect(argmax(new Float32Array(3).fill(Number.NEGATIVE_INFINITY))).toBe(0);
});
