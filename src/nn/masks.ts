/** @file Additive attention masks: 0 where a key may be seen, the most negative float32 where not. */
import {
  cast,
  lessOrEqual,
  mul,
  rangeOf,
  scalar,
  sub,
  unsqueeze,
  type Value,
  where,
} from "../graph/index.ts";

const mostNegative = -3.4028234663852886e38;

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
