/**
 * @file Products with a matrix of 8 bits whose inputs are rounded row by row: a token whose numbers are large, as
 * the first of a text often is, costs the others nothing.
 */
import type { NodeProto, TensorProto } from "../onnx/index.ts";
import { int, keepConstant } from "./node-maker.ts";

/** Rows as integers around 128, and what a step of each is worth. */
export interface RoundedRows {
  readonly values: string;
  /** [..., 1] */
  readonly steps: string;
}

const constantsOf = {
  one: new Float32Array([1]),
  most: new Float32Array([127]),
  // rows of zeros stay zeros
  least: new Float32Array([1e-30]),
} as const;

/** x = (q - 128) s, s = max|x| of the row / 127. */
export function roundRows(
  x: string,
  constants: Map<string, TensorProto>,
): { readonly nodes: readonly NodeProto[]; readonly rows: RoundedRows } {
  for (const [name, data] of Object.entries(constantsOf))
    keepConstant(constants, constantName(name), "float32", [], data);
  keepConstant(constants, constantName("last"), "int64", [1], BigInt64Array.of(-1n));
  keepConstant(constants, constantName("middle"), "uint8", [], Uint8Array.of(128));
  const nodes: NodeProto[] = [];
  const add = (part: string, opType: string, inputs: readonly string[], attributes = {}) => {
    const name = `${x}/rows/${part}`;
    nodes.push({ name, opType, domain: "", inputs, outputs: [name], attributes });
    return name;
  };
  const sizes = add("sizes", "Abs", [x]);
  const peaks = add("peaks", "ReduceMax", [sizes, constantName("last")], { keepdims: int(1) });
  const bounded = add("bounded", "Max", [peaks, constantName("least")]);
  const steps = add("steps", "Div", [bounded, constantName("most")]);
  const scaled = add("scaled", "Div", [x, steps]);
  const values = add("values", "QuantizeLinear", [
    scaled,
    constantName("one"),
    constantName("middle"),
  ]);
  return { nodes, rows: { values, steps } };
}

/**
 * y = x Wᵀ.
 * @param matrix names of [in, out] int8 and [out] float32
 */
export function rowProduct(
  { values, steps }: RoundedRows,
  matrix: { readonly values: string; readonly scales: string },
  node: NodeProto,
): NodeProto[] {
  const whole = `${node.outputs[0]!}/steps`;
  const inputs = [
    ...[values, matrix.values, constantName("one"), matrix.scales],
    constantName("middle"),
  ];
  return [
    {
      ...{ name: whole, opType: "MatMulIntegerToFloat", domain: "com.microsoft" },
      ...{ inputs, outputs: [whole], attributes: {} },
    },
    { ...node, opType: "Mul", domain: "", inputs: [whole, steps], attributes: {} },
  ];
}

const constantName = (name: string) => `row_product/${name}`;
