/** @file Thresholds chosen on validation, and what is missed at one. A score at the threshold is class 1. */
import { DataError } from "../base/index.ts";
import { requireBinary, requirePairs, requireScores } from "./pairing.ts";

function check(metric: string, scores: readonly number[], labels: readonly number[]): void {
  requirePairs(metric, scores, labels);
  requireBinary(metric, "labels", labels);
  requireScores(metric, scores, "finite");
}

function requireClass(metric: string, label: 0 | 1, labels: readonly number[]): void {
  if (labels.includes(label)) return;
  throw new DataError("metric.oneClass", `${metric}: one class only`, {
    expected: `at least one label ${label}`,
    got: `${labels.length} labels ${1 - label}`,
  });
}

/** Halfway from `below` to `above`, never `below` itself. */
function between(below: number, above: number): number {
  const middle = below + (above - below) / 2;
  return middle > below ? middle : above;
}

/**
 * The threshold at which the F1 of class 1 is highest: halfway between two scores, the highest
 * such threshold where several do as well; the lowest score when calling everything 1 is best.
 * @param scores any finite numbers, higher for class 1
 * @throws DataError `metric.length`, `metric.empty`, `metric.label`, `metric.score`; `metric.oneClass`
 *   without a label 1
 */
export function bestF1Threshold(scores: readonly number[], labels: readonly number[]): number {
  check("bestF1Threshold", scores, labels);
  requireClass("bestF1Threshold", 1, labels);
  const order = Uint32Array.from(scores.keys()).sort((a, b) => scores[b]! - scores[a]!);
  const positives = labels.reduce((sum, label) => sum + label, 0);
  let found = 0;
  let best = { f1: -1, threshold: Number.NaN };
  for (const [rank, i] of order.entries()) {
    found += labels[i]!;
    const score = scores[i]!;
    const next = rank + 1 < order.length ? scores[order[rank + 1]!]! : undefined;
    if (next === score) continue;
    const f1 = (2 * found) / (rank + 1 + positives);
    if (f1 <= best.f1) continue;
    best = { f1, threshold: next === undefined ? score : between(next, score) };
  }
  return best.threshold;
}

/**
 * The lowest threshold at which at most `rate` of the examples labelled 0 are called 1. Where even the highest
 * score is called wrongly too often, just above it: then nothing is called 1.
 * @param scores any finite numbers, higher for class 1
 * @param rate false positive rate, in [0, 1]
 * @throws as {@link bestF1Threshold}; `metric.oneClass` without a label 0
 */
export function thresholdAtFalsePositiveRate(
  scores: readonly number[],
  labels: readonly number[],
  rate: number,
): number {
  check("thresholdAtFalsePositiveRate", scores, labels);
  requireClass("thresholdAtFalsePositiveRate", 0, labels);
  const negatives = scores.filter((_, i) => labels[i] === 0).sort((a, b) => b - a);
  const allowed = Math.floor(rate * negatives.length + 1e-9);
  const refused = negatives[allowed];
  if (refused === undefined) return negatives.at(-1)!;
  const above = scores.reduce(
    (least, score) => (score > refused && score < least ? score : least),
    Number.POSITIVE_INFINITY,
  );
  if (above !== Number.POSITIVE_INFINITY) return between(refused, above);
  return refused + Math.max(1, Math.abs(refused)) * 2 ** -52;
}

/**
 * Share of the examples labelled 1 that score below a threshold: the false negative rate. Range [0, 1],
 * **lower** is better; NaN without a label 1.
 * @throws DataError `metric.length`, `metric.empty`, `metric.label`, `metric.score`
 */
export function missRate(
  scores: readonly number[],
  labels: readonly number[],
  threshold: number,
): number {
  check("missRate", scores, labels);
  const ones = scores.filter((_, i) => labels[i] === 1);
  return ones.filter((score) => score < threshold).length / ones.length;
}
