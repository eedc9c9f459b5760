/** @file Additive attention masks: 0 where a key may be seen, the most negative float32 where not. */
import {
  and,
  cast,
  equal,
  greater,
  lessOrEqual,
  mul,
  rangeOf,
  scalar,
  sub,
  unsqueeze,
  type Value,
  where,
} from "../graph/index.ts";

export const mostNegative = -3.4028234663852886e38;

/**
 * Hide padded keys. Hugging Face 4.36 `get_extended_attention_mask`.
 * @param attentionMask [B, M] int32, 1 for a token, 0 for padding
 * @returns [B, 1, 1, M] float32
 */
export function paddingMask(attentionMask: Value): Value {
  const hidden = sub(1, cast(attentionMask, "float32"));
  return unsqueeze(mul(hidden, mostNegative), [1, 2]);
}

/**
 * Hide keys that come after the query.
 * @param x [B, T, ...] any tensor whose axis 1 is the target length
 * @returns [T, T] float32
 */
export function causalMask(x: Value): Value {
  const position = rangeOf(x, 1);
  const visible = lessOrEqual(unsqueeze(position, [0]), unsqueeze(position, [1]));
  return where(visible, scalar(0), scalar(mostNegative));
}

/**
 * Hide keys that are padding, come after the query, or are farther behind it than a sliding window
 * reaches. Hugging Face 4.36 `AttentionMaskConverter.to_4d`.
 * @param positions [S] or [B, S] int64, growing along each row
 * @param attentionMask [B, S] int32, 1 for a token
 * @param window keys that a query sees, itself included; undefined: all before it
 * @returns [B, 1, 1, S, S] float32: groups of heads, heads of a group, queries, keys
 */
export function causalPaddingMask(
  positions: Value,
  attentionMask: Value,
  window: number | undefined,
): Value {
  const query = unsqueeze(positions, [-1]);
  const key = unsqueeze(positions, [-2]);
  const before = lessOrEqual(key, query);
  const seen = window === undefined ? before : and(before, isInWindow(key, query, window)); // [.., S, S]
  const each = seen.shape.length === 2 ? seen : unsqueeze(seen, [1, 2]);
  const isToken = unsqueeze(equal(attentionMask, 1), [1, 2, 3]);
  return where(and(each, isToken), scalar(0), scalar(mostNegative));
}

/** True where the key is one of the last `window` up to the query. */
export function isInWindow(key: Value, query: Value, window: number): Value {
  return greater(key, sub(query, window));
}
