/** @file A gradient under construction: dense terms to add, and scattered rows to add into them. */
import {
  add,
  expand,
  multiplyDims,
  reduceSum,
  reshape,
  type Shape,
  scatterAdd,
  unsqueeze,
  type Value,
  zerosLike,
} from "../graph/index.ts";

/** Updates that belong at `indices` along `axis` of an otherwise zero gradient. */
export interface Scatter {
  readonly indices: Value;
  readonly updates: Value;
  readonly axis: number;
}

/** What a rule returns for one input. */
export type Contribution = Value | Scatter | null;

function isScatter(contribution: Value | Scatter): contribution is Scatter {
  return "updates" in contribution;
}

/**
 * Sum of the contributions to one value, each `like.shape`; null when there are none.
 * Scattered ones go into the dense sum, so an embedding that is also the output projection needs
 * one table-sized gradient and not two.
 */
export function sumContributions(
  contributions: readonly (Value | Scatter)[],
  like: Value,
): Value | null {
  if (contributions.length === 0) return null;
  const dense = contributions.filter((c): c is Value => !isScatter(c));
  const start = dense.length > 0 ? dense.reduce(add) : zerosLike(like);
  return contributions.filter(isScatter).reduce(scatterInto, start);
}

function scatterInto(sum: Value, { indices, updates, axis }: Scatter): Value {
  return scatterAdd(sum, indices, updates, axis);
}

/**
 * Rows of a gather as a scatter along one axis.
 * @param updates [before..., ...indices.shape, after...]
 * @param data the gathered tensor, [before..., N, after...]
 */
export function scatterRows(updates: Value, indices: Value, data: Value, axis: number): Scatter {
  const before = data.shape.slice(0, axis);
  const after = data.shape.slice(axis + 1);
  const flat = multiplyDims(...indices.shape);
  const flatIndices = reshape(indices, [flat]);
  const flatUpdates = reshape(updates, [...before, flat, ...after]);
  const aligned = alignAt(flatIndices, axis, data.shape.length);
  return { indices: expand(aligned, flatUpdates), updates: flatUpdates, axis };
}

/** One-dimensional indices with axes of size 1 around, so that they broadcast along `axis`. */
function alignAt(indices: Value, axis: number, rank: number): Value {
  const others = Array.from({ length: rank }, (_, i) => i).filter((i) => i !== axis);
  return others.length === 0 ? indices : unsqueeze(indices, others);
}

/** Undo a broadcast: sum `dy` over the axes along which a tensor of `shape` was repeated. */
export function sumTo(dy: Value, shape: Shape): Value {
  const extra = dy.shape.length - shape.length;
  const leading = Array.from({ length: extra }, (_, axis) => axis);
  const repeated = shape.flatMap((dim, axis) =>
    dim === 1 && dy.shape[axis + extra] !== 1 ? [axis + extra] : [],
  );
  const kept = repeated.length === 0 ? dy : reduceSum(dy, repeated, true);
  return leading.length === 0 ? kept : reduceSum(kept, leading);
}
