/** @file Figures of one cell by data set and language, at thresholds that were frozen before. */
import {
  alwaysPositiveF1,
  atTemperature,
  averagePrecision,
  bestF1Threshold,
  binaryScores,
  brierScore,
  expectedCalibrationError,
  findPairs,
  fitTemperature,
  macroScores,
  matthewsCorrelation,
  missRate,
  pairOutcomes,
  rocAuc,
  thresholdAtFalsePositiveRate,
} from "../metrics/index.ts";
import type { LabRow } from "./data-sets.ts";
import { type Cell, type LabResult, type PredictionFacts, smallLanguage } from "./records.ts";

/** What validation decides. */
export type Frozen = Pick<PredictionFacts, "threshold" | "strictThreshold" | "temperature">;

/** Share of safe samples that the strict threshold may call vulnerable. */
const strictRate = 0.005;

/** Choose thresholds and temperature on validation. */
export function freeze(scores: readonly number[], rows: readonly LabRow[]): Frozen {
  const labels = rows.map(({ label }) => label);
  return {
    threshold: bestF1Threshold(scores, labels),
    strictThreshold: thresholdAtFalsePositiveRate(scores, labels, strictRate),
    temperature: fitTemperature(scores, labels),
  };
}

/** A sample with its score. */
export interface ScoredRow {
  readonly row: LabRow;
  readonly score: number;
}

/**
 * Figures of a cell, a line for each data set and language: data sets in the order given, languages by name.
 * @param seen languages that training read
 */
export function resultsOf(
  cell: Cell,
  family: string,
  scored: readonly ScoredRow[],
  frozen: Frozen,
  seen: readonly string[],
): LabResult[] {
  const sources = [...new Set(scored.map(({ row }) => row.data))];
  return sources.flatMap((source) => {
    const ofSource = scored.filter(({ row }) => row.data === source);
    const languages = [...new Set(ofSource.map(({ row }) => row.language))].sort();
    return languages.map((language): LabResult => {
      const part = ofSource.filter(({ row }) => row.language === language);
      const { model, adaptation, fold, seed } = cell;
      return {
        ...{ model, family, adaptation, fold, seed, source, language },
        seen: seen.includes(language),
        ...figuresOf(part, frozen),
      };
    });
  });
}

type Figures = Omit<LabResult, keyof Cell | "family" | "source" | "language" | "seen">;

function figuresOf(part: readonly ScoredRow[], frozen: Frozen): Figures {
  const { threshold, strictThreshold, temperature } = frozen;
  const scores = part.map(({ score }) => score);
  const labels = part.map(({ row }) => row.label);
  const predicted = scores.map((score) => (score >= threshold ? 1 : 0));
  const calibrated = scores.map((score) => atTemperature(score, temperature));
  const positives = labels.reduce<number>((sum, label) => sum + label, 0);
  const { f1, precision, recall } = binaryScores(predicted, labels);
  const pairs = findPairs(
    part.map(({ row }) => row.pair),
    labels,
  );
  const hasBoth = positives > 0 && positives < part.length;
  const defined = (isDefined: boolean, value: number) =>
    isDefined && Number.isFinite(value) ? value : null;
  const some = positives > 0;
  return {
    samples: part.length,
    positives,
    small: part.length < smallLanguage,
    threshold,
    f1: defined(some, f1),
    macroF1: defined(hasBoth, macroScores(predicted, labels).f1),
    precision: defined(some, precision),
    recall: defined(some, recall),
    mcc: defined(hasBoth, matthewsCorrelation(predicted, labels)),
    rocAuc: defined(hasBoth, rocAuc(scores, labels)),
    prAuc: defined(hasBoth, averagePrecision(scores, labels)),
    brier: defined(true, brierScore(calibrated, labels)),
    ece: defined(true, expectedCalibrationError(calibrated, labels)),
    pairs: pairOutcomes(pairs, predicted),
    fnrAtFpr: defined(some, missRate(scores, labels, strictThreshold)),
    floorF1: defined(some, alwaysPositiveF1(labels)),
  };
}
