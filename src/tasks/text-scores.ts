/** @file Scoring tasks whose answer is text: generate, compare with the references. */
import { corpusBleu, exactMatch, smoothedBleu } from "../metrics/index.ts";
import type { Report } from "../train/index.ts";
import { generateTexts } from "./generate-texts.ts";
import type { Task } from "./task.ts";

type Figures = (predictions: readonly string[], references: readonly string[]) => Report;

/** BLEU, exact match and their sum, in [0, 100], [0, 100] and [0, 200]; higher is better. */
const bleuAndExactMatch: Figures = (predictions, references) => {
  const bleu = corpusBleu(predictions, references, { noTokens: "zero" });
  const matches = exactMatch(predictions, references);
  return { bleu, exactMatch: matches, bleuPlusExactMatch: bleu + matches };
};

/** Smoothed BLEU-4 of summarisation, in [0, 100]; higher is better. */
const summaryBleu: Figures = (predictions, references) => {
  return { smoothedBleu: smoothedBleu(predictions, references) };
};

function scoredBy(figures: Figures): Task["score"] {
  return async (model, tokenizer, examples, options) => {
    const texts = await generateTexts(model, tokenizer, examples, options);
    const references = examples.map(({ target }) => target);
    return {
      report: figures(texts, references),
      predictions: examples.map(({ id }, i) => ({ id, prediction: texts[i]! })),
    };
  };
}

/** What CodeT5's generation tasks report, and what picks their best checkpoint. */
export const codeGeneration = {
  hasThreshold: false,
  selection: { metric: "bleuPlusExactMatch", direction: "higher" },
  score: scoredBy(bleuAndExactMatch),
} as const satisfies Partial<Task>;

/** What summarisation reports, and what picks its best checkpoint. */
export const textGeneration = {
  hasThreshold: false,
  selection: { metric: "smoothedBleu", direction: "higher" },
  score: scoredBy(summaryBleu),
} as const satisfies Partial<Task>;

/** A row of a data set as an example; its number is its id. */
export function numbered<T extends object>(row: T, number: number): T & { readonly id: string } {
  return { ...row, id: String(number) };
}
