/** @file Scores of a ranking, free of any threshold: areas under the ROC and precision-recall curves. */
import { requireBinary, requirePairs, requireScores } from "./pairing.ts";

/** Examples that share one score: a curve has one point for them all. */
interface Tie {
  readonly positives: number;
  readonly negatives: number;
}

/** The ties of a ranking, from the highest score to the lowest. */
function rankTies(metric: string, scores: readonly number[], labels: readonly number[]): Tie[] {
  requirePairs(metric, scores, labels);
  requireBinary(metric, "labels", labels);
  requireScores(metric, scores, "finite");
  const order = Uint32Array.from(scores, (_, i) => i).sort((a, b) => scores[b]! - scores[a]!);
  const ties: { positives: number; negatives: number }[] = [];
  let last: number | undefined;
  for (const i of order) {
    if (scores[i] !== last) ties.push({ positives: 0, negatives: 0 });
    last = scores[i];
    const tie = ties.at(-1)!;
    if (labels[i] === 1) tie.positives++;
    else tie.negatives++;
  }
  return ties;
}

function countPositives(ties: readonly Tie[]): number {
  return ties.reduce((sum, tie) => sum + tie.positives, 0);
}

/**
 * Area under the ROC curve: the probability that a random 1 scores above a random 0, a tie counting
 * one half. Range [0, 1], 0.5 for chance; higher is better.
 *
 * Source: Mann and Whitney 1947; sklearn.metrics.roc_auc_score. Departure: NaN when only one class is
 * present (older sklearn stops).
 * @param scores any finite numbers; only their order counts
 * @throws DataError `metric.length`, `metric.empty`, `metric.label`, `metric.score`
 */
export function rocAuc(scores: readonly number[], labels: readonly number[]): number {
  const ties = rankTies("rocAuc", scores, labels);
  const positives = countPositives(ties);
  const negatives = labels.length - positives;
  let wins = 0;
  let positivesAbove = 0;
  for (const tie of ties) {
    wins += tie.negatives * (positivesAbove + tie.positives / 2);
    positivesAbove += tie.positives;
  }
  return wins / (positives * negatives);
}

/**
 * Area under the precision-recall curve as average precision: the sum over thresholds of precision
 * times the gain in recall, without interpolation; tied scores are one threshold. Range [0, 1], the
 * share of ones for chance; higher is better.
 *
 * Source: sklearn.metrics.average_precision_score. Departure: NaN without a 1 among the labels,
 * where sklearn warns and gives 0.
 * @param scores any finite numbers; only their order counts
 * @throws DataError `metric.length`, `metric.empty`, `metric.label`, `metric.score`
 */
export function averagePrecision(scores: readonly number[], labels: readonly number[]): number {
  const ties = rankTies("averagePrecision", scores, labels);
  let area = 0;
  let found = 0;
  let seen = 0;
  for (const { positives, negatives } of ties) {
    found += positives;
    seen += positives + negatives;
    area += (found / seen) * positives;
  }
  return area / found;
}
