/** @file What greedy decoding, sampling and beam search have in common. */
import type { Decoder } from "./decoder.ts";
import type { Decoding } from "./options.ts";

/** One batch to be decoded. */
export interface Search {
  readonly decoder: Decoder;
  /** [B][P]: what each sequence begins with. */
  readonly prompts: readonly (readonly number[])[];
  readonly decoding: Decoding;
  /** Without repetition; the first one closes sequences of a beam search. */
  readonly eosTokens: readonly number[];
  readonly padToken: number;
}

/** What `generate` returns. */
export interface Generated {
  /** `numReturnSequences` per example, best first, from the start token or the prompt on, padded to one length. */
  readonly sequences: number[][];
  /** Beam search: score of each sequence, nats: sum of log-probabilities / length^lengthPenalty. */
  readonly sequencesScores?: number[];
}

/** Sequences filled up with padding to `width` tokens. */
export function padded(
  sequences: readonly (readonly number[])[],
  width: number,
  padToken: number,
): number[][] {
  return sequences.map((tokens) => [
    ...tokens,
    ...Array<number>(width - tokens.length).fill(padToken),
  ]);
}
