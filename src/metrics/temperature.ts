/** @file Temperature scaling: one number, learned on validation, that makes probabilities mean what they say. */
import { requireBinary, requirePairs, requireScores } from "./pairing.ts";

/** Temperatures looked at; a fit that wants more or less ends here. */
const range: readonly [low: number, high: number] = [0.05, 20];
/** A probability of 0 or 1 has no logit: it is taken to be this far from it. */
const nearest = 1e-12;

/** ln(p / (1 - p)), finite at 0 and 1. */
function logit(probability: number): number {
  const inside = Math.min(1 - nearest, Math.max(nearest, probability));
  return Math.log(inside) - Math.log1p(-inside);
}

function sigmoid(x: number): number {
  return 1 / (1 + Math.exp(-x));
}

/**
 * A probability at another temperature: sigmoid(logit(p) / temperature). Above 1 it moves towards 0.5,
 * below 1 away from it; the order of scores stays, and so does which side of 0.5 each is on.
 * @param probability in [0, 1]
 * @param temperature above 0
 */
export function atTemperature(probability: number, temperature: number): number {
  return sigmoid(logit(probability) / temperature);
}

/**
 * The temperature at which scores explain labels best: the least mean negative log-likelihood. Learn it
 * on validation, use it on test with {@link atTemperature}. Never outside [0.05, 20]: scores that separate the
 * labels perfectly would want 0, scores that tell nothing infinity.
 *
 * Source: Guo et al. 2017 (ICML), §4.2, for two classes. Departure: bisection of the derivative in
 * 1/temperature, in which the likelihood is convex, instead of LBFGS.
 * @param scores probability of class 1, each in [0, 1]
 * @throws DataError `metric.length`, `metric.empty`, `metric.label`, `metric.score`
 */
export function fitTemperature(scores: readonly number[], labels: readonly number[]): number {
  requirePairs("fitTemperature", scores, labels);
  requireBinary("fitTemperature", "labels", labels);
  requireScores("fitTemperature", scores, "probability");
  const logits = scores.map(logit);
  const slope = (temperature: number) =>
    logits.reduce((sum, z, i) => sum + z * (sigmoid(z / temperature) - labels[i]!), 0);
  // the slope in 1 / temperature falls as the temperature rises
  let [low, high] = range;
  for (let step = 0; step < 60; step++) {
    const middle = Math.sqrt(low * high);
    if (slope(middle) > 0) low = middle;
    else high = middle;
  }
  return Math.sqrt(low * high);
}
