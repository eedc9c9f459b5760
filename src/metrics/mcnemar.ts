/** @file McNemar's test: do two systems, right and wrong on the same examples, differ? */
import { requirePairs } from "./pairing.ts";

/** The examples on which two systems disagree, and the test's p-values. */
export interface McNemar {
  /** Examples that only the first system gets right. */
  readonly onlyFirst: number;
  /** Examples that only the second gets right. */
  readonly onlySecond: number;
  /** Two-sided exact binomial p-value, in [0, 1]. */
  readonly exact: number;
  /** (|b - c| - 1)^2 / (b + c), with Edwards' correction of continuity; 0 or more. */
  readonly chiSquared: number;
  /** The p-value of `chiSquared` with one degree of freedom, in [0, 1]. */
  readonly asymptotic: number;
}

/**
 * McNemar's test of two systems' answers. A small p-value (below 0.05, say) means that they differ; use
 * the exact one below some 25 disagreements. Without any disagreement both are 1.
 *
 * Source: McNemar 1947; Edwards 1948 (correction); statsmodels `mcnemar` with `exact=True`, and
 * `exact=False, correction=True`. Departure: a statistic of 0 where statsmodels divides 1 by 0, or where
 * the correction is larger than the difference.
 * @param first whether the first system is right, example by example
 * @throws DataError `metric.length`, `metric.empty`
 */
export function mcnemar(first: readonly boolean[], second: readonly boolean[]): McNemar {
  requirePairs("mcnemar", first, second);
  const onlyFirst = first.filter((isRight, i) => isRight && !second[i]).length;
  const onlySecond = second.filter((isRight, i) => isRight && !first[i]).length;
  const disagreements = onlyFirst + onlySecond;
  const gap = Math.max(0, Math.abs(onlyFirst - onlySecond) - 1);
  const chiSquared = disagreements === 0 ? 0 : gap ** 2 / disagreements;
  return {
    onlyFirst,
    onlySecond,
    exact: binomialTails(Math.min(onlyFirst, onlySecond), disagreements),
    chiSquared,
    asymptotic: complementaryError(Math.sqrt(chiSquared / 2)),
  };
}

/** Twice the probability of at most `fewer` heads in `tosses` of a fair coin, at most 1. */
function binomialTails(fewer: number, tosses: number): number {
  // plain terms are exact where they can be held, logarithms hold the others
  const isPlain = tosses <= 1000;
  let term = isPlain ? 2 ** -tosses : -tosses * Math.LN2;
  let sum = isPlain ? term : Math.exp(term);
  for (let heads = 1; heads <= fewer; heads++) {
    const ratio = (tosses - heads + 1) / heads;
    term = isPlain ? term * ratio : term + Math.log(ratio);
    sum += isPlain ? term : Math.exp(term);
  }
  return Math.min(1, 2 * sum);
}

/** erfc of a number of 0 or more: a series below 2.5, a continued fraction (Lentz) beyond. */
function complementaryError(x: number): number {
  if (x < 2.5) {
    let term = x;
    let sum = x;
    for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n++) {
      term *= (-x * x) / n;
      sum += term / (2 * n + 1);
    }
    return 1 - (2 / Math.sqrt(Math.PI)) * sum;
  }
  let fraction = 0;
  for (let n = 60; n >= 1; n--) fraction = n / 2 / (x + fraction);
  return Math.exp(-x * x) / Math.sqrt(Math.PI) / (x + fraction);
}
