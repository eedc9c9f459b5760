/**
 * @file The seam of decoder-only families: what one of them says of itself. Batches, loss, heads and decoding
 * with a cache are the same for all; the family computes states, and leaves attention to its caller, who knows
 * where keys and values come from.
 * B batch, Q tokens computed at once, D model, H query heads, J key and value heads, K per head, V vocabulary.
 */
import type { Value } from "../graph/index.ts";
import type { Dropout, GroupedHeads } from "../nn/index.ts";
import type { LabelConfig } from "./model-config.ts";
import type { ParameterSpec } from "./parameters.ts";

export type CausalConfig = LabelConfig & { readonly initializerRange: number };

/** One layer's projections, rotated where the family rotates. */
export interface Projected {
  /** [B, J, H/J, Q, K] */
  readonly query: Value;
  /** [B, J, Q, K] */
  readonly key: Value;
  /** [B, J, Q, K] */
  readonly value: Value;
}

/** @returns [B, Q, H*K] */
export type Attend = (
  layer: number,
  projected: Projected,
  options: { readonly scale: number; readonly site: string },
) => Value;

/** What a family's layers are given. */
export interface BodyRun {
  /** [B, Q] int32 */
  readonly ids: Value;
  /** [Q], [B, Q] or [B, 1] int64 */
  readonly positions: Value;
  readonly weight: (name: string) => Value;
  readonly dropout: Dropout;
  readonly attend: Attend;
}

export interface CausalBody {
  readonly config: CausalConfig;
  /** Of embeddings and layers, in state-dict order. */
  readonly parameters: readonly ParameterSpec[];
  /** Of the language-model head: none where it is tied to the embeddings. */
  readonly headParameters: readonly ParameterSpec[];
  readonly heads: GroupedHeads;
  readonly numLayers: number;
  /** D. */
  readonly dModel: number;
  /** Tokens that fit the model's context. */
  readonly maxPositions: number;
  /** Keys that a query sees, itself included; undefined: all before it. */
  readonly slidingWindow?: number;
  /** @returns [B, Q, D] float32, after the final norm */
  readonly states: (run: BodyRun) => Value;
  /** @param states [..., D] @returns [..., V] unnormalised log-probabilities (nats) */
  readonly logits: (states: Value, weight: (name: string) => Value) => Value;
}
