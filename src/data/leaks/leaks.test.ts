import { expect, test } from "vitest";
import { ConfigError, Random } from "../../base/index.ts";
import type { LabelledSample } from "../labelled-samples.ts";
import { baselineScores, findLeaks } from "./index.ts";

const nouns = "order item user page file price city name code list".split(" ");

/** Samples of random words; `tell` puts words in according to the label. */
function drawn(tell: (label: 0 | 1, random: Random) => string): LabelledSample[] {
  const random = new Random(4);
  return Array.from({ length: 300 }, (_, index) => {
    const label = random.below(2) as 0 | 1;
    const words = Array.from({ length: 12 }, () => random.pick(nouns)).join(" + ");
    const code = `call(${words}); ${tell(label, random)}`;
    const id = String(index);
    return { id, code, label, language: "c", cwe: null, pair: null, group: id, source: "own" };
  });
}

test("findLeaks: words drawn without regard to the label tell nothing", () => {
  const { auc } = findLeaks(
    drawn(() => ""),
    { seed: 1 },
  );
  expect(Math.abs(auc - 0.5)).toBeLessThan(0.1);
});

test("findLeaks: a planted word is found, named first, and counted as a label word", () => {
  const report = findLeaks(
    drawn((label, random) => (random.uniform() < 0.8 && label === 1 ? "badSink(data)" : "")),
    { seed: 1, numWords: 3 },
  );
  expect(report.auc).toBeGreaterThan(0.8);
  expect(report.words.map(({ word }) => word)).toContain("badSink");
  expect(report.words[0]!.z).toBeGreaterThan(4);
  expect(report.labelWords.bad!.safe).toBe(0);
  expect(report.labelWords.bad!.vulnerable).toBeGreaterThan(100);
  expect(report.languages.c!.samples).toBe(300);
});

test("findLeaks: the order of words tells only when pairs of words are counted", () => {
  const swapped = drawn((label) => (label === 1 ? "first(); second();" : "second(); first();"));
  expect(Math.abs(findLeaks(swapped, { seed: 1 }).auc - 0.5)).toBeLessThan(0.1);
  expect(findLeaks(swapped, { seed: 1, order: 2 }).auc).toBeGreaterThan(0.95);
});

test("baselineScores: the same words give the same score to the last bit, in any order", () => {
  const samples = drawn(() => "");
  const words = samples[0]!.code.split(" ").reverse().join(" ");
  const both = [...samples.slice(2), { ...samples[0]!, code: words }, samples[0]!];
  const scores = baselineScores(both, { seed: 1, partOf: ({ code }) => String(code.length) });
  expect(scores.at(-1)).toBe(scores.at(-2));
});

test("findLeaks: fewer groups than folds are refused", () => {
  const samples = drawn(() => "").map((sample) => ({ ...sample, group: "all" }));
  expect(() => findLeaks(samples, { seed: 1 })).toThrow(ConfigError);
});
