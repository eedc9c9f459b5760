/** @file Rules that forbid tokens: their log-probability becomes -Infinity, in place. */
import type { Decoding } from "./options.ts";

/** What the rules need to know. */
export type TokenRules = Pick<Decoding, "minLength" | "noRepeatNgramSize">;

/**
 * Forbid what the options forbid after `tokens`. Source: transformers 4.36 generation/logits_process.py
 * `MinLengthLogitsProcessor`, `NoRepeatNGramLogitsProcessor`.
 * @param row [V] log-probabilities of the next token
 * @param tokens the sequence so far, the start token included
 */
export function forbidTokens(
  row: Float32Array,
  tokens: readonly number[],
  eosTokenIds: readonly number[],
  { minLength, noRepeatNgramSize }: TokenRules,
): void {
  if (tokens.length < minLength) forbid(row, eosTokenIds);
  if (noRepeatNgramSize > 0) forbid(row, repeatingTokens(tokens, noRepeatNgramSize));
}

/** Tokens that would complete an n-gram which `tokens` already contains. */
function repeatingTokens(tokens: readonly number[], size: number): number[] {
  const suffix = tokens.length - size + 1;
  const found: number[] = [];
  for (let start = 0; start < suffix; start++) {
    let same = 0;
    while (same < size - 1 && tokens[start + same] === tokens[suffix + same]) same++;
    if (same === size - 1) found.push(tokens[start + size - 1]!);
  }
  return found;
}

function forbid(row: Float32Array, tokens: readonly number[]): void {
  for (const token of tokens) row[token] = Number.NEGATIVE_INFINITY;
}
