import { expect, test } from "vitest";
import { findPairs, pairOutcomes } from "./pair-outcomes.ts";

test("pairOutcomes: one pair of each outcome", () => {
  const pairs = ["a", "a", "b", "b", "c", "c", "d", "d", null];
  const labels = [1, 0, 1, 0, 0, 1, 0, 1, 1];
  const predictions = [1, 0, 1, 1, 0, 0, 1, 0, 1];
  expect(pairOutcomes(findPairs(pairs, labels), predictions)).toEqual({
    ...{ correct: 1, vulnerable: 1, benign: 1, reversed: 1 },
    total: 4,
  });
});

test("findPairs: a name with one label only is no pair, of more the first go together", () => {
  const pairs = ["x", "x", "y", "y", "y", "y"];
  expect(findPairs(pairs, [1, 1, 1, 0, 1, 0])).toEqual([
    { vulnerable: 2, safe: 3 },
    { vulnerable: 4, safe: 5 },
  ]);
});
