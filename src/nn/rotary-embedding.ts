/**
 * @file Rotary position embedding (Su et al. 2021, "RoFormer"): each pair of a head's numbers is turned by an
 * angle proportional to its position, so that a score depends on how far apart query and key are. Pairs are
 * (i, i + K/2), as in Hugging Face's `rotate_half`, not neighbours as in the paper.
 * B batch, S length, K per head.
 */
import {
  add,
  cast,
  concat,
  constant,
  cos,
  mul,
  sin,
  split,
  sub,
  unsqueeze,
  type Value,
} from "../graph/index.ts";

/** How a model stretches its rotations beyond the context it was first trained for. */
export type RotaryScaling =
  | { readonly kind: "none" }
  /** Every position is divided by the factor. */
  | { readonly kind: "linear"; readonly factor: number }
  /** Llama 3.1: slow rotations are slowed by the factor, fast ones kept, those between blended. */
  | {
      readonly kind: "llama3";
      readonly factor: number;
      readonly lowFreqFactor: number;
      readonly highFreqFactor: number;
      /** Tokens of the context before it was stretched. */
      readonly originalMaxPositionEmbeddings: number;
    };

/**
 * Angle per token of each of the K/2 pairs, radians, in float32 as the reference computes them.
 * Source: Hugging Face modeling_rope_utils.py `_compute_default_rope_parameters`,
 * `_compute_linear_scaling_rope_parameters`, `_compute_llama3_parameters`.
 * @param headDim K, even
 * @param theta base of the geometric progression
 */
export function rotaryFrequencies(
  headDim: number,
  theta: number,
  scaling: RotaryScaling,
): Float32Array {
  return Float32Array.from({ length: headDim / 2 }, (_, pair) => {
    const exponent = Math.fround((2 * pair) / headDim);
    return scaled(Math.fround(1 / Math.fround(theta ** exponent)), scaling);
  });
}

function scaled(frequency: number, scaling: RotaryScaling): number {
  if (scaling.kind === "none") return frequency;
  if (scaling.kind === "linear") return frequency / scaling.factor;
  const { factor, lowFreqFactor, highFreqFactor, originalMaxPositionEmbeddings } = scaling;
  // turns within the original context: many are kept, few are slowed
  const turns = (originalMaxPositionEmbeddings * frequency) / (2 * Math.PI);
  if (turns > highFreqFactor) return frequency;
  if (turns < lowFreqFactor) return frequency / factor;
  const kept = (turns - lowFreqFactor) / (highFreqFactor - lowFreqFactor);
  return ((1 - kept) * frequency) / factor + kept * frequency;
}

/** Cosines and sines of every position's angles, each [S, K/2] or [B, S, K/2] float32. */
export interface Rotation {
  readonly cos: Value;
  readonly sin: Value;
}

/** @param positions [S] or [B, S], integers @param frequencies [K/2] radians per token */
export function rotationAt(positions: Value, frequencies: Float32Array): Rotation {
  const perToken = constant(frequencies, [frequencies.length]);
  const angles = mul(unsqueeze(cast(positions, "float32"), [-1]), perToken);
  return { cos: cos(angles), sin: sin(angles) };
}

/** @param x [B, heads.., S, K] @returns x with every pair turned by its position's angle */
export function rotate(x: Value, rotation: Rotation): Value {
  const [cosine, sine] = [rotation.cos, rotation.sin].map((angles) => {
    const missing = angles.shape.length === 2 ? 0 : x.shape.length - angles.shape.length;
    return unsqueezeHeads(angles, missing);
  }) as [Value, Value];
  const [first, second] = split(x, -1, 2) as [Value, Value];
  const turnedFirst = sub(mul(first, cosine), mul(second, sine));
  const turnedSecond = add(mul(second, cosine), mul(first, sine));
  return concat([turnedFirst, turnedSecond], -1);
}

/** [B, S, K/2] with axes for heads after the batch. */
function unsqueezeHeads(angles: Value, count: number): Value {
  if (count === 0) return angles;
  const axes = Array.from({ length: count }, (_, i) => i + 1);
  return unsqueeze(angles, axes);
}
