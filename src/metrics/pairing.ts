/** @file The checks every metric makes first: as many predictions as references, and at least one. */
import { DataError } from "../base/index.ts";

/**
 * Refuse lists that cannot be compared one by one.
 * @param metric name used in the error
 * @throws DataError `metric.length` when the counts differ, `metric.empty` when there is nothing
 */
export function requirePairs(
  metric: string,
  predictions: { readonly length: number },
  references: { readonly length: number },
): void {
  if (predictions.length !== references.length) {
    throw new DataError("metric.length", `${metric}: predictions and references do not pair up`, {
      expected: `${references.length} predictions, one for each reference`,
      got: `${predictions.length} predictions`,
    });
  }
  if (predictions.length === 0) {
    throw new DataError("metric.empty", `${metric}: nothing to score`, {
      expected: "at least one prediction",
      got: "0 predictions",
    });
  }
}

/**
 * Refuse labels outside {0, 1}.
 * @throws DataError `metric.label` naming the index
 */
export function requireBinary(metric: string, what: string, labels: readonly number[]): void {
  const at = labels.findIndex((label) => label !== 0 && label !== 1);
  if (at < 0) return;
  throw new DataError("metric.label", `${metric}: ${what} must be 0 or 1`, {
    expected: "0 or 1",
    got: String(labels[at]),
    where: `${what}[${at}]`,
  });
}

/**
 * Refuse scores that are not finite, or outside [0, 1] where probabilities are asked for.
 * @throws DataError `metric.score` naming the index
 */
export function requireScores(
  metric: string,
  scores: readonly number[],
  kind: "finite" | "probability",
): void {
  const fits = kind === "finite" ? Number.isFinite : (score: number) => score >= 0 && score <= 1;
  const at = scores.findIndex((score) => !fits(score));
  if (at < 0) return;
  throw new DataError("metric.score", `${metric}: bad score`, {
    expected: kind === "finite" ? "a finite number" : "a probability in [0, 1]",
    got: String(scores[at]),
    where: `scores[${at}]`,
  });
}
