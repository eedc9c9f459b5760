/** @file The baseline that every model is put beside: naive Bayes over bags of words. */
import { join } from "node:path";
import { makeFolder, readJsonFile, writeFileAtomically } from "../base/index.ts";
import { trainWordBaseline, type WordBaseline, wordBaselineScores } from "../data/index.ts";
import type { LabModel } from "./lab-model.ts";
import { baselineModel } from "./records.ts";

const fileName = "words.json";
/** Far above the vocabulary of a million samples. */
const maxBytes = 400e6;

/**
 * Log-odds as a score in [0, 1]: x becomes (1 + x / (1 + |x|)) / 2. Naive Bayes is so sure of itself that
 * its probabilities round to 0 and 1, where their order would be lost.
 */
const squashed = (odds: number) => (1 + odds / (1 + Math.abs(odds))) / 2;

/** The baseline as a model of the lab: it learns from labels, and is the same for every seed. */
export function openBaseline(): LabModel {
  const plan: LabModel["plan"] = async ({ train }) => {
    return { steps: 0, tokens: trainWordBaseline(train).wordsRead };
  };
  return {
    family: "baseline",
    digest: `${baselineModel} 1`,
    trainingDigest: "",
    adaptations: ["security"],
    isDrawn: false,
    tokensOf: async () => 0,
    plan,
    adapt: async ({ train }, _plan, folder) => {
      makeFolder(folder);
      writeFileAtomically(join(folder, fileName), JSON.stringify(trainWordBaseline(train)));
      return folder;
    },
    score: async (samples, { from }) => {
      const words = readJsonFile(join(from!, fileName), maxBytes) as WordBaseline;
      const odds = wordBaselineScores(
        words,
        samples.map(({ code }) => code),
      );
      return { scores: odds.map(squashed), truncated: samples.map(() => false) };
    },
  };
}
