import { expect, test } from "vitest";
import { exactMatch, exactMatchOfTokens } from "./exact-match.ts";

test("exactMatch: ends are stripped, spacing inside counts", () => {
  const predictions = [" a b\n", "a  b", "c", "A b"];
  const references = ["a b", "a b", "c\x1f", "a b"];
  expect(exactMatch(predictions, references)).toBe(50);
  expect(exactMatchOfTokens(predictions, references)).toBe(75);
});

test("exactMatch: counts must agree, and both are shown", () => {
  expect(() => exactMatch(["a", "b"], ["a"])).toThrow(
    expect.objectContaining({
      code: "metric.length",
      details: { expected: "1 predictions, one for each reference", got: "2 predictions" },
    }),
  );
  expect(() => exactMatchOfTokens([], [])).toThrow("nothing to score");
});
