/** @file Operators that move elements without computing: reshape, transpose, concat, slice, expand. */
import { apply, applyAll } from "../apply.ts";
import {
  addDims,
  divideDims,
  formatShape,
  isFixed,
  multiplyDims,
  type Shape,
  sameShape,
} from "../dim.ts";
import { type Dim, int64s, integersOf, type Signature, scalar, type Value } from "../value.ts";
import {
  broadcast,
  distinctAxes,
  normalizeAxis,
  type Operator,
  required,
  sameDtype,
  shapeError,
  withoutAxes,
} from "./operator.ts";

export type MovementOperator =
  | "Reshape"
  | "Transpose"
  | "Unsqueeze"
  | "Squeeze"
  | "Concat"
  | "Slice"
  | "Expand"
  | "Split"
  | "Pad";

export const movementOperators: Readonly<Record<MovementOperator, Operator>> = {
  /** Target: constant int64s (0 copies the input's axis, -1 is inferred), or the `Shape` of a value. */
  Reshape: {
    domain: "",
    infer: (inputs) => [reshaped(required(inputs, 0), required(inputs, 1))],
  },
  Transpose: {
    domain: "",
    attributes: { perm: "ints" },
    infer: (inputs, { perm }) => {
      const x = required(inputs, 0);
      return [{ dtype: x.dtype, shape: permuted(x.shape, perm as readonly number[]) }];
    },
  },
  Unsqueeze: {
    domain: "",
    infer: (inputs) => {
      const x = required(inputs, 0);
      return [{ dtype: x.dtype, shape: unsqueezed(x.shape, integersOf(inputs[1])) }];
    },
  },
  Squeeze: {
    domain: "",
    infer: (inputs) => {
      const x = required(inputs, 0);
      const axes = integersOf(inputs[1]);
      for (const axis of axes) requireOne(x.shape, axis);
      return [{ dtype: x.dtype, shape: withoutAxes(x.shape, axes, false) }];
    },
  },
  Concat: {
    domain: "",
    attributes: { axis: "int" },
    infer: (inputs, { axis }) => [concatenated(inputs as Value[], axis as number)],
  },
  /** Inputs: data, starts, ends, axes; step 1. */
  Slice: { domain: "", infer: (inputs) => [sliced(inputs)] },
  /** Zeros around; the second input is int64 constant widths, all starts then all ends. */
  Pad: { domain: "", infer: (inputs) => [padded(inputs)] },
  /** The second input is a one-dimensional int64 tensor: constant, or the `Shape` of a value. */
  Expand: { domain: "", infer: (inputs) => [expanded(inputs)] },
  Split: {
    domain: "",
    attributes: { axis: "int", num_outputs: "int" },
    infer: (inputs, { axis, num_outputs }) =>
      splitEvenly(required(inputs, 0), axis as number, num_outputs as number),
  },
};

function reshaped(x: Value, target: Value): Signature {
  const known =
    target.data === undefined
      ? shapeBehind(target)
      : integersOf(target).map((size, axis) => (size === 0 ? (x.shape[axis] ?? 0) : size));
  const hole = known.indexOf(-1);
  const rest = multiplyDims(...known.filter((dim) => dim !== -1));
  const total = multiplyDims(...x.shape);
  const inferred = hole < 0 ? undefined : divideDims(total, rest);
  if (hole < 0 ? rest !== total : inferred === undefined) {
    throw reshapeError(x.shape, known);
  }
  return { dtype: x.dtype, shape: known.map((dim) => (dim === -1 ? inferred! : dim)) };
}

function reshapeError(from: Shape, to: Shape) {
  const shapes = `${formatShape(from)} to ${formatShape(to)}`;
  return shapeError("reshape.size", `reshape: cannot turn ${shapes}`, {
    expected: `${multiplyDims(...from)} elements`,
    got: formatShape(to),
  });
}

function unsqueezed(shape: Shape, axes: readonly number[]): Dim[] {
  const result: (Dim | undefined)[] = Array(shape.length + axes.length).fill(undefined);
  for (const axis of axes) result[axis] = 1;
  const rest = [...shape];
  return result.map((dim) => dim ?? rest.shift()!);
}

