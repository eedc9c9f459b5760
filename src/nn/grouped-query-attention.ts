/**
 * @file Attention whose queries outnumber keys and values: R query heads share one (Ainslie et al. 2023,
 * "GQA"). With R = 1 it is ordinary multi-head attention.
 * B batch, Q query length, M memory length, H query heads, J key and value heads, R = H / J, K per head.
 */
import { add, matMul, reshape, softmax, transpose, unsqueeze, type Value } from "../graph/index.ts";
import type { Dropout } from "./dropout.ts";

export interface GroupedHeads {
  /** H, a multiple of J. */
  readonly numHeads: number;
  /** J. */
  readonly numKeyValueHeads: number;
  /** K. */
  readonly headDim: number;
}

/** @param x [B, Q, H*K] @returns [B, J, R, Q, K]: query head j*R + r is at [j, r] */
export function groupQueries(x: Value, { numHeads, numKeyValueHeads, headDim }: GroupedHeads) {
  const [batch, length] = x.shape as [string, string];
  const perGroup = numHeads / numKeyValueHeads;
  const split = reshape(x, [batch, length, numKeyValueHeads, perGroup, headDim]);
  return transpose(split, [0, 2, 3, 1, 4]);
}

/** @param x [B, M, J*K] @returns [B, J, M, K] */
export function splitHeads(x: Value, { numKeyValueHeads, headDim }: GroupedHeads): Value {
  const [batch, length] = x.shape as [string, string];
  return transpose(reshape(x, [batch, length, numKeyValueHeads, headDim]), [0, 2, 1, 3]);
}

/** @param context [B, J, R, Q, K] @returns [B, Q, H*K] */
export function mergeGroups(context: Value): Value {
  const [batch, groups, perGroup, length, headDim] = context.shape as [
    string,
    number,
    number,
    string,
    number,
  ];
  const heads = transpose(context, [0, 3, 1, 2, 4]);
  return reshape(heads, [batch, length, groups * perGroup * headDim]);
}

/**
 * softmax(scale q kᵀ + bias) v.
 * @param query [B, J, R, Q, K]
 * @param key [B, J, M, K]
 * @param value [B, J, M, K]
 * @param bias broadcastable to [B, J, R, Q, M], logit units
 * @returns [B, Q, H*K]
 */
export function attendInGroups(
  { query, key, value }: Readonly<Record<"query" | "key" | "value", Value>>,
  bias: Value,
  {
    scale,
    dropout,
    site,
  }: { readonly scale: number; readonly dropout: Dropout; readonly site: string },
): Value {
  const shared = (x: Value) => unsqueeze(x, [2]); // [B, J, 1, M, K]
  const scores = add(matMul(query, shared(key), { transB: true, alpha: scale }), bias);
  const weights = dropout.apply(softmax(scores), `${site}.weights`);
  return mergeGroups(matMul(weights, shared(value)));
}
