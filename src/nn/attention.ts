/**
 * @file Multi-head attention, softmax in float32. T5 has neither a scale on the scores nor biases.
 * B batch, Q query length, M memory length, D model, H heads, K per head.
 */
import {
  add,
  matMul,
  reshape,
  type Shape,
  softmax,
  transpose,
  type Value,
} from "../graph/index.ts";
import type { Dropout } from "./dropout.ts";
import { linear } from "./linear.ts";

export interface AttentionShape {
  readonly numHeads: number;
  readonly dKv: number;
}

/** Looks a weight of the layer up by its state-dict suffix, such as `q.weight`. */
type Weights = (suffix: string) => Value;

/**
 * Project and split into heads.
 * @param x [B, M, D]
 * @param weight [H*K, D]
 * @param bias [H*K], none for T5
 * @returns [B, H, M, K]
 */
export function projectHeads(
  x: Value,
  weight: Value,
  { numHeads, dKv }: AttentionShape,
  bias?: Value,
): Value {
  const [batch, length] = x.shape as [Shape[number], Shape[number]];
  const split = reshape(linear(x, weight, bias), [batch, length, numHeads, dKv]);
  return transpose(split, [0, 2, 1, 3]);
}

/** [B, H, Q, K] to [B, Q, H*K]. */
export function mergeHeads(x: Value): Value {
  const [batch, numHeads, length, dKv] = x.shape as [string, number, string, number];
  return reshape(transpose(x, [0, 2, 1, 3]), [batch, length, numHeads * dKv]);
}

/**
 * softmax(scale q kᵀ + bias) v.
 * @param query [B, H, Q, K]
 * @param key [B, H, M, K]
 * @param value [B, H, M, K]
 * @param bias broadcastable to [B, H, Q, M], logit units
 * @param scale 1 for T5
 * @returns [B, Q, H*K]
 */
export function attend(
  query: Value,
  key: Value,
  value: Value,
  bias: Value,
  dropout: Dropout,
  site: string,
  scale = 1,
): Value {
  const scores = add(matMul(query, key, { transB: true, alpha: scale }), bias);
  const weights = dropout.apply(softmax(scores), `${site}.weights`);
  return mergeHeads(matMul(weights, value));
}

interface Attention extends AttentionShape {
  readonly weights: Weights;
  readonly bias: Value;
  readonly dropout: Dropout;
  readonly site: string;
}

/** @param x [B, Q, D] @returns [B, Q, D] */
export function selfAttention(x: Value, attention: Attention): Value {
  return crossAttention(x, x, attention);
}

/** @param x [B, Q, D] queries @param memory [B, M, D] keys and values @returns [B, Q, D] */
export function crossAttention(x: Value, memory: Value, attention: Attention): Value {
  const { weights, bias, dropout, site } = attention;
  const query = projectHeads(x, weights("q.weight"), attention);
  const key = projectHeads(memory, weights("k.weight"), attention);
  const value = projectHeads(memory, weights("v.weight"), attention);
  return linear(attend(query, key, value, bias, dropout, site), weights("o.weight"));
}
