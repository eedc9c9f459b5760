/** @file Figures of one model's answers on some samples, in every resample of their groups. */
import {
  atTemperature,
  expectedCalibrationError,
  type PairPlaces,
  pairOutcome,
} from "../../metrics/index.ts";
import type { Drawn } from "./draws.ts";
import { rank, rankingAreas } from "./ranking.ts";
import type { GroupResamples } from "./resamples.ts";

/** Samples whose figures are asked for together: those of a language, say. */
export interface Slice {
  /** 1 vulnerable, 0 safe. */
  readonly labels: readonly number[];
  /** The number of each sample's group, among all that are drawn. */
  readonly groups: Uint32Array;
  readonly pairs: readonly PairPlaces[];
}

/** What one trained model says of the samples of a slice. */
export interface Answers {
  /** Probability of class 1 of each sample. */
  readonly scores: readonly number[];
  /** At least this is class 1; chosen on validation. */
  readonly threshold: number;
  /** The same where hardly any false alarm is allowed. */
  readonly strictThreshold: number;
  /** For the figures about probabilities: Brier score and calibration. */
  readonly temperature: number;
}

/** Every figure with an interval; `pairsReversed` and `pairsCorrect` are shares of the pairs. */
export const figureNames = [
  ...(["f1", "macroF1", "precision", "recall", "mcc", "rocAuc", "prAuc", "brier"] as const),
  ...(["pairsCorrect", "pairsReversed", "missRate"] as const),
] as const;

export type FigureName = (typeof figureNames)[number];
export type Figures = Readonly<Record<FigureName, Drawn>>;

/** What is summed over the groups of a resample; `missed`: vulnerable, below the strict threshold. */
const sumNames = [
  ...(["positives", "negatives", "pairs", "truePositives", "falsePositives"] as const),
  ...(["squaredError", "missed", "pairsCorrect", "pairsReversed"] as const),
] as const;

type Sums = Readonly<Record<(typeof sumNames)[number], number>>;

const ratio = (part: number, whole: number) => (whole === 0 ? 0 : part / whole);

type CountedFigure = Exclude<FigureName, "rocAuc" | "prAuc">;

/** Each figure of sums; 0 where F1's definition divides by 0, as in `metrics`, NaN where nothing is asked. */
const formulas: Readonly<Record<CountedFigure, (sums: Sums) => number>> = {
  f1: (sums) => f1Of(sums),
  macroF1: (sums) => macroF1Of(sums),
  precision: ({ truePositives, falsePositives }) =>
    ratio(truePositives, truePositives + falsePositives),
  recall: ({ truePositives, positives }) => ratio(truePositives, positives),
  mcc: (sums) => correlationOf(sums),
  brier: ({ squaredError, positives, negatives }) => squaredError / (positives + negatives),
  pairsCorrect: ({ pairsCorrect, pairs }) => pairsCorrect / pairs,
  pairsReversed: ({ pairsReversed, pairs }) => pairsReversed / pairs,
  missRate: ({ missed, positives }) => missed / positives,
};

function f1Of({ truePositives, falsePositives, positives }: Sums): number {
  return ratio(2 * truePositives, truePositives + falsePositives + positives);
}

/** A class counts when it is there or was said to be, as in `macroScores`. */
function macroF1Of(sums: Sums): number {
  const { truePositives, falsePositives, positives, negatives } = sums;
  const falseNegatives = positives - truePositives;
  const trueNegatives = negatives - falsePositives;
  const isPositiveThere = positives + falsePositives > 0;
  const isNegativeThere = negatives + falseNegatives > 0;
  const negativeF1 = ratio(2 * trueNegatives, 2 * trueNegatives + falsePositives + falseNegatives);
  if (!isPositiveThere) return negativeF1;
  return isNegativeThere ? (f1Of(sums) + negativeF1) / 2 : f1Of(sums);
}

function correlationOf({ truePositives, falsePositives, positives, negatives }: Sums): number {
  const called = truePositives + falsePositives;
  const total = positives + negatives;
  const scale = Math.sqrt(called * positives) * Math.sqrt((total - called) * negatives);
  return ratio(truePositives * negatives - falsePositives * positives, scale);
}

/**
 * Every figure of one model on a slice, as it is and in every resample. Where a resample has none of the slice's
 * groups, its figures are NaN.
 */
