import { expect, test } from "vitest";
import { trainWordBaseline, wordBaselineScores } from "./word-baseline.ts";

const samples = [
  { code: "exec(input)", label: 1 },
  { code: "exec(clean)", label: 0 },
  { code: "run(input, input)", label: 1 },
] as const;

test("wordBaselineScores: multinomial naive Bayes with add-one smoothing, by hand", () => {
  const baseline = trainWordBaseline(samples);
  expect(baseline.wordsRead).toBe(14);
  expect(baseline.words).toEqual(["exec", "(", "input", ")", "clean", "run", ","]);
  // 10 words of class 1 and 4 of class 0, 7 different ones
  const odds = (one: number, zero: number) => Math.log((one + 1) / 17 / ((zero + 1) / 11));
  const prior = Math.log(3 / 2);
  const [score] = wordBaselineScores(baseline, ["exec input"]);
  expect(score).toBeCloseTo(prior + odds(1, 1) + odds(3, 0), 12);
});

test("wordBaselineScores: words that training never saw count nothing, in whatever order they come", () => {
  const baseline = trainWordBaseline(samples);
  const codes = ["exec(input)", "new exec(input) words", "words"];
  const [known, more, none] = wordBaselineScores(baseline, codes);
  expect(more).toBe(known);
  expect(none).toBe(baseline.prior);
  expect(wordBaselineScores(JSON.parse(JSON.stringify(baseline)), codes)).toEqual([
    known,
    more,
    none,
  ]);
});
