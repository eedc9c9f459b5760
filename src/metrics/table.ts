/** @file The table of metrics: what each compares, its range and which way is better. */
import { brierScore, expectedCalibrationError } from "./calibration.ts";
import {
  accuracy,
  binaryScores,
  macroScores,
  matthewsCorrelation,
  weightedScores,
} from "./classification.ts";
import { corpusBleu } from "./corpus-bleu.ts";
import { exactMatch, exactMatchOfTokens } from "./exact-match.ts";
import { averagePrecision, rocAuc } from "./ranking.ts";
import { smoothedBleu } from "./smoothed-bleu.ts";

/** Which way a metric improves. */
export type Direction = "higher" | "lower";

interface MetricFacts {
  readonly summary: string;
  readonly direction: Direction;
  /** Lowest and highest possible value. */
  readonly range: readonly [number, number];
}

/** Compares predicted texts with reference texts, one reference each. */
interface TextMetric extends MetricFacts {
  readonly compares: "texts";
  readonly compute: (predictions: readonly string[], references: readonly string[]) => number;
}

/** Compares predicted classes with labels. */
interface LabelMetric extends MetricFacts {
  readonly compares: "labels";
  readonly compute: (predictions: readonly number[], labels: readonly number[]) => number;
}

/** Compares scores of class 1 (probabilities, for calibration) with labels in {0, 1}. */
interface ScoreMetric extends MetricFacts {
  readonly compares: "scores";
  readonly compute: (scores: readonly number[], labels: readonly number[]) => number;
}

export type Metric = TextMetric | LabelMetric | ScoreMetric;

const percent = [0, 100] as const;
const fraction = [0, 1] as const;
/** In training a model may predict nothing yet: 0, where the scorer of files refuses. */
const trainingBleu: TextMetric["compute"] = (predictions, references) =>
  corpusBleu(predictions, references, { noTokens: "zero" });

/** Every metric by name, for reports and for choosing the best model; one row is one metric. */
export const metrics = {
  bleu: {
    summary: "corpus BLEU-4, +1 smoothing on all orders, two decimals",
    direction: "higher",
    range: percent,
    compares: "texts",
    compute: trainingBleu,
  },
  exactMatch: {
    summary: "equal after stripping both ends",
    direction: "higher",
    range: percent,
    compares: "texts",
    compute: exactMatch,
  },
  bleuPlusExactMatch: {
    summary: "BLEU + exact match: what CodeT5 selects generation models by",
    direction: "higher",
    range: [0, 200],
    compares: "texts",
    compute: (predictions, references) =>
      trainingBleu(predictions, references) + exactMatch(predictions, references),
  },
  exactMatchOfTokens: {
    summary: "equal white-space tokens",
    direction: "higher",
    range: percent,
    compares: "texts",
    compute: exactMatchOfTokens,
  },
  smoothedBleu: {
    summary: "mean smoothed sentence BLEU-4 of summarisation",
    direction: "higher",
    range: percent,
    compares: "texts",
    compute: smoothedBleu,
  },
  accuracy: {
    summary: "share of right classes",
    direction: "higher",
    range: fraction,
    compares: "labels",
    compute: accuracy,
  },
  precision: {
    summary: "share of right answers among those predicted 1",
    direction: "higher",
    range: fraction,
    compares: "labels",
    compute: (predictions, labels) => binaryScores(predictions, labels).precision,
  },
  recall: {
    summary: "share of those labelled 1 that were found",
    direction: "higher",
    range: fraction,
    compares: "labels",
    compute: (predictions, labels) => binaryScores(predictions, labels).recall,
  },
  f1: {
    summary: "F1 of class 1",
    direction: "higher",
    range: fraction,
    compares: "labels",
    compute: (predictions, labels) => binaryScores(predictions, labels).f1,
  },
  macroF1: {
    summary: "plain mean of the classes' F1",
    direction: "higher",
    range: fraction,
    compares: "labels",
    compute: (predictions, labels) => macroScores(predictions, labels).f1,
  },
  weightedF1: {
    summary: "mean of the classes' F1, weighted by their labels",
    direction: "higher",
    range: fraction,
    compares: "labels",
    compute: (predictions, labels) => weightedScores(predictions, labels).f1,
  },
  mcc: {
    summary: "Matthews correlation of class and label",
    direction: "higher",
    range: [-1, 1],
    compares: "labels",
    compute: matthewsCorrelation,
  },
  rocAuc: {
    summary: "area under the ROC curve; NaN with one class only",
    direction: "higher",
    range: fraction,
    compares: "scores",
    compute: rocAuc,
  },
  prAuc: {
    summary: "area under the precision-recall curve (average precision); NaN without a 1",
    direction: "higher",
    range: fraction,
    compares: "scores",
    compute: averagePrecision,
  },
  brier: {
    summary: "mean squared error of the probability",
    direction: "lower",
    range: fraction,
    compares: "scores",
    compute: brierScore,
  },
  calibrationError: {
    summary: "expected calibration error, 10 bins",
    direction: "lower",
    range: fraction,
    compares: "scores",
    compute: (scores, labels) => expectedCalibrationError(scores, labels),
  },
} as const satisfies Record<string, Metric>;

export type MetricName = keyof typeof metrics;

/**
 * Whether a value beats the best so far; equal does not, NaN never does, anything beats NaN or undefined.
 * @param best the best value so far, undefined before the first
 */
export function isBetter(direction: Direction, value: number, best: number | undefined): boolean {
  if (Number.isNaN(value)) return false;
  if (best === undefined || Number.isNaN(best)) return true;
  return direction === "higher" ? value > best : value < best;
}
