/** @file Scores of predicted classes: accuracy, precision, recall, F1, Matthews correlation. */
import { requireBinary, requirePairs } from "./pairing.ts";

/** Precision, recall and F1, each in [0, 1]; higher is better; 0 where the definition divides by 0. */
export interface ClassScores {
  /** TP / (TP + FP): how much of what was predicted is right. */
  readonly precision: number;
  /** TP / (TP + FN): how much of what is there was found. */
  readonly recall: number;
  /** 2 TP / (2 TP + FP + FN): their harmonic mean. */
  readonly f1: number;
}

/** Counts of one class against the rest. */
export interface Confusion {
  readonly truePositives: number;
  readonly falsePositives: number;
  readonly falseNegatives: number;
  readonly trueNegatives: number;
}

/**
 * How often `positive` was predicted and how often it was right.
 * @param predictions class numbers, such as 0 and 1
 * @throws DataError `metric.length`, `metric.empty`
 */
export function confusion(
  predictions: readonly number[],
  labels: readonly number[],
  positive = 1,
): Confusion {
  requirePairs("confusion", predictions, labels);
  let truePositives = 0;
  let falsePositives = 0;
  let falseNegatives = 0;
  for (let i = 0; i < labels.length; i++) {
    const predicted = predictions[i] === positive;
    const actual = labels[i] === positive;
    if (predicted && actual) truePositives++;
    else if (predicted) falsePositives++;
    else if (actual) falseNegatives++;
  }
  const trueNegatives = labels.length - truePositives - falsePositives - falseNegatives;
  return { truePositives, falsePositives, falseNegatives, trueNegatives };
}

function ratio(numerator: number, denominator: number): number {
  return denominator === 0 ? 0 : numerator / denominator;
}

function scoresOf({ truePositives: tp, falsePositives: fp, falseNegatives: fn }: Confusion) {
  return {
    precision: ratio(tp, tp + fp),
    recall: ratio(tp, tp + fn),
    f1: ratio(2 * tp, 2 * tp + fp + fn),
  };
}

/**
 * Share of predictions equal to their label. Range [0, 1]; higher is better.
 * Source: definition; sklearn.metrics.accuracy_score. No departure.
 * @throws DataError `metric.length`, `metric.empty`
 */
export function accuracy(predictions: readonly number[], labels: readonly number[]): number {
  requirePairs("accuracy", predictions, labels);
  return labels.filter((label, i) => label === predictions[i]).length / labels.length;
}

/**
 * Precision, recall and F1 of class 1. Range [0, 1]; higher is better.
 * Source: definition; sklearn precision_recall_fscore_support, average="binary", zero_division=0;
 * the CodeXGLUE clone evaluator since 2021-09. No departure.
 * @throws DataError `metric.length`, `metric.empty`
 */
export function binaryScores(
  predictions: readonly number[],
  labels: readonly number[],
): ClassScores {
  return scoresOf(confusion(predictions, labels));
}

/**
 * The plain mean over classes of precision, recall and F1. A class counts when it is predicted or
 * labelled at least once. Range [0, 1]; higher is better. CodeT5's published clone F1 is this one.
 * Source: sklearn precision_recall_fscore_support, average="macro", zero_division=0. No departure.
 * @throws DataError `metric.length`, `metric.empty`
 */
export function macroScores(
  predictions: readonly number[],
  labels: readonly number[],
): ClassScores {
  return averageOverClasses(predictions, labels, () => 1);
}

/**
 * The mean over classes of precision, recall and F1, weighted by how often each class is labelled.
 * Range [0, 1]; higher is better; its recall is the accuracy.
 * Source: sklearn precision_recall_fscore_support, average="weighted", zero_division=0. No departure.
 * @throws DataError `metric.length`, `metric.empty`
 */
export function weightedScores(
  predictions: readonly number[],
  labels: readonly number[],
): ClassScores {
  return averageOverClasses(
    predictions,
    labels,
    ({ truePositives, falseNegatives }) => truePositives + falseNegatives,
  );
}

function averageOverClasses(
  predictions: readonly number[],
  labels: readonly number[],
  weightOf: (counts: Confusion) => number,
): ClassScores {
  requirePairs("f1", predictions, labels);
  const classes = [...new Set([...labels, ...predictions])].sort((a, b) => a - b);
  const rows = classes.map((positive) => {
    const counts = confusion(predictions, labels, positive);
    return { weight: weightOf(counts), scores: scoresOf(counts) };
  });
  const total = rows.reduce((sum, { weight }) => sum + weight, 0);
  const mean = (key: keyof ClassScores) =>
    rows.reduce((sum, { weight, scores }) => sum + weight * scores[key], 0) / total;
  return { precision: mean("precision"), recall: mean("recall"), f1: mean("f1") };
}

/**
 * Matthews correlation coefficient of class 1 against the rest: the correlation of prediction and
 * label. Range [-1, 1], 0 for a constant or random prediction; higher is better.
 * Source: Matthews 1975; sklearn.metrics.matthews_corrcoef (0 where it divides by 0). No departure for two classes.
 * @throws DataError `metric.length`, `metric.empty`
 */
export function matthewsCorrelation(
  predictions: readonly number[],
  labels: readonly number[],
): number {
  const counts = confusion(predictions, labels);
  const { truePositives: tp, falsePositives: fp } = counts;
  const { falseNegatives: fn, trueNegatives: tn } = counts;
  // two roots: the product of four counts of a large set would lose digits
  const scale = Math.sqrt((tp + fp) * (tp + fn)) * Math.sqrt((tn + fp) * (tn + fn));
  return ratio(tp * tn - fp * fn, scale);
}

/**
 * The F1 of class 1 that answering 1 to everything gets: 2π / (1 + π) for a share π of ones. The
 * floor to print beside every F1: 2/3 on a balanced set. Range [0, 1].
 * Source: F1's definition with FN = TN = 0.
 * @throws DataError `metric.empty`; `metric.label` for a label outside {0, 1}
 */
export function alwaysPositiveF1(labels: readonly number[]): number {
  requirePairs("alwaysPositiveF1", labels, labels);
  requireBinary("alwaysPositiveF1", "labels", labels);
  const positives = labels.reduce((sum, label) => sum + label, 0);
  return (2 * positives) / (positives + labels.length);
}
