/** @file Matrix products: standard `MatMul` and the contrib `FusedMatMul` with transposes and scale. */
import { apply } from "../apply.ts";
import { formatShape, type Shape } from "../dim.ts";
import type { Value } from "../value.ts";
import { broadcast, type Operator, required, sameDtype, shapeError } from "./operator.ts";

export type MatmulOperator = "MatMul" | "FusedMatMul";

export const matmulOperators: Readonly<Record<MatmulOperator, Operator>> = {
  MatMul: { domain: "", infer: (inputs) => productOf(inputs, false, false) },
  FusedMatMul: {
    domain: "com.microsoft",
    attributes: { transA: "int", transB: "int", alpha: "float" },
    infer: (inputs, { transA, transB }) => productOf(inputs, transA === 1, transB === 1),
  },
};

function productOf(inputs: Parameters<Operator["infer"]>[0], transA: boolean, transB: boolean) {
  const a = required(inputs, 0);
  const b = required(inputs, 1);
  sameDtype("matMul", a, b);
  const [rows, innerA] = matrixDims(a.shape, transA);
  const [innerB, columns] = matrixDims(b.shape, transB);
  if (innerA !== innerB) throw innerError(a.shape, b.shape, transA, transB, innerA, innerB);
  const batch = broadcast("matMul", a.shape.slice(0, -2), b.shape.slice(0, -2));
  return [{ dtype: a.dtype, shape: [...batch, rows, columns] }];
}

function matrixDims(shape: Shape, transposed: boolean): [string | number, string | number] {
  if (shape.length < 2) {
    throw shapeError("matmul.rank", `matMul: operands need rank 2 or more`, {
      expected: "[..., rows, columns]",
      got: formatShape(shape),
    });
  }
  const [rows, columns] = [shape.at(-2)!, shape.at(-1)!];
  return transposed ? [columns, rows] : [rows, columns];
}

function innerError(
  a: Shape,
  b: Shape,
  transA: boolean,
  transB: boolean,
  innerA: string | number,
  innerB: string | number,
) {
  const left = `${formatShape(a)}${transA ? "ᵀ" : ""}`;
  const right = `${formatShape(b)}${transB ? "ᵀ" : ""}`;
  return shapeError(
    "matmul.inner",
    `matMul: inner dimensions differ: ${left} x ${right} (${innerA} != ${innerB})`,
    { expected: `${innerA} on both sides`, got: `${left} x ${right}` },
  );
}

export interface MatMulOptions {
  /** Transpose the last two axes of the left operand. */
  readonly transA?: boolean;
  /** Transpose the last two axes of the right operand. */
  readonly transB?: boolean;
  /** Factor on the product. */
  readonly alpha?: number;
}

/**
 * Matrix product over the last two axes, the others broadcast.
 * `FusedMatMul` when a transpose or a scale is asked for: it saves the transpose's copy.
 * @throws ShapeError when inner dimensions differ, naming both shapes
 */
export function matMul(a: Value, b: Value, options: MatMulOptions = {}): Value {
  const { transA = false, transB = false, alpha = 1 } = options;
  if (!transA && !transB && alpha === 1) return apply("MatMul", [a, b]);
  return apply("FusedMatMul", [a, b], { transA: Number(transA), transB: Number(transB), alpha });
}
