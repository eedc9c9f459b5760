/** @file Scores of pre-training: the paper's Table 7 and identifier tagging, as counts that add up. */
import { DataError } from "../base/index.ts";
import type { Tokenizer } from "../tokenizer/index.ts";
import { readTarget } from "./masked-text.ts";
import { notTagged } from "./objective.ts";

/** One prediction of hidden texts against its target. */
export interface SentinelScore {
  /** Sentinels of the target. */
  readonly total: number;
  /** Those whose text was predicted exactly. */
  readonly correct: number;
  /** Sentinels of the prediction, repeated ones included. */
  readonly predicted: number;
  /** As many predicted as there are. */
  readonly hasRightNumber: boolean;
}

/**
 * Score what was generated for masked spans, masked identifiers or T5's spans. A text is right when it
 * equals the target's but for white space at its ends, which is layout around a span; the first text
 * predicted for a sentinel counts. Source: CodeT5 Table 7.
 * @param prediction ids as `generate` returns them, or a target
 * @param target ids of the instance
 * @throws DataError `tokenizer.id` for an id that is not an integer
 */
export function scoreSentinels(
  prediction: readonly number[],
  target: readonly number[],
  tokenizer: Tokenizer,
): SentinelScore {
  const textsOf = (ids: readonly number[]) =>
    readTarget(ids, tokenizer).map(({ sentinel, ids }) => {
      return [sentinel, tokenizer.decode(ids).trim()] as const;
    });
  const predictions = textsOf(prediction);
  const first = new Map(predictions.toReversed());
  const expected = textsOf(target);
  const correct = expected.filter(([sentinel, text]) => first.get(sentinel) === text).length;
  const hasRightNumber = predictions.length === expected.length;
  return { total: expected.length, correct, predicted: predictions.length, hasRightNumber };
}

/** Shares over many predictions, in [0, 1]; higher is better; 0 where there is nothing to count. */
export interface SentinelRates {
  /** Of all sentinels, those predicted exactly. */
  readonly accuracy: number;
  /** Of all predictions, those with the right number of sentinels. */
  readonly rightNumber: number;
}

/** The two columns of Table 7, there in percent. */
export function sentinelRates(scores: readonly SentinelScore[]): SentinelRates {
  const sum = (of: (score: SentinelScore) => number) =>
    scores.reduce((total, score) => total + of(score), 0);
  return {
    accuracy: ratio(
      sum(({ correct }) => correct),
      sum(({ total }) => total),
    ),
    rightNumber: ratio(
      sum(({ hasRightNumber }) => Number(hasRightNumber)),
      scores.length,
    ),
  };
}

/** Tokens by predicted and true label; the class is identifier. */
export interface TaggingCounts {
  readonly truePositives: number;
  readonly falsePositives: number;
  readonly falseNegatives: number;
  readonly trueNegatives: number;
}

/**
 * Counts of one tagged sequence; what is labelled {@link notTagged} is left out.
 * @param predictions 1 identifier, 0 other, one per label
 * @throws DataError `objectives.labels` when their lengths differ
 */
export function countTags(
  predictions: ArrayLike<number>,
  labels: ArrayLike<number>,
): TaggingCounts {
  if (predictions.length !== labels.length) {
    throw new DataError("objectives.labels", "predictions and labels do not pair up", {
      expected: `${labels.length} predictions`,
      got: `${predictions.length}`,
    });
  }
  // index: 2 * label + prediction
  const counts = [0, 0, 0, 0];
  for (let i = 0; i < labels.length; i++) {
    if (labels[i] === notTagged) continue;
    counts[(labels[i] === 1 ? 2 : 0) + (predictions[i] === 1 ? 1 : 0)]!++;
  }
  const [trueNegatives = 0, falsePositives = 0, falseNegatives = 0, truePositives = 0] = counts;
  return { truePositives, falsePositives, falseNegatives, trueNegatives };
}

/** Counts added up for each language, in order of first appearance. */
export function sumTags(
  parts: Iterable<readonly [language: string, counts: TaggingCounts]>,
): Map<string, TaggingCounts> {
  const sums = new Map<string, TaggingCounts>();
  for (const [language, counts] of parts) {
    const sum = sums.get(language);
    sums.set(language, sum === undefined ? counts : addTags(sum, counts));
  }
  return sums;
}

function addTags(a: TaggingCounts, b: TaggingCounts): TaggingCounts {
  return {
    truePositives: a.truePositives + b.truePositives,
    falsePositives: a.falsePositives + b.falsePositives,
    falseNegatives: a.falseNegatives + b.falseNegatives,
    trueNegatives: a.trueNegatives + b.trueNegatives,
  };
}

/** Precision, recall and F1 of the class identifier, in [0, 1]; 0 where the definition divides by 0. */
export interface TaggingScores {
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
}

/** Scores of counts; over tokens, not identifiers. */
export function taggingScores({
  truePositives: tp,
  falsePositives: fp,
  falseNegatives: fn,
}: TaggingCounts): TaggingScores {
  return {
    precision: ratio(tp, tp + fp),
    recall: ratio(tp, tp + fn),
    f1: ratio(2 * tp, 2 * tp + fp + fn),
  };
}

function ratio(numerator: number, denominator: number): number {
  return denominator === 0 ? 0 : numerator / denominator;
}
