import fc from "fast-check";
import { expect, test } from "vitest";
import { Random } from "../base/index.ts";
import { drawTokenSpans, drawWordSpans, type Span } from "./draw-spans.ts";

const hiddenOf = (spans: readonly Span[]) =>
  spans.reduce((sum, { first, last }) => sum + last - first, 0);

/** Draws from the same stream, one after the other. */
function manyDraws(numWords: number, times = 20_000): Span[][] {
  const random = new Random(7, `words ${numWords}`);
  return Array.from({ length: times }, () => drawWordSpans(random, numWords));
}

test.each([1, 2, 5, 9, 10, 19, 20, 33, 100, 1000])(
  "drawWordSpans: 15 %% of %i words are hidden on average",
  (numWords) => {
    const draws = manyDraws(numWords, numWords > 500 ? 1000 : 20_000);
    const rates = draws.map((spans) => hiddenOf(spans) / numWords);
    const mean = rates.reduce((sum, rate) => sum + rate, 0) / rates.length;
    const deviation = Math.sqrt(
      rates.reduce((sum, rate) => sum + (rate - mean) ** 2, 0) / rates.length,
    );
    // four standard errors
    expect(Math.abs(mean - 0.15)).toBeLessThan((4 * deviation) / Math.sqrt(rates.length));
  },
);

test("drawWordSpans: lengths are uniform from 1 to 5, wherever the span stands", () => {
  for (const numWords of [20, 200]) {
    const draws = manyDraws(numWords);
    for (const pick of [0, -1]) {
      const counts = [0, 0, 0, 0, 0];
      const lengths = draws.flatMap((spans) => {
        const span = spans.at(pick);
        return span === undefined ? [] : [span.last - span.first];
      });
      for (const length of lengths) counts[length - 1]!++;
      const expected = lengths.length / 5;
      const chiSquare = counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
      // the 99.9th percentile for 4 degrees of freedom
      expect(chiSquare).toBeLessThan(18.47);
    }
  }
});

test("drawWordSpans: every word is hidden equally often, but for the edges", () => {
  const numWords = 60;
  const counts = new Array<number>(numWords).fill(0);
  const draws = manyDraws(numWords);
  for (const { first, last } of draws.flat()) {
    for (let word = first; word < last; word++) counts[word]!++;
  }
  const rates = counts.map((count) => count / draws.length);
  for (const rate of rates.slice(5, -5)) expect(Math.abs(rate - 0.16)).toBeLessThan(0.02);
  expect(rates[0]).toBeCloseTo(rates.at(-1)!, 1);
  expect(rates[0]).toBeGreaterThan(0.03);
});

test("drawWordSpans: spans are ascending, in range, with a word between; at least one when asked", () => {
  fc.assert(
    fc.property(fc.integer(), fc.integer({ min: 0, max: 300 }), (seed, numWords) => {
      for (const atLeastOne of [false, true]) {
        const spans = drawWordSpans(new Random(seed), numWords, atLeastOne);
        let free = 0;
        for (const { first, last } of spans) {
          expect(first).toBeGreaterThanOrEqual(free);
          expect(last - first).toBeGreaterThanOrEqual(1);
          expect(last - first).toBeLessThanOrEqual(5);
          free = last + 1;
        }
        expect(free).toBeLessThanOrEqual(numWords + 1);
        if (atLeastOne && numWords > 0) expect(spans.length).toBeGreaterThan(0);
      }
    }),
  );
});

test("drawTokenSpans: T5's numbers of tokens and spans, visible first, hidden last", () => {
  fc.assert(
    fc.property(fc.integer(), fc.integer({ min: 2, max: 600 }), (seed, numTokens) => {
      const spans = drawTokenSpans(new Random(seed), numTokens);
      const hidden = Math.max(1, Math.round(numTokens * 0.15));
      expect(hiddenOf(spans)).toBe(hidden);
      expect(spans).toHaveLength(Math.max(1, Math.round(hidden / 3)));
      expect(spans[0]!.first).toBeGreaterThan(0);
      expect(spans.at(-1)!.last).toBe(numTokens);
      spans.slice(1).forEach(({ first }, i) => {
        expect(first).toBeGreaterThan(spans[i]!.last);
      });
    }),
  );
  expect(drawTokenSpans(new Random(1), 0)).toEqual([]);
  expect(drawTokenSpans(new Random(1), 1)).toEqual([]);
});
