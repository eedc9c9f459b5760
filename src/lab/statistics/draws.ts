/** @file Figures with their bootstrap draws: means and differences are taken draw by draw, intervals at the end. */
import { Random } from "../../base/index.ts";
import { percentileRange, signPValue, standardDeviation } from "../../metrics/index.ts";

/** A figure and what it was in each resample of groups; NaN where it is undefined (one class only, say). */
export interface Drawn {
  readonly value: number;
  readonly draws: Float64Array;
}

/** The plain mean of figures: over languages, a macro average. @param all at least one */
export function meanOf(all: readonly Drawn[]): Drawn {
  return combine(
    all,
    all.map(() => 1 / all.length),
  );
}

/** The first less the second, both in the same resamples. */
export function minus(first: Drawn, second: Drawn): Drawn {
  return combine([first, second], [1, -1]);
}

function combine(all: readonly Drawn[], shares: readonly number[]): Drawn {
  const draws = new Float64Array(all[0]!.draws.length);
  for (const [which, one] of all.entries()) {
    const share = shares[which]!;
    for (let i = 0; i < draws.length; i++) draws[i]! += share * one.draws[i]!;
  }
  return { value: all.reduce((sum, one, which) => sum + shares[which]! * one.value, 0), draws };
}

/** Ends of an interval, and the two-sided p-value of the figure's sign; NaN where there is none. */
export interface Interval {
  readonly low: number;
  readonly high: number;
  readonly pValue: number;
}

/** A figure, the mean over seeds of training, with its intervals. */
export interface Estimate extends Interval {
  readonly value: number;
  /** The values of the seeds. */
  readonly seeds: readonly number[];
  /** Standard deviation over the seeds; NaN with one. */
  readonly spread: number;
  /** The interval for these trained models: only groups are drawn, not what training does by chance. */
  readonly groupsOnly: Interval;
}

/** Share of the resamples within an interval. */
const confidence = 0.95;
/** With fewer defined draws than this share, a figure has no interval. */
const enough = 0.9;

/** What training does by chance: the variance between seeds beyond what the samples' noise gives them. */
export interface TrainingChance {
  /** Of one seed's figure; 0 or more. */
  readonly variance: number;
  /** Degrees of freedom behind the variance; 0 when one seed tells nothing. */
  readonly degrees: number;
}

/**
 * Estimate training's chance from a figure of several languages, by language and seed: the mean of their
 * variance components. Languages are taken for independent in it, which steadies what three seeds say of each; a mean
 * over languages has a component of its own.
 */
export function trainingChance(figures: readonly (readonly Drawn[])[]): TrainingChance {
  const parts = figures.filter((perSeed) => perSeed.length > 1).map(component);
  const known = parts.filter((part) => !Number.isNaN(part));
  if (known.length === 0) return { variance: 0, degrees: 0 };
  const mean = known.reduce((sum, part) => sum + part, 0) / known.length;
  const degrees = known.length * (figures[0]!.length - 1);
  return { variance: Math.max(0, mean), degrees };
}

/** Variance between the seeds less what resampling gives their gaps; may be negative by chance. */
function component(perSeed: readonly Drawn[]): number {
  const mean = meanOf(perSeed);
  const between = standardDeviation(perSeed.map(({ value }) => value)) ** 2;
  const gaps = perSeed.map((one) => standardDeviation(defined(minus(one, mean).draws)) ** 2);
  return between - gaps.reduce((sum, gap) => sum + gap, 0) / (perSeed.length - 1);
}

/**
 * The mean of a figure over seeds with its 95 % interval. Two sources of chance are in it. Which samples there
 * are: percentiles over resampled groups, the same for all seeds. What training does by chance: seeds are too
 * few to be resampled (of three, resampling sees two thirds of the variance, and with independent noise for
 * each seed and sample it sees that noise twice), so what they vary by beyond that noise is estimated as a
 * random effect and added to each draw with the tails of Student's t. One seed tells nothing of training's
 * chance: both intervals are equal then.
 *
 * Source: Davison and Hinkley 1997, §3.8 and §5.3 (clusters, percentiles); Searle, Casella and McCulloch
 * 1992, §4 (variance components; a negative one is 0). The coverage is simulated in draws.test.ts.
 * @param perSeed the figure of each seed, at least one, all in the same resamples
 * @param seed of the t draws
 */
export function estimateOf(
  perSeed: readonly Drawn[],
  seed: number,
  { variance, degrees } = trainingChance([perSeed]),
): Estimate {
  const mean = meanOf(perSeed);
  const seeds = perSeed.map(({ value }) => value);
  const groupsOnly = intervalOf(mean.draws);
  const facts = { value: mean.value, seeds, spread: standardDeviation(seeds), groupsOnly };
  if (variance === 0 || degrees === 0) return { ...facts, ...groupsOnly };
  const scale = Math.sqrt(variance / perSeed.length);
  const random = new Random(seed, "training");
  const wider = mean.draws.map((draw) => draw + scale * studentDraw(random, degrees));
  return { ...facts, ...intervalOf(wider) };
}

function studentDraw(random: Random, degrees: number): number {
  let squares = 0;
  for (let i = 0; i < degrees; i++) squares += random.normal() ** 2;
  return random.normal() / Math.sqrt(squares / degrees);
}

function intervalOf(draws: Float64Array): Interval {
  const values = defined(draws);
  if (values.length < enough * draws.length) return noInterval;
  return { ...percentileRange(values, confidence), pValue: signPValue(values) };
}

const noInterval: Interval = { low: Number.NaN, high: Number.NaN, pValue: Number.NaN };

function defined(draws: Float64Array): number[] {
  return Array.from(draws).filter((draw) => !Number.isNaN(draw));
}
