/** @file Position-wise feed-forward layers: plain (T5 1.0, CodeT5) and gated (T5 1.1). */
import { mul, type Value } from "../graph/index.ts";
import { type ActivationName, activations } from "./activations.ts";
import type { Dropout } from "./dropout.ts";
import { linear } from "./linear.ts";

export interface FeedForward {
  readonly weights: (suffix: string) => Value;
  readonly activation: ActivationName;
  readonly dropout: Dropout;
  readonly site: string;
}

/** wo · dropout(act(wi · x)). @param x [B, S, D] @returns [B, S, D] */
export function feedForward(x: Value, { weights, activation, dropout, site }: FeedForward): Value {
  const hidden = activations[activation](linear(x, weights("wi.weight")));
  return linear(dropout.apply(hidden, site), weights("wo.weight"));
}

/** wo · dropout(act(wi_0 · x) * (wi_1 · x)). @param x [B, S, D] @returns [B, S, D] */
export function gatedFeedForward(
  x: Value,
  { weights, activation, dropout, site }: FeedForward,
): Value {
  const gate = activations[activation](linear(x, weights("wi_0.weight")));
  const hidden = mul(gate, linear(x, weights("wi_1.weight")));
  return linear(dropout.apply(hidden, site), weights("wo.weight"));
}
