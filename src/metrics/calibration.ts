/** @file Scores of probabilities: do they mean what they say? */
import { requireBinary, requirePairs, requireScores } from "./pairing.ts";

function requireProbabilities(
  metric: string,
  scores: readonly number[],
  labels: readonly number[],
): void {
  requirePairs(metric, scores, labels);
  requireBinary(metric, "labels", labels);
  requireScores(metric, scores, "probability");
}

/**
 * Brier score: mean squared gap between the probability of 1 and the label. Range [0, 1], 0.25 for
 * always 0.5; **lower** is better.
 * Source: Brier 1950 in its two-class form; sklearn.metrics.brier_score_loss. No departure.
 * @param scores probability of class 1, each in [0, 1]
 * @throws DataError `metric.length`, `metric.empty`, `metric.label`, `metric.score`
 */
export function brierScore(scores: readonly number[], labels: readonly number[]): number {
  requireProbabilities("brierScore", scores, labels);
  const sum = scores.reduce((total, score, i) => total + (score - labels[i]!) ** 2, 0);
  return sum / scores.length;
}

/**
 * Expected calibration error: over bins of equal width, the gap between the mean probability and the
 * share of ones, weighted by how many examples fall in the bin. Range [0, 1]; **lower** is better.
 *
 * Source: Naeini et al. 2015 (AAAI), the two-class form on the probability of class 1, 10 bins.
 * Departure: none; note that Guo et al. 2017 bin the confidence of the predicted class instead,
 * usually 15 bins. A bin holds its lower edge, the last one both.
 * @param scores probability of class 1, each in [0, 1]
 * @param numBins at least 1
 * @throws DataError `metric.length`, `metric.empty`, `metric.label`, `metric.score`
 */
export function expectedCalibrationError(
  scores: readonly number[],
  labels: readonly number[],
  numBins = 10,
): number {
  requireProbabilities("expectedCalibrationError", scores, labels);
  // probability minus label, summed by bin: its size is the bin's gap times its count
  const gaps = new Float64Array(numBins);
  for (const [i, score] of scores.entries()) gaps[binOf(score, numBins)]! += score - labels[i]!;
  return gaps.reduce((total, gap) => total + Math.abs(gap), 0) / scores.length;
}

function binOf(score: number, numBins: number): number {
  return Math.min(numBins - 1, Math.floor(score * numBins));
}

/** A bin of a reliability diagram. */
export interface ReliabilityBin {
  readonly count: number;
  /** Mean probability of class 1 of those in the bin; NaN when it is empty. */
  readonly meanScore: number;
  /** Share of ones among them; NaN when it is empty. Equal to the mean: calibrated. */
  readonly shareOfOnes: number;
}

/**
 * The bins behind {@link expectedCalibrationError}, from low to high probability: what a reliability
 * diagram draws.
 * @throws as {@link expectedCalibrationError}
 */
export function reliabilityBins(
  scores: readonly number[],
  labels: readonly number[],
  numBins = 10,
): readonly ReliabilityBin[] {
  requireProbabilities("reliabilityBins", scores, labels);
  const sums = Array.from({ length: numBins }, () => ({ count: 0, score: 0, ones: 0 }));
  for (const [i, score] of scores.entries()) {
    const bin = sums[binOf(score, numBins)]!;
    bin.count++;
    bin.score += score;
    bin.ones += labels[i]!;
  }
  return sums.map(({ count, score, ones }) => ({
    count,
    meanScore: score / count,
    shareOfOnes: ones / count,
  }));
}