export function figuresOf(slice: Slice, answers: Answers, resamples: GroupResamples): Figures {
  const local = localGroups(slice);
  const table = groupSums(slice, answers, local);
  const ranking = rank(answers.scores, slice.labels, local.groupOf);
  // the last place holds the figure of the samples as they are
  const { numResamples } = resamples;
  const places = mapFigures(() => new Float64Array(numResamples + 1));
  const weights = new Float64Array(local.names.length).fill(1);
  for (let draw = numResamples; draw >= 0; draw--) {
    if (draw < numResamples) fillWeights(weights, local.names, resamples, draw);
    const sums = weightedSums(table, weights);
    const isEmpty = sums.positives + sums.negatives === 0;
    for (const [name, formula] of counted)
      places[name][draw] = isEmpty ? Number.NaN : formula(sums);
    const areas = rankingAreas(ranking, weights);
    places.rocAuc[draw] = areas.roc;
    places.prAuc[draw] = areas.precisionRecall;
  }
  return mapFigures((name) => ({
    value: places[name][numResamples]!,
    draws: places[name].subarray(0, numResamples),
  }));
}

const counted = Object.entries(formulas) as [CountedFigure, (sums: Sums) => number][];

/** One value for each figure. */
export function mapFigures<T>(of: (name: FigureName) => T): Readonly<Record<FigureName, T>> {
  const entries = figureNames.map((name) => [name, of(name)]);
  return Object.fromEntries(entries) as Readonly<Record<FigureName, T>>;
}

/** Expected calibration error of calibrated scores, 10 bins; it comes without interval. */
export function calibrationErrorOf({ labels }: Slice, { scores, temperature }: Answers): number {
  const calibrated = scores.map((score) => atTemperature(score, temperature));
  return expectedCalibrationError(calibrated, labels);
}

/** Groups of a slice, numbered from 0. */
interface LocalGroups {
  /** Numbers among all groups. */
  readonly names: Uint32Array;
  /** Of each sample, an index into `names`. */
  readonly groupOf: Uint32Array;
}

function localGroups({ groups }: Slice): LocalGroups {
  const names = Uint32Array.from(new Set(groups)).sort();
  const places = new Map(Array.from(names, (name, place) => [name, place]));
  return { names, groupOf: groups.map((group) => places.get(group)!) };
}

function fillWeights(
  weights: Float64Array,
  names: Uint32Array,
  { counts, numGroups }: GroupResamples,
  draw: number,
): void {
  const start = draw * numGroups;
  for (let i = 0; i < weights.length; i++) weights[i] = counts[start + names[i]!]!;
}

/** [groups * columns], the columns of {@link sumNames}. */
type SumTable = Float64Array;

const numColumns = sumNames.length;
const column = Object.fromEntries(sumNames.map((name, place) => [name, place])) as Readonly<
  Record<keyof Sums, number>
>;

function groupSums(
  { labels, pairs }: Slice,
  { scores, threshold, strictThreshold, temperature }: Answers,
  { names, groupOf }: LocalGroups,
): SumTable {
  const table = new Float64Array(names.length * numColumns);
  const add = (sample: number, name: keyof Sums, amount = 1) => {
    table[groupOf[sample]! * numColumns + column[name]]! += amount;
  };
  for (const [i, label] of labels.entries()) {
    const score = scores[i]!;
    const isCalled = score >= threshold;
    add(i, label === 1 ? "positives" : "negatives");
    if (isCalled) add(i, label === 1 ? "truePositives" : "falsePositives");
    if (label === 1 && score < strictThreshold) add(i, "missed");
    add(i, "squaredError", (atTemperature(score, temperature) - label) ** 2);
  }
  for (const { vulnerable, safe } of pairs) {
    const outcome = pairOutcome(scores[vulnerable]! >= threshold, scores[safe]! >= threshold);
    add(vulnerable, "pairs");
    if (outcome === "correct") add(vulnerable, "pairsCorrect");
    if (outcome === "reversed") add(vulnerable, "pairsReversed");
  }
  return table;
}

/** One pass over the groups, written out: it runs for every resample of every model. */
function weightedSums(table: SumTable, weights: Float64Array): Sums {
  let [positives, negatives, pairs, truePositives, falsePositives] = [0, 0, 0, 0, 0];
  let [squaredError, missed, pairsCorrect, pairsReversed] = [0, 0, 0, 0];
  for (let group = 0, at = 0; group < weights.length; group++, at += numColumns) {
    const weight = weights[group]!;
    positives += weight * table[at]!;
    negatives += weight * table[at + 1]!;
    pairs += weight * table[at + 2]!;
    truePositives += weight * table[at + 3]!;
    falsePositives += weight * table[at + 4]!;
    squaredError += weight * table[at + 5]!;
    missed += weight * table[at + 6]!;
    pairsCorrect += weight * table[at + 7]!;
    pairsReversed += weight * table[at + 8]!;
  }
  return {
    positives,
    negatives,
    pairs,
    truePositives,
    falsePositives,
    squaredError,
    missed,
    pairsCorrect,
    pairsReversed,
  };
}
