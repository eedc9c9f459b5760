/** @file What the table of operators says of each one, and the checks that shape rules share. */
import { type ErrorDetails, ShapeError } from "../../base/index.ts";
import { broadcastShapes, formatShape, type Shape } from "../dim.ts";
import {
  type Attributes,
  callSite,
  type Dim,
  formatSignature,
  type Signature,
  type Value,
} from "../value.ts";

/** Inputs as a shape rule sees them; optional ones may be null. */
export type Inputs = readonly (Value | null)[];

export interface Operator {
  /** "" for standard ONNX, "com.microsoft" for ONNX Runtime's contrib operators. */
  readonly domain: "" | "com.microsoft";
  /** ONNX type of each attribute. */
  readonly attributes?: Readonly<Record<string, "int" | "float" | "ints" | "string">>;
  /** Shape and dtype of each output. @throws ShapeError naming the shapes that do not fit */
  readonly infer: (inputs: Inputs, attributes: Attributes) => readonly Signature[];
}

/** A ShapeError whose `where` is the line that called the builder. */
export function shapeError(code: string, message: string, details: ErrorDetails = {}): ShapeError {
  return new ShapeError(code, message, { where: callSite()(), ...details });
}

/** The i-th input, which must be there. */
export function required(inputs: Inputs, i: number): Value {
  const value = inputs[i];
  if (!value) throw shapeError("operator.input", `internal: input ${i} is missing`);
  return value;
}

/** Non-negative axis. @throws ShapeError when out of range */
export function normalizeAxis(axis: number, shape: Shape): number {
  const normalized = axis < 0 ? axis + shape.length : axis;
  if (!Number.isInteger(normalized) || normalized < 0 || normalized >= shape.length) {
    throw shapeError("axis.range", `axis ${axis} is out of range for ${formatShape(shape)}`, {
      expected: `an integer in [${-shape.length}, ${shape.length})`,
      got: String(axis),
    });
  }
  return normalized;
}

/** Non-negative axes. @throws ShapeError when one is out of range or named twice */
export function distinctAxes(op: string, axes: readonly number[], shape: Shape): number[] {
  const normalized = axes.map((axis) => normalizeAxis(axis, shape));
  if (new Set(normalized).size === axes.length) return normalized;
  throw shapeError("axis.twice", `${op}: an axis of ${formatShape(shape)} is named twice`, {
    expected: "each axis once",
    got: `[${axes.join(", ")}]`,
  });
}

/** @throws ShapeError when indices are not int32 or int64 */
export function requireInteger(op: string, indices: Value): void {
  if (indices.dtype === "int32" || indices.dtype === "int64") return;
  throw shapeError("indices.dtype", `${op}: indices must be int32 or int64`, {
    expected: "int32 or int64",
    got: indices.dtype,
  });
}

/** @throws ShapeError when the two differ in dtype */
export function sameDtype(op: string, a: Value, b: Value): void {
  if (a.dtype === b.dtype) return;
  throw shapeError("dtype.mismatch", `${op}: element types differ`, {
    expected: "one element type",
    got: `${formatSignature(a)} and ${formatSignature(b)}`,
    help: "cast one of them",
  });
}

/** Broadcast two shapes. @throws ShapeError naming both */
export function broadcast(op: string, a: Shape, b: Shape): Shape {
  const shape = broadcastShapes(a, b);
  if (shape !== undefined) return shape;
  throw shapeError(
    "broadcast",
    `${op}: shapes do not broadcast: ${formatShape(a)} and ${formatShape(b)}`,
    {
      expected: "equal dimensions, or 1, aligned from the right",
      got: `${formatShape(a)} and ${formatShape(b)}`,
    },
  );
}

/** Rule of an element-wise operator on one tensor. */
export const sameAsInput: Operator["infer"] = (inputs) => {
  const { dtype, shape } = required(inputs, 0);
  return [{ dtype, shape }];
};

/** The shape without one axis, or with it set to 1. */
export function withoutAxes(shape: Shape, axes: readonly number[], keepDims: boolean): Dim[] {
  const normalized = new Set(axes.map((axis) => normalizeAxis(axis, shape)));
  const kept = shape.map((dim, axis) => (normalized.has(axis) ? 1 : dim));
  return keepDims ? kept : kept.filter((_, axis) => !normalized.has(axis));
}
