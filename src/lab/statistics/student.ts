/** @file Student's t for a handful of values: seeds, languages. */
import { standardDeviation } from "../../metrics/index.ts";

/**
 * Distribution function of Student's t.
 * Source: Abramowitz and Stegun 1964, 26.7.3 and 26.7.4 (finite series for whole degrees of freedom). No departure.
 * @param degrees a whole number of at least 1
 */
export function studentCdf(t: number, degrees: number): number {
  const angle = Math.atan(t / Math.sqrt(degrees));
  const [sine, cosine] = [Math.sin(angle), Math.cos(angle)];
  const isOdd = degrees % 2 === 1;
  let term = isOdd ? cosine : 1;
  let sum = degrees === 1 ? 0 : term;
  for (let k = isOdd ? 3 : 2; k <= degrees - 2; k += 2) {
    term *= (cosine * cosine * (k - 1)) / k;
    sum += term;
  }
  const between = isOdd ? (2 / Math.PI) * (angle + sine * sum) : sine * sum;
  return (1 + between) / 2;
}

/** The t below which a share of the distribution lies, by bisection. @param share in (0.5, 1) */
export function studentQuantile(share: number, degrees: number): number {
  let [low, high] = [0, 1];
  while (studentCdf(high, degrees) < share) high *= 2;
  for (let step = 0; step < 80; step++) {
    const middle = (low + high) / 2;
    if (studentCdf(middle, degrees) < share) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** A mean with its 95 % interval and the two-sided p-value that it is 0; NaN ends for fewer than two values. */
export interface MeanInterval {
  readonly value: number;
  readonly low: number;
  readonly high: number;
  readonly pValue: number;
  readonly count: number;
}

/**
 * The mean of a few values that are independent, and about normal: one for each seed, say.
 * Source: Student 1908. No departure.
 */
export function meanInterval(values: readonly number[]): MeanInterval {
  const count = values.length;
  const value = values.reduce((sum, one) => sum + one, 0) / count;
  if (count < 2) return { value, low: Number.NaN, high: Number.NaN, pValue: Number.NaN, count };
  const error = standardDeviation(values) / Math.sqrt(count);
  const half = studentQuantile(0.975, count - 1) * error;
  const t = value / error;
  // equal values: no doubt, unless they are all 0
  const pValue = error === 0 ? Number(value === 0) : 2 * (1 - studentCdf(Math.abs(t), count - 1));
  return { value, low: value - half, high: value + half, pValue, count };
}
