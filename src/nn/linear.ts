/** @file Linear maps and embeddings, with weights in PyTorch's layout. */
import {
  add,
  detach,
  equal,
  gather,
  matMul,
  unsqueeze,
  type Value,
  where,
} from "../graph/index.ts";

/**
 * y = x Wᵀ (+ b), `torch.nn.Linear`.
 * @param x [..., in] float32
 * @param weight [out, in] float32
 * @param bias [out] float32
 * @returns [..., out] float32
 */
export function linear(x: Value, weight: Value, bias?: Value): Value {
  const product = matMul(x, weight, { transB: true });
  return bias === undefined ? product : add(product, bias);
}

/**
 * Rows of a table.
 * @param table [V, D] float32
 * @param ids [...] int32 or int64, each in [0, V)
 * @returns [..., D] float32
 */
export function embedding(table: Value, ids: Value): Value {
  return gather(table, ids, 0);
}

/**
 * Rows of a table, one of which learns nothing: `torch.nn.Embedding` with a `padding_idx`.
 * @param paddingId whose row gets no gradient from here; undefined: every row learns
 */
export function paddedEmbedding(table: Value, ids: Value, paddingId: number | undefined): Value {
  const rows = embedding(table, ids);
  if (paddingId === undefined) return rows;
  return where(unsqueeze(equal(ids, paddingId), [-1]), detach(rows), rows);
}
