/** @file The baseline as a model of its own, plain data: trained on some samples, asked about others. */
import type { LabelledSample } from "../labelled-samples.ts";
import { scoreOf, trainNaiveBayes } from "./naive-bayes.ts";
import { bagOf, Vocabulary } from "./words.ts";

/** A trained baseline. */
export interface WordBaseline {
  /** Log-odds of the label 1 before anything is read, nats. */
  readonly prior: number;
  /** Words of the training samples, in order of appearance. */
  readonly words: readonly string[];
  /** Log-odds that each word adds, nats. */
  readonly odds: readonly number[];
  /** Words of the training samples, with repeats. */
  readonly wordsRead: number;
}

/** Learn which words go with which label: multinomial naive Bayes over bags of words. */
export function trainWordBaseline(
  samples: readonly Pick<LabelledSample, "code" | "label">[],
): WordBaseline {
  const vocabulary = new Vocabulary();
  const bags = samples.map(({ code }) => bagOf(code, vocabulary));
  const labels = samples.map(({ label }) => label);
  const { prior, odds } = trainNaiveBayes(bags, labels, [...samples.keys()], vocabulary.size);
  const wordsRead = bags.reduce((sum, { counts }) => sum + counts.reduce((a, b) => a + b, 0), 0);
  return { prior, words: vocabulary.words, odds: [...odds], wordsRead };
}

/** Log-odds of the label 1 for each code, nats; words that training never saw count nothing. */
export function wordBaselineScores(
  { prior, words, odds }: WordBaseline,
  codes: readonly string[],
): number[] {
  const vocabulary = new Vocabulary();
  for (const word of words) vocabulary.idOf(word);
  const model = { prior, odds: Float64Array.from(odds) };
  return codes.map((code) => {
    const { ids, counts } = bagOf(code, vocabulary);
    // new words are numbered after those of training
    const isNew = ids.findIndex((id) => id >= words.length);
    const end = isNew < 0 ? ids.length : isNew;
    return scoreOf(model, { ids: ids.subarray(0, end), counts: counts.subarray(0, end) });
  });
}
