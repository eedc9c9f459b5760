/** @file States at some positions of a batch: those that are scored, or that a head reads. */
import { gather, multiplyDims, reshape, type Value } from "../graph/index.ts";

/**
 * @param hidden [B, T, D] float32
 * @param positions [L] int32, row-major positions in [0, B*T)
 * @returns [L, D] float32
 */
export function statesAt(hidden: Value, positions: Value): Value {
  const [batch, length, width] = hidden.shape as [string, string, number];
  return gather(reshape(hidden, [multiplyDims(batch, length), width]), positions);
}
