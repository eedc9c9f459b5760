/** @file Which words or tokens are hidden: CodeT5's spans of whole words, T5's spans of tokens. */
import type { Random } from "../base/index.ts";

/** Share of words, or tokens, that are hidden (codet5.md §4.1, as in T5). */
export const corruptionRate = 0.15;
/** Words; lengths are uniform from 1 to this. */
export const maxSpanWords = 5;
/** Tokens in T5's spans, on average. */
const meanSpanTokens = 3;

/** Words or tokens `[first, last)`. */
export interface Span {
  readonly first: number;
  readonly last: number;
}

/**
 * Spans of whole words: each length uniform on 1 to 5, at least one word between spans, all places
 * equally likely. Their number is rounded up or down at random so that 15 % is hidden on average,
 * whatever the number of words. Below ten words a span is at most half of them.
 * @param atLeastOne draw a span where chance gives none (unless there is no word)
 */
export function drawWordSpans(random: Random, numWords: number, atLeastOne = false): Span[] {
  const longest = Math.min(maxSpanWords, Math.max(1, Math.floor(numWords / 2)));
  const wanted = (corruptionRate * numWords) / ((1 + longest) / 2);
  const drawn = Math.floor(wanted) + (random.uniform() < wanted % 1 ? 1 : 0);
  const numSpans = numWords > 0 && atLeastOne ? Math.max(1, drawn) : drawn;
  const lengths = Array.from({ length: numSpans }, () => 1 + random.below(longest));
  const hidden = lengths.reduce((sum, length) => sum + length, 0);
  // one word after each span but the last is spoken for; the rest lies where it falls
  const places = drawSubset(random, numSpans, numWords - hidden + 1);
  let before = 0;
  return lengths.map((length, i) => {
    const first = places[i]! + before;
    before += length;
    return { first, last: first + length };
  });
}

/**
 * T5's spans of tokens: 15 % of them, in round(15 % / 3) spans, hidden and visible tokens each cut into
 * that many runs at random; the first run is visible, the last hidden.
 * Source: google-research/text-to-text-transfer-transformer t5/data/preprocessors.py
 * `random_spans_noise_mask`. No departure but the generator.
 * @returns none for fewer than two tokens
 */
export function drawTokenSpans(random: Random, numTokens: number): Span[] {
  if (numTokens < 2) return [];
  const numHidden = clamp(Math.round(numTokens * corruptionRate), 1, numTokens - 1);
  const numVisible = numTokens - numHidden;
  const numSpans = clamp(Math.round(numHidden / meanSpanTokens), 1, numVisible);
  const hidden = drawPartition(random, numHidden, numSpans);
  const visible = drawPartition(random, numVisible, numSpans);
  let reached = 0;
  return hidden.map((length, i) => {
    const first = reached + visible[i]!;
    reached = first + length;
    return { first, last: reached };
  });
}

/** `total` as a sum of `parts` positive integers, all ways equally likely. */
function drawPartition(random: Random, total: number, parts: number): number[] {
  const cuts = drawSubset(random, parts - 1, total - 1).map((cut) => cut + 1);
  return [...cuts, total].map((cut, i) => cut - (cuts[i - 1] ?? 0));
}

/** `count` different integers below `bound`, ascending; every subset equally likely (Floyd's algorithm). */
function drawSubset(random: Random, count: number, bound: number): number[] {
  const drawn = new Set<number>();
  for (let next = bound - count; next < bound; next++) {
    const candidate = random.below(next + 1);
    drawn.add(drawn.has(candidate) ? next : candidate);
  }
  return [...drawn].sort((a, b) => a - b);
}

function clamp(value: number, least: number, most: number): number {
  return Math.max(least, Math.min(value, most));
}
