/** @file Element-wise operators with NumPy broadcasting: arithmetic, comparison, logic, cast. */
import type { DType } from "../../onnx/index.ts";
import { apply } from "../apply.ts";
import { formatShape } from "../dim.ts";
import { scalar, type Value } from "../value.ts";
import {
  broadcast,
  type Operator,
  required,
  sameAsInput,
  sameDtype,
  shapeError,
} from "./operator.ts";

function binary(op: string, result?: DType): Operator {
  return {
    domain: "",
    infer: (inputs) => {
      const a = required(inputs, 0);
      const b = required(inputs, 1);
      sameDtype(op, a, b);
      return [{ dtype: result ?? a.dtype, shape: broadcast(op, a.shape, b.shape) }];
    },
  };
}

const unary: Operator = { domain: "", infer: sameAsInput };

export type ElementwiseOperator =
  | "Add"
  | "Sub"
  | "Mul"
  | "Div"
  | "Pow"
  | "Max"
  | "Min"
  | "Neg"
  | "Abs"
  | "Sign"
  | "Exp"
  | "Log"
  | "Sqrt"
  | "Reciprocal"
  | "Relu"
  | "Tanh"
  | "Sin"
  | "Cos"
  | "Sigmoid"
  | "Erf"
  | "Not"
  | "Equal"
  | "Less"
  | "LessOrEqual"
  | "Greater"
  | "And"
  | "Identity"
  | "Detach"
  | "Gelu"
  | "Cast"
  | "DequantizeLinear"
  | "Where";

export const elementwiseOperators: Readonly<Record<ElementwiseOperator, Operator>> = {
  Add: binary("add"),
  Sub: binary("sub"),
  Mul: binary("mul"),
  Div: binary("div"),
  Pow: binary("pow"),
  Max: binary("max"),
  Min: binary("min"),
  Neg: unary,
  Abs: unary,
  Sign: unary,
  Exp: unary,
  Log: unary,
  Sqrt: unary,
  Reciprocal: unary,
  Relu: unary,
  Tanh: unary,
  Sin: unary,
  Cos: unary,
  Sigmoid: unary,
  Erf: unary,
  Not: unary,
  Equal: binary("equal", "bool"),
  Less: binary("less", "bool"),
  LessOrEqual: binary("lessOrEqual", "bool"),
  Greater: binary("greater", "bool"),
  And: binary("and"),
  Identity: unary,
  /** The identity, through which no gradient flows; lowered to nothing. */
  Detach: unary,
  Gelu: { domain: "", attributes: { approximate: "string" }, infer: sameAsInput },
  Cast: {
    domain: "",
    attributes: { to: "int" },
    infer: (inputs, { to }) => {
      const dtype = castTargets.find(([, code]) => code === to)?.[0];
      if (dtype === undefined) throw shapeError("cast.dtype", `internal: cast to code ${to}`);
      return [{ dtype, shape: required(inputs, 0).shape }];
    },
  },
  /** Standard since opset 13: (x, scale); with `axis` a scale for each place along it. */
  DequantizeLinear: {
    domain: "",
    attributes: { axis: "int" },
    infer: (inputs, { axis }) => {
      const [x, scale] = [required(inputs, 0), required(inputs, 1)];
      const wanted = x.shape[Number(axis)];
      if (scale.shape.length !== 1 || scale.shape[0] !== wanted) {
        const shapes = `${formatShape(scale.shape)} for axis ${axis} of ${formatShape(x.shape)}`;
        throw shapeError("dequantize.scale", `dequantizeLinear: expected a scale each: ${shapes}`);
      }
      return [{ dtype: scale.dtype, shape: x.shape }];
    },
  },
  Where: {
    domain: "",
    infer: (inputs) => {
      const [condition, a, b] = [0, 1, 2].map((i) => required(inputs, i)) as [Value, Value, Value];
      sameDtype("where", a, b);
      const branches = broadcast("where", a.shape, b.shape);
      return [{ dtype: a.dtype, shape: broadcast("where", condition.shape, branches) }];
    },
  },
};

const castTargets: readonly (readonly [DType, number])[] = [
  ["float32", 1],
  ["uint8", 2],
  ["int8", 3],
  ["int32", 6],
  ["int64", 7],
  ["bool", 9],
  ["float64", 11],
];

/** A number stands for a scalar constant of the other operand's dtype. */
export type Operand = Value | number;

function operands(a: Operand, b: Operand): [Value, Value] {
  if (typeof a !== "number") return [a, typeof b === "number" ? scalar(b, a.dtype) : b];
  if (typeof b !== "number") return [scalar(a, b.dtype), b];
  return [scalar(a), scalar(b)];
}

const binaryBuilder =
  (op: "Add" | "Sub" | "Mul" | "Div" | "Pow" | "Max" | "Min") =>
  (a: Operand, b: Operand): Value =>
    apply(op, operands(a, b));

export const add = binaryBuilder("Add");
export const sub = binaryBuilder("Sub");
export const mul = binaryBuilder("Mul");
export const div = binaryBuilder("Div");
export const pow = binaryBuilder("Pow");
export const max = binaryBuilder("Max");
export const min = binaryBuilder("Min");

const comparison =
  (op: "Equal" | "Less" | "LessOrEqual" | "Greater" | "And") =>
  (a: Operand, b: Operand): Value =>
    apply(op, operands(a, b));

export const equal = comparison("Equal");
export const less = comparison("Less");
export const lessOrEqual = comparison("LessOrEqual");
export const greater = comparison("Greater");
export const and = comparison("And");

export const neg = (x: Value): Value => apply("Neg", [x]);
export const abs = (x: Value): Value => apply("Abs", [x]);
export const sign = (x: Value): Value => apply("Sign", [x]);
export const exp = (x: Value): Value => apply("Exp", [x]);
export const log = (x: Value): Value => apply("Log", [x]);
export const sqrt = (x: Value): Value => apply("Sqrt", [x]);
export const reciprocal = (x: Value): Value => apply("Reciprocal", [x]);
export const relu = (x: Value): Value => apply("Relu", [x]);
export const tanh = (x: Value): Value => apply("Tanh", [x]);
export const sin = (x: Value): Value => apply("Sin", [x]);
export const cos = (x: Value): Value => apply("Cos", [x]);
export const sigmoid = (x: Value): Value => apply("Sigmoid", [x]);
export const erf = (x: Value): Value => apply("Erf", [x]);
export const not = (x: Value): Value => apply("Not", [x]);
export const identity = (x: Value): Value => apply("Identity", [x]);
/** The same values, seen as constant by the backward pass: PyTorch's `detach`. */
export const detach = (x: Value): Value => apply("Detach", [x]);

/** Gaussian error linear unit; "tanh" is BERT's approximation, which T5 v1.1 calls gelu_new. */
export function gelu(x: Value, approximate: "none" | "tanh" = "none"): Value {
  return apply("Gelu", [x], { approximate });
}

export function cast(x: Value, dtype: DType): Value {
  if (x.dtype === dtype) return x;
  const code = castTargets.find(([name]) => name === dtype)?.[1] ?? -1;
  return apply("Cast", [x], { to: code });
}

/**
 * Rounded rows as numbers, through which no gradient flows.
 * @param rows [rows, ...] int8
 * @param scales [rows] float32
 */
export function dequantizeRows(rows: Value, scales: Value): Value {
  return apply("DequantizeLinear", [rows, scales], { axis: 0 });
}

/** Element-wise choice, broadcasting all three. @param condition bool */
export function where(condition: Value, a: Operand, b: Operand): Value {
  return apply("Where", [condition, ...operands(a, b)]);
}
