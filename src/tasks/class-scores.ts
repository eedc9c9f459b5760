/**
 * @file The probability of class 1, from a classification head, or from a model that writes `true` / `false`,
 * read off the two words' scores.
 */
import { DataError } from "../base/index.ts";
import { batchesByLength } from "../data/index.ts";
import { metrics } from "../metrics/index.ts";
import type { Model } from "../model/index.ts";
import type { Tokenizer } from "../tokenizer/index.ts";
import { continuation, encodeAnswer } from "./continuation.ts";
import { encodeSources } from "./encode.ts";
import { type Reader, readerOf } from "./read-off.ts";
import type { ScoreOptions, Task, TaskExample, TaskPrediction } from "./task.ts";

/** The words of CodeT5's defect task, by class. */
export const classWords = ["false", "true"] as const;

/** The tokens where `false` and `true` part, and what comes before them. */
interface AnswerTokens {
  readonly prefix: readonly number[];
  readonly answers: readonly [number, number];
}

/** @throws DataError `task.answers` when the tokenizer gives both words the same tokens */
function answerTokens(tokenizer: Tokenizer, { isDecoderOnly }: Reader): AnswerTokens {
  const encode = (word: string) =>
    isDecoderOnly ? encodeAnswer(word, tokenizer).ids : tokenizer.encodeIds(word);
  const [no, yes] = classWords.map(encode) as [number[], number[]];
  const at = no.findIndex((id, i) => id !== yes[i]);
  if (at < 0 || yes[at] === undefined) {
    throw new DataError("task.answers", "the tokenizer does not tell `true` from `false`", {
      expected: "different tokens",
      got: `${no} and ${yes}`,
    });
  }
  return { prefix: no.slice(0, at), answers: [no[at]!, yes[at]] };
}

/** p(true) / (p(true) + p(false)) at the position where they part. */
async function probabilitiesByGeneration(
  model: Model,
  inputIds: readonly (readonly number[])[],
  { prefix, answers }: AnswerTokens,
): Promise<number[]> {
  const { decoderStartTokenId } = model.config;
  if (decoderStartTokenId === undefined) {
    return probabilitiesByContinuation(model, inputIds, { prefix, answers });
  }
  const start = [decoderStartTokenId, ...prefix];
  const { logits } = await model.forward({ inputIds, decoderInputIds: inputIds.map(() => start) });
  const [, length, vocabSize] = logits.shape as [number, number, number];
  return inputIds.map((_, row) => {
    const at = ((row + 1) * length - 1) * vocabSize;
    const [no, yes] = answers.map((id) => logits.data[at + id]!) as [number, number];
    return 1 / (1 + Math.exp(no - yes));
  });
}

/** The same behind the question, for a decoder alone: one position of each row reaches the vocabulary. */
async function probabilitiesByContinuation(
  model: Model,
  questions: readonly (readonly number[])[],
  { prefix, answers }: AnswerTokens,
): Promise<number[]> {
  const rows = questions.map((ids) => continuation([...ids, ...prefix], [answers[1]]));
  const logits = await model.scoredLogits({
    inputIds: rows.map(({ source }) => source),
    labels: rows.map(({ target }) => target),
  });
  const vocabSize = logits.shape[1]!;
  return rows.map((_, row) => {
    const [no, yes] = answers.map((id) => logits.data[row * vocabSize + id]!) as [number, number];
    return 1 / (1 + Math.exp(no - yes));
  });
}

async function probabilitiesByHead(
  model: Model,
  inputIds: readonly (readonly number[])[],
): Promise<number[]> {
  const { prob } = await model.forward({ inputIds });
  const numClasses = prob!.shape[1]!;
  return inputIds.map((_, row) => prob!.data[numClasses * row + 1]!);
}

/** Probability of class 1 for each example, in the order given. */
export async function classProbabilities(
  model: Model,
  tokenizer: Tokenizer,
  examples: readonly TaskExample[],
  options: ScoreOptions,
): Promise<number[]> {
  const { batchSize, maxBatchTokens, onProgress } = options;
  const reader = readerOf(model);
  const encoded = encodeSources(examples, tokenizer, { ...options, ...reader });
  const isGeneration = model.head === "generation";
  const answers = isGeneration ? answerTokens(tokenizer, reader) : undefined;
  const scores = new Array<number>(examples.length).fill(0);
  let done = 0;
  const lengths = encoded.map((ids) => ids.length);
  for (const batch of batchesByLength(lengths, batchSize, maxBatchTokens)) {
    const inputIds = batch.map((i) => encoded[i]!);
    const found = answers
      ? await probabilitiesByGeneration(model, inputIds, answers)
      : await probabilitiesByHead(model, inputIds);
    batch.forEach((i, row) => {
      scores[i] = found[row]!;
    });
    done += batch.length;
    onProgress?.(done);
  }
  return scores;
}

/**
 * Classes at the published threshold of 0.5, with the figures of data that is nearly balanced. By
 * generation, above 0.5 is where `true` is likelier than `false`.
 */
export const scoreClasses: Task["score"] = async (model, tokenizer, examples, options) => {
  const scores = await classProbabilities(model, tokenizer, examples, options);
  const labels = examples.map(({ label }) => label!);
  const predicted = scores.map((score) => (score > 0.5 ? 1 : 0));
  const report = {
    accuracy: metrics.accuracy.compute(predicted, labels),
    f1: metrics.f1.compute(predicted, labels),
    macroF1: metrics.macroF1.compute(predicted, labels),
    precision: metrics.precision.compute(predicted, labels),
    recall: metrics.recall.compute(predicted, labels),
    rocAuc: metrics.rocAuc.compute(scores, labels),
  };
  return { report, predictions: classPredictions(examples, predicted, scores) };
};

/** What is said of each example: its class and the probability of class 1. */
export function classPredictions(
  examples: readonly TaskExample[],
  predicted: readonly (0 | 1)[],
  scores: readonly number[],
): TaskPrediction[] {
  return examples.map(({ id }, i) => {
    const label = predicted[i]!;
    return { id, prediction: classWords[label], score: scores[i]!, label };
  });
}

/** A labelled function as an example, the class spelled as the target. */
export function classified<T extends { readonly source: string; readonly label: 0 | 1 }>(
  row: T,
  number: number,
): T & TaskExample {
  return { ...row, id: String(number), target: classWords[row.label] };
}