function permuted(shape: Shape, perm: readonly number[]): Dim[] {
  const valid = [...perm].sort((a, b) => a - b).every((axis, i) => axis === i);
  if (!valid || perm.length !== shape.length) {
    throw shapeError(
      "transpose.perm",
      `transpose: [${perm}] does not permute ${formatShape(shape)}`,
    );
  }
  return perm.map((axis) => shape[axis]!);
}

function requireOne(shape: Shape, axis: number): void {
  if (shape[normalizeAxis(axis, shape)] === 1) return;
  throw shapeError("squeeze.size", `squeeze: axis ${axis} of ${formatShape(shape)} is not 1`);
}

function concatenated(values: readonly Value[], axis: number): Signature {
  const first = required(values, 0);
  const at = normalizeAxis(axis, first.shape);
  for (const value of values.slice(1)) {
    sameDtype("concat", first, value);
    const others = (shape: Shape) => shape.filter((_, i) => i !== at);
    if (!sameShape(others(first.shape), others(value.shape))) {
      const shapes = `${formatShape(first.shape)} and ${formatShape(value.shape)}`;
      throw shapeError("concat.shape", `concat: shapes differ outside axis ${axis}: ${shapes}`);
    }
  }
  const total = addDims(...values.map((value) => value.shape[at]!));
  return { dtype: first.dtype, shape: first.shape.map((dim, i) => (i === at ? total : dim)) };
}

function sliced(inputs: Parameters<Operator["infer"]>[0]): Signature {
  const x = required(inputs, 0);
  const [starts, ends, axes] = [1, 2, 3].map((i) => integersOf(inputs[i])) as [
    number[],
    number[],
    number[],
  ];
  const shape: Dim[] = [...x.shape];
  axes.forEach((axis, i) => {
    shape[axis] = slicedDim(x.shape, axis, starts[i]!, ends[i]!);
  });
  return { dtype: x.dtype, shape };
}

/** An end beyond every axis. */
const wholeAxis = Number.MAX_SAFE_INTEGER;

function slicedDim(shape: Shape, axis: number, start: number, end: number): Dim {
  const dim = shape[normalizeAxis(axis, shape)]!;
  if (isFixed(dim)) {
    const clamp = (at: number) => Math.min(Math.max(at < 0 ? at + dim : at, 0), dim);
    return Math.max(0, clamp(end) - clamp(start));
  }
  const [fromEnd, toEnd] = [start < 0, end < 0 || end === wholeAxis];
  const size = (end === wholeAxis ? 0 : end) - start;
  if (fromEnd === toEnd && size >= 0) return size;
  if (!fromEnd && toEnd) return addDims(dim, size);
  throw shapeError("slice.named", `slice: [${start}:${end}] of named axis ${dim} has no size`, {
    expected: "an end after the start, whatever the size",
  });
}

function padded(inputs: Parameters<Operator["infer"]>[0]): Signature {
  const x = required(inputs, 0);
  const widths = integersOf(inputs[1]);
  const rank = x.shape.length;
  const shape = x.shape.map((dim, i) => addDims(dim, widths[i]! + widths[i + rank]!));
  return { dtype: x.dtype, shape };
}

function expanded(inputs: Parameters<Operator["infer"]>[0]): Signature {
  const x = required(inputs, 0);
  const target = required(inputs, 1);
  const shape = target.data === undefined ? shapeBehind(target) : integersOf(target);
  return { dtype: x.dtype, shape: broadcast("expand", x.shape, shape) };
}

/** The shape that a `Shape` node was taken from. */
function shapeBehind(target: Value): Shape {
  const source = target.node?.op === "Shape" ? target.node.inputs[0] : undefined;
  if (!source)
    throw shapeError("expand.shape", "internal: expand needs a constant or a Shape node");
  return source.shape;
}

