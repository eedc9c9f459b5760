/** @file T5's relative position bias (Raffel et al. 2020, §2.1). */
import {
  add,
  constant,
  gather,
  max,
  min,
  sub,
  transpose,
  unsqueeze,
  type Value,
} from "../graph/index.ts";

export interface RelativePositionOptions {
  /** The encoder looks both ways, the decoder only back. */
  readonly bidirectional: boolean;
  readonly numBuckets: number;
  /** Distance in tokens from which on all share the last bucket. */
  readonly maxDistance: number;
}

/**
 * Bucket of one offset: exact for near keys, logarithmic up to `maxDistance`, then shared.
 * Hugging Face modeling_t5.py `_relative_position_bucket`, with its float32 rounding.
 * @param relativePosition key position minus query position, tokens
 * @returns integer in [0, numBuckets)
 */
export function relativePositionBucket(
  relativePosition: number,
  { bidirectional, numBuckets, maxDistance }: RelativePositionOptions,
): number {
  const buckets = bidirectional ? Math.floor(numBuckets / 2) : numBuckets;
  const side = bidirectional && relativePosition > 0 ? buckets : 0;
  const distance = bidirectional ? Math.abs(relativePosition) : Math.max(-relativePosition, 0);
  const maxExact = Math.floor(buckets / 2);
  if (distance < maxExact) return side + distance;
  const logRatio = Math.fround(Math.log(Math.fround(distance / maxExact)));
  const scaled = Math.fround(logRatio / Math.fround(Math.log(maxDistance / maxExact)));
  const large = maxExact + Math.trunc(Math.fround(scaled * (buckets - maxExact)));
  return side + Math.min(large, buckets - 1);
}

/** Buckets of the offsets -maxDistance .. maxDistance: all there are, since both ends are shared. */
export function relativePositionTable(options: RelativePositionOptions): BigInt64Array {
  const { maxDistance } = options;
  const buckets = Array.from({ length: 2 * maxDistance + 1 }, (_, i) => {
    return BigInt(relativePositionBucket(i - maxDistance, options));
  });
  return BigInt64Array.from(buckets);
}

/**
 * Relative position bias added to attention scores, shared by all layers of a stack.
 * @param table [N, H] float32, learned bias per bucket and head
 * @param queryPositions [Q] int64
 * @param keyPositions [M] int64, or [B, M] when every example has its own
 * @returns [1, H, Q, M] or [B, H, Q, M] float32, in logit units
 */
export function relativePositionBias(
  table: Value,
  queryPositions: Value,
  keyPositions: Value,
  options: RelativePositionOptions,
): Value {
  const { maxDistance } = options;
  const buckets = constant(relativePositionTable(options), [2 * maxDistance + 1]);
  const offset = sub(unsqueeze(keyPositions, [-2]), unsqueeze(queryPositions, [1])); // [.., Q, M]
  const clamped = max(min(offset, maxDistance), -maxDistance);
  const bucket = gather(buckets, add(clamped, maxDistance));
  const bias = gather(table, bucket); // [.., Q, M, H]
  if (keyPositions.shape.length === 2) return transpose(bias, [0, 3, 1, 2]);
  return unsqueeze(transpose(bias, [2, 0, 1]), [0]);
}
