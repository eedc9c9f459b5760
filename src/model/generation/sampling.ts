/** @file Drawing tokens: temperature, top-k and top-p narrow the choice, a seeded stream decides. */
import { type Random, RuntimeFailure } from "../../base/index.ts";
import type { Decoding } from "./options.ts";
import { type Candidate, checkNumber, topCandidates } from "./top-candidates.ts";

/** What narrows the choice. */
export type Warping = Pick<Decoding, "temperature" | "topK" | "topP">;

/** Tokens that may be drawn, in ascending order, with their scores (log-probabilities up to a constant). */
export interface Choice {
  readonly tokens: Int32Array;
  readonly scores: Float64Array;
}

/**
 * Apply temperature, top-k and top-p, in this order. Source: transformers 4.36 generation/logits_process.py
 * `TemperatureLogitsWarper`, `TopKLogitsWarper` (equals of the last one stay), `TopPLogitsWarper`.
 * @param row [V] log-probabilities, -Infinity for forbidden tokens
 * @param minTokens fewest tokens kept by top-k and top-p
 */
export function warp(
  row: Float32Array,
  { temperature, topK, topP }: Warping,
  minTokens: number,
): Choice {
  checkNumber(row);
  const least = topK === 0 ? Number.NEGATIVE_INFINITY : kthLargest(row, Math.max(topK, minTokens));
  const tokens = tokensWhere(row, (value) => value >= least && value > Number.NEGATIVE_INFINITY);
  const scores = new Float64Array(tokens.length);
  for (let i = 0; i < tokens.length; i++) scores[i] = row[tokens[i]!]! / temperature;
  const choice = { tokens, scores };
  return topP < 1 ? keepTopP(choice, topP, minTokens) : choice;
}

/** One token of a choice, with probability proportional to exp(score). */
export function draw({ tokens, scores }: Choice, random: Random): number {
  const weights = exponentials(scores);
  let rest = random.uniform() * sumOf(weights);
  for (let i = 0; i < tokens.length; i++) {
    rest -= weights[i]!;
    if (rest < 0) return tokens[i]!;
  }
  // rounding, or nothing allowed at all: the last token, or token 0 as argmax over a forbidden row
  return tokens.at(-1) ?? 0;
}

/**
 * `count` different continuations of a group of rows, drawn with probability proportional to exp(score), best first.
 * Largest `score + Gumbel noise` draws without replacement (Kool et al. 2019, §2.3).
 * @throws RuntimeFailure `generate.choice` when fewer may be drawn
 */
export function drawCandidates(
  choices: readonly Choice[],
  rowScores: readonly number[],
  count: number,
  random: Random,
): Candidate[] {
  const candidates = choices.flatMap(({ tokens, scores }, row) =>
    Array.from(tokens, (token, i): Candidate & { key: number } => {
      const score = Math.fround(rowScores[row]! + scores[i]!);
      return { score, row, token, key: score - Math.log(-Math.log(1 - random.uniform())) };
    }),
  );
  if (candidates.length < count) {
    throw new RuntimeFailure("generate.choice", "too few tokens are left to draw from", {
      expected: `at least ${count}`,
      got: String(candidates.length),
      help: "forbid fewer tokens, or search with fewer beams",
    });
  }
  const drawn = candidates.sort((a, b) => b.key - a.key).slice(0, count);
  return drawn.sort((a, b) => b.score - a.score);
}

function kthLargest(row: Float32Array, k: number): number {
  if (k >= row.length) return Number.NEGATIVE_INFINITY;
  return topCandidates(row, [0], row.length, k).at(-1)!.score;
}

function tokensWhere(row: Float32Array, holds: (value: number) => boolean): Int32Array {
  let count = 0;
  for (const value of row) if (holds(value)) count++;
  const tokens = new Int32Array(count);
  let next = 0;
  for (let token = 0; next < count; token++) if (holds(row[token]!)) tokens[next++] = token;
  return tokens;
}

/** Cut the least likely tokens as long as they have 1 - topP together or less. */
function keepTopP(choice: Choice, topP: number, minTokens: number): Choice {
  const size = choice.tokens.length;
  if (size <= minTokens) return choice;
  const weights = exponentials(choice.scores);
  const mayGo = (1 - topP) * sumOf(weights);
  // tokens below an equal share of what may go all go: few of a whole vocabulary are left to sort
  const isHeavy = (weight: number) => weight > mayGo / size;
  const heavy = weights.filter(isHeavy);
  const ascending = (heavy.length < minTokens ? weights.slice() : heavy).sort();
  let cut = size - ascending.length;
  let below = cut === 0 ? 0 : sumOf(weights.filter((weight) => !isHeavy(weight)));
  for (const weight of ascending.subarray(0, ascending.length - minTokens)) {
    below += weight;
    if (below > mayGo) break;
    cut++;
  }
  return withoutLeast(choice, weights, ascending[cut - size + ascending.length]!, cut);
}

/** All tokens weighing more than `least`, and of those weighing `least` the first, so that `cut` tokens go. */
function withoutLeast(
  { tokens, scores }: Choice,
  weights: Float64Array,
  least: number,
  cut: number,
): Choice {
  let equals = tokens.length - cut - weights.filter((weight) => weight > least).length;
  const kept: number[] = [];
  for (let i = 0; i < weights.length; i++) {
    if (weights[i]! > least || (weights[i] === least && equals-- > 0)) kept.push(i);
  }
  return {
    tokens: Int32Array.from(kept, (i) => tokens[i]!),
    scores: Float64Array.from(kept, (i) => scores[i]!),
  };
}

function exponentials(scores: Float64Array): Float64Array {
  const largest = scores.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  return scores.map((score) => Math.exp(score - largest));
}

function sumOf(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0);
}