function splitEvenly(x: Value, axis: number, parts: number): Signature[] {
  const at = normalizeAxis(axis, x.shape);
  const part = divideDims(x.shape[at]!, parts);
  if (part === undefined) {
    throw shapeError(
      "split.size",
      `split: axis ${axis} of ${formatShape(x.shape)} not in ${parts}`,
    );
  }
  const shape = x.shape.map((dim, i) => (i === at ? part : dim));
  return Array.from({ length: parts }, () => ({ dtype: x.dtype, shape }));
}

/**
 * Reshape to fixed and named sizes, for instance `reshape(x, ["B", "S", 8, 64])`.
 * At most one name may move to another axis; a product of names is written with `multiplyDims`.
 * @throws ShapeError when the element counts differ, naming both shapes
 */
export function reshape(x: Value, shape: Shape): Value {
  const target = shape.map((dim) => addDims(dim));
  if (sameShape(x.shape, target)) return x;
  const sizes = target.map((dim, axis) => (isFixed(dim) ? dim : x.shape[axis] === dim ? 0 : -1));
  if (sizes.filter((size) => size === -1).length > 1) throw reshapeError(x.shape, target);
  const result = apply("Reshape", [x, int64s(sizes)]);
  if (!sameShape(result.shape, target)) throw reshapeError(x.shape, target);
  return result;
}

/** Reshape to the shape of another value, whatever its names. */
export function reshapeLike(x: Value, like: Value): Value {
  if (sameShape(x.shape, like.shape)) return x;
  const moved = like.shape.filter((dim, axis) => !isFixed(dim) && x.shape[axis] !== dim);
  if (moved.length <= 1) return reshape(x, like.shape);
  return apply("Reshape", [x, apply("Shape", [like])]);
}

/** Permute the axes: axis i of the result is axis `perm[i]` of `x`. */
export function transpose(x: Value, perm: readonly number[]): Value {
  return apply("Transpose", [x], { perm });
}

/** Insert axes of size 1 at these positions of the result; negative ones count from its end. */
export function unsqueeze(x: Value, axes: readonly number[]): Value {
  const shape = [...x.shape, ...axes.map(() => 1)];
  return apply("Unsqueeze", [x, int64s(distinctAxes("unsqueeze", axes, shape))]);
}

/** Drop axes of size 1. */
export function squeeze(x: Value, axes: readonly number[]): Value {
  return apply("Squeeze", [x, int64s(distinctAxes("squeeze", axes, x.shape))]);
}

/** Join along an axis; the others must agree. @throws ShapeError naming the shapes that do not */
export function concat(values: readonly Value[], axis: number): Value {
  return apply("Concat", values, { axis: normalizeAxis(axis, required(values, 0).shape) });
}

/**
 * Elements [start, end) along one axis; negative positions count from the end, and no end means all
 * the rest. A named axis is taken to be long enough for them.
 */
export function slice(x: Value, axis: number, start: number, end: number = wholeAxis): Value {
  const at = normalizeAxis(axis, x.shape);
  return apply("Slice", [x, int64s([start]), int64s([end]), int64s([at])]);
}

/** Broadcast `x` to the shape of another value, or to fixed sizes. */
export function expand(x: Value, like: Value | readonly number[]): Value {
  const target = "length" in like ? int64s(like) : apply("Shape", [like]);
  return apply("Expand", [x, target]);
}

/** Zeros with the shape and element type of another value. */
export function zerosLike(x: Value): Value {
  const zero = scalar(0, x.dtype);
  return x.shape.length === 0 ? zero : expand(zero, x);
}

/** Zeros before and after one axis. */
export function pad(x: Value, axis: number, before: number, after: number): Value {
  const at = normalizeAxis(axis, x.shape);
  const widths = x.shape.map((_, i) => (i === at ? [before, after] : [0, 0]));
  const pads = [...widths.map(([start]) => start!), ...widths.map(([, end]) => end!)];
  return apply("Pad", [x, int64s(pads)]);
}

/** Cut an axis into equal parts. */
export function split(x: Value, axis: number, parts: number): readonly Value[] {
  return applyAll("Split", [x], { axis: normalizeAxis(axis, x.shape), num_outputs: parts }).outputs;
}
