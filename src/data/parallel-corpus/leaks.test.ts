/** @file No label leaks into the words of the parallel corpus, whatever is held out. */
import { expect, test } from "vitest";
import { rocAuc } from "../../metrics/index.ts";
import { baselineScores } from "../leaks/index.ts";
import { generateParallelCorpus, type ParallelSample } from "./index.ts";

const samples = generateParallelCorpus({
  seed: 9,
  count: 390,
  languages: ["java", "python", "rust"],
});

function aucOf(drawn: readonly ParallelSample[], scores: Float64Array): number {
  const at = drawn.map((sample) => samples.indexOf(sample));
  return rocAuc(
    at.map((index) => scores[index]!),
    drawn.map(({ label }) => label),
  );
}

test("baseline: words tell nothing when programs are held out, in any weakness", () => {
  const scores = baselineScores(samples, { seed: 1 });
  for (const cwe of new Set(samples.map((sample) => sample.cwe))) {
    const auc = aucOf(
      samples.filter((sample) => sample.cwe === cwe),
      scores,
    );
    expect(auc, cwe).toBeLessThanOrEqual(0.55);
    expect(auc, cwe).toBeGreaterThanOrEqual(0.45);
  }
});

test("baseline: words tell nothing within a template family held out", () => {
  const partOf = (sample: object) => (sample as ParallelSample).family;
  const families = new Set(samples.map(({ family }) => family));
  const scores = baselineScores(samples, { seed: 1, folds: families.size, partOf });
  for (const family of families) {
    const auc = aucOf(
      samples.filter((sample) => sample.family === family),
      scores,
    );
    expect(Math.abs(auc - 0.5), family).toBeLessThanOrEqual(0.05);
  }
});
