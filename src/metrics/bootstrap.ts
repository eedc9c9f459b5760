/** @file Bootstrap intervals of any metric, and of the difference between two systems on the same examples. */
import { ConfigError, Random } from "../base/index.ts";
import { requirePairs } from "./pairing.ts";

/** A metric's value and the range that resampling gives it. */
export interface BootstrapInterval {
  /** The metric of the examples as they are. */
  readonly value: number;
  /** Ends of the interval, in the metric's unit. */
  readonly low: number;
  readonly high: number;
  /** Standard deviation over the resamples. */
  readonly standardError: number;
  /** Share of the resamples in the interval, e.g. 0.95. */
  readonly confidence: number;
  readonly numResamples: number;
}

/** How to resample. */
export interface BootstrapOptions {
  /** Any integer; the same seed gives the same interval. */
  readonly seed: number;
  /** At least 1; 1,000 by default. */
  readonly numResamples?: number;
  /** In (0, 1); 0.95 by default. */
  readonly confidence?: number;
  /**
   * The stratum of each example, e.g. its label: every resample then has as many examples of each
   * stratum as there are.
   */
  readonly strata?: readonly (number | string)[];
}

/**
 * Percentile bootstrap interval of a metric over examples drawn again with replacement. The interval is in
 * the metric's unit and range; narrower is better. Resamples of which the metric is NaN (one class
 * only) are left out.
 *
 * Source: Efron and Tibshirani 1993, §13.3; quantiles by linear interpolation, as numpy's default. No
 * departure.
 * @param metricOf the metric of some examples, given by their numbers (with repeats)
 * @throws DataError `metric.empty` without examples, `metric.length` when `strata` has another length;
 *   ConfigError `metric.bootstrap` for settings out of range
 */
export function bootstrapInterval(
  numExamples: number,
  metricOf: (indexes: Uint32Array) => number,
  options: BootstrapOptions,
): BootstrapInterval {
  return intervalOf(numExamples, metricOf, resample(numExamples, metricOf, options), options);
}

/** A difference, its interval, and how sure its sign is. */
export interface PairedDifference extends BootstrapInterval {
  /**
   * Two-sided: the share of resamples on the far side of 0, ties counting half, doubled; in
   * [1 / numResamples, 1].
   */
  readonly pValue: number;
}

/**
 * Percentile bootstrap of a metric's difference between two systems, both scored on the same examples in
 * every resample (paired). Positive: the first system's value is higher. The two-sided p-value asks how
 * often the sign turns.
 *
 * Source: Koehn 2004 (paired bootstrap resampling); Efron and Tibshirani 1993. No departure.
 * @throws as {@link bootstrapInterval}
 */
export function bootstrapDifference(
  numExamples: number,
  metricOf: (indexes: Uint32Array) => number,
  otherMetricOf: (indexes: Uint32Array) => number,
  options: BootstrapOptions,
): PairedDifference {
  const gapOf = (indexes: Uint32Array) => metricOf(indexes) - otherMetricOf(indexes);
  const gaps = resample(numExamples, gapOf, options);
  return { ...intervalOf(numExamples, gapOf, gaps, options), pValue: signPValue(gaps) };
}

/**
 * How sure a resampled difference's sign is, two-sided: the share of resamples on the far side of 0, ties
 * counting half, doubled; in [1 / resamples, 1]. NaN without any resample.
 */
export function signPValue(gaps: ArrayLike<number>): number {
  let above = 0;
  for (let i = 0; i < gaps.length; i++) above += gaps[i]! > 0 ? 1 : gaps[i] === 0 ? 0.5 : 0;
  const share = Math.min(above, gaps.length - above) / gaps.length;
  return Math.min(1, Math.max(2 * share, 1 / gaps.length));
}

const defaults = { numResamples: 1000, confidence: 0.95 };

/** The metric of each resample, those left out that have none. */
function resample(
  numExamples: number,
  metricOf: (indexes: Uint32Array) => number,
  options: BootstrapOptions,
): number[] {
  const { seed, numResamples, confidence, strata } = { ...defaults, ...options };
  const all = allIndexes(numExamples);
  requirePairs("bootstrap", strata ?? all, all);
  requireSettings(numResamples, confidence);
  const groups = groupsOf(all, strata);
  const random = new Random(seed, "bootstrap");
  const drawn = new Uint32Array(numExamples);
  const values: number[] = [];
  for (let i = 0; i < numResamples; i++) {
    draw(groups, random, drawn);
    const value = metricOf(drawn);
    if (!Number.isNaN(value)) values.push(value);
  }
  return values;
}

function allIndexes(numExamples: number): Uint32Array {
  return Uint32Array.from({ length: numExamples }, (_, i) => i);
}

function intervalOf(
  numExamples: number,
  metricOf: (indexes: Uint32Array) => number,
  values: readonly number[],
  options: BootstrapOptions,
): BootstrapInterval {
  const { numResamples, confidence } = { ...defaults, ...options };
  return {
    value: metricOf(allIndexes(numExamples)),
    ...percentileRange(values, confidence),
    standardError: standardDeviation(values),
    confidence,
    numResamples,
  };
}

function requireSettings(numResamples: number, confidence: number): void {
  if (Number.isSafeInteger(numResamples) && numResamples >= 1 && confidence > 0 && confidence < 1) {
    return;
  }
  throw new ConfigError("metric.bootstrap", "bootstrap: settings out of range", {
    expected: "at least 1 resample, a confidence in (0, 1)",
    got: `${numResamples} resamples, confidence ${confidence}`,
  });
}

function groupsOf(
  all: Uint32Array,
  strata: readonly (number | string)[] | undefined,
): readonly Uint32Array[] {
  if (strata === undefined) return [all];
  const groups = new Map<number | string, number[]>();
  for (const [i, stratum] of strata.entries()) {
    const group = groups.get(stratum);
    if (group === undefined) groups.set(stratum, [i]);
    else group.push(i);
  }
  return Array.from(groups.values(), (group) => Uint32Array.from(group));
}

function draw(groups: readonly Uint32Array[], random: Random, drawn: Uint32Array): void {
  let at = 0;
  for (const group of groups) {
    for (let i = 0; i < group.length; i++) drawn[at++] = group[random.below(group.length)]!;
  }
}

/**
 * The middle `confidence` of some values: quantiles by linear interpolation, as numpy's default. NaN
 * without values; none of them may be NaN.
 */
export function percentileRange(
  values: ArrayLike<number>,
  confidence: number,
): { readonly low: number; readonly high: number } {
  const sorted = Float64Array.from(values).sort();
  const quantile = (share: number) => {
    const place = share * (sorted.length - 1);
    const below = Math.floor(place);
    const [low, high] = [sorted[below]!, sorted[Math.min(below + 1, sorted.length - 1)]!];
    return low + (place - below) * (high - low);
  };
  if (sorted.length === 0) return { low: Number.NaN, high: Number.NaN };
  const tail = (1 - confidence) / 2;
  return { low: quantile(tail), high: quantile(1 - tail) };
}

/** The standard deviation of a sample, n - 1 below; NaN for fewer than two values. */
export function standardDeviation(values: readonly number[]): number {
  if (values.length < 2) return Number.NaN;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return Math.sqrt(squares / (values.length - 1));
}
