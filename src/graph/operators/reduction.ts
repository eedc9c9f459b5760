/** @file Reductions along axes. */
import { apply } from "../apply.ts";
import { formatShape } from "../dim.ts";
import { int64s, integersOf, type Value } from "../value.ts";
import {
  distinctAxes,
  normalizeAxis,
  type Operator,
  required,
  shapeError,
  withoutAxes,
} from "./operator.ts";

/** Axes are the second input (int64 constant), as in opset 18. */
const reduction: Operator = {
  domain: "",
  attributes: { keepdims: "int" },
  infer: (inputs, { keepdims }) => {
    const { dtype, shape } = required(inputs, 0);
    return [{ dtype, shape: withoutAxes(shape, integersOf(inputs[1]), keepdims === 1) }];
  },
};

export type ReductionOperator =
  | "ReduceSum"
  | "ReduceMean"
  | "ReduceMax"
  | "ReduceSumSquare"
  | "ArgMax";

export const reductionOperators: Readonly<Record<ReductionOperator, Operator>> = {
  ReduceSum: reduction,
  ReduceMean: reduction,
  ReduceMax: reduction,
  ReduceSumSquare: reduction,
  ArgMax: {
    domain: "",
    attributes: { axis: "int", keepdims: "int" },
    infer: (inputs, { axis, keepdims }) => {
      const { shape } = required(inputs, 0);
      return [{ dtype: "int64", shape: withoutAxes(shape, [axis as number], keepdims === 1) }];
    },
  },
};

function noAxes(op: string, { shape }: Value) {
  return shapeError("reduce.axes", `${op} of ${formatShape(shape)}: no axis to reduce`, {
    expected: "one axis or more, or none given for all",
    got: "an empty list",
  });
}

const reducer =
  (op: "ReduceSum" | "ReduceMean" | "ReduceMax" | "ReduceSumSquare") =>
  (x: Value, axes: readonly number[] = x.shape.map((_, axis) => axis), keepDims = false): Value => {
    const normalized = distinctAxes(op, axes, x.shape);
    // to ONNX an empty list means every axis
    if (axes.length === 0 && x.shape.length > 0) throw noAxes(op, x);
    return apply(op, [x, int64s(normalized)], { keepdims: Number(keepDims) });
  };

/** Sum over `axes` (all when omitted). */
export const reduceSum = reducer("ReduceSum");
/** Mean over `axes` (all when omitted). */
export const reduceMean = reducer("ReduceMean");
/** Largest element over `axes` (all when omitted). */
export const reduceMax = reducer("ReduceMax");
/** Sum of squares over `axes` (all when omitted). */
export const reduceSumSquare = reducer("ReduceSumSquare");

/** Index of the largest element along an axis (the first on ties), int64. */
export function argMax(x: Value, axis: number, keepDims = false): Value {
  return apply("ArgMax", [x], { axis: normalizeAxis(axis, x.shape), keepdims: Number(keepDims) });
}
