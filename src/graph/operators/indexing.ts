/** @file Operators that read or write by index, and those that turn named sizes into values. */
import { apply } from "../apply.ts";
import { formatShape, type Shape, sameShape } from "../dim.ts";
import { constant, type Dim, type Value } from "../value.ts";
import {
  normalizeAxis,
  type Operator,
  required,
  requireInteger,
  sameDtype,
  shapeError,
} from "./operator.ts";

export type IndexingOperator =
  | "Gather"
  | "GatherBlockQuantized"
  | "GatherElements"
  | "ScatterElements"
  | "Shape"
  | "Range";

export const indexingOperators: Readonly<Record<IndexingOperator, Operator>> = {
  Gather: {
    domain: "",
    attributes: { axis: "int" },
    infer: (inputs, { axis }) => {
      const data = required(inputs, 0);
      const indices = required(inputs, 1);
      requireInteger("gather", indices);
      const at = normalizeAxis(axis as number, data.shape);
      const shape = [...data.shape.slice(0, at), ...indices.shape, ...data.shape.slice(at + 1)];
      return [{ dtype: data.dtype, shape }];
    },
  },
  GatherBlockQuantized: {
    domain: "com.microsoft",
    attributes: { bits: "int", block_size: "int", gather_axis: "int", quantize_axis: "int" },
    infer: (inputs, { block_size: size }) => {
      const [data, indices, scales] = [0, 1, 2].map((i) => required(inputs, i)) as [
        Value,
        Value,
        Value,
      ];
      requireInteger("gatherBlocks", indices);
      const [rows, bytes] = data.shape;
      const blocks = (2 * Number(bytes)) / Number(size);
      if (data.shape.length === 2 && sameShape(scales.shape, [rows!, blocks])) {
        return [{ dtype: scales.dtype, shape: [...indices.shape, 2 * Number(bytes)] }];
      }
      throw shapeError("gather.blocks", "gatherBlocks: scales do not fit their blocks", {
        expected: `[rows, bytes] and [rows, 2 bytes / ${size}]`,
        got: `${formatShape(data.shape)} and ${formatShape(scales.shape)}`,
      });
    },
  },
  GatherElements: {
    domain: "",
    attributes: { axis: "int" },
    infer: (inputs, { axis }) => {
      const data = required(inputs, 0);
      const indices = required(inputs, 1);
      requireInteger("gatherElements", indices);
      requireSameOutside("gatherElements", data.shape, indices.shape, axis as number);
      return [{ dtype: data.dtype, shape: indices.shape }];
    },
  },
  /** `ScatterND(add)` loses updates with two threads on CPU; this one is exact. */
  ScatterElements: {
    domain: "",
    attributes: { axis: "int", reduction: "string" },
    infer: (inputs, { axis }) => {
      const [data, indices, updates] = [0, 1, 2].map((i) => required(inputs, i)) as [
        Value,
        Value,
        Value,
      ];
      requireInteger("scatterElements", indices);
      sameDtype("scatterElements", data, updates);
      requireSameOutside("scatterElements", data.shape, indices.shape, axis as number);
      if (!sameShape(indices.shape, updates.shape)) {
        const shapes = `${formatShape(indices.shape)} and ${formatShape(updates.shape)}`;
        throw shapeError("scatter.shape", `scatterElements: indices and updates differ: ${shapes}`);
      }
      return [{ dtype: data.dtype, shape: data.shape }];
    },
  },
  Shape: {
    domain: "",
    attributes: { start: "int", end: "int" },
    infer: (inputs, { start, end }) => {
      const { shape } = required(inputs, 0);
      const size =
        ((end as number | undefined) ?? shape.length) - ((start as number | undefined) ?? 0);
      return [{ dtype: "int64", shape: [size] }];
    },
  },
  /** Inputs: start, limit, delta, all scalars. `dim` names the size of the result. */
  Range: {
    domain: "",
    infer: (inputs) => {
      const limit = required(inputs, 1);
      const size = limit.node?.op === "Squeeze" ? dimBehind(limit) : undefined;
      if (size === undefined) throw shapeError("range.limit", "internal: range needs dimOf");
      return [{ dtype: limit.dtype, shape: [size] }];
    },
  },
};

function requireSameOutside(op: string, data: Shape, indices: Shape, axis: number): void {
  const at = normalizeAxis(axis, data);
  const others = (shape: Shape) => shape.filter((_, i) => i !== at);
  if (data.length === indices.length && sameShape(others(data), others(indices))) return;
  const shapes = `${formatShape(data)} and ${formatShape(indices)}`;
  throw shapeError("indices.shape", `${op}: shapes differ outside axis ${axis}: ${shapes}`);
}

/** The dimension that a `dimOf` scalar (Squeeze of Shape) stands for. */
function dimBehind(limit: Value): Dim | undefined {
  const node = limit.node?.inputs[0]?.node;
  if (node?.op !== "Shape") return undefined;
  return node.inputs[0]?.shape[node.attributes.start as number];
}

/** Rows (or slices along `axis`) of `data` picked by integer indices. */
export function gather(data: Value, indices: Value, axis = 0): Value {
  return apply("Gather", [data, indices], { axis: normalizeAxis(axis, data.shape) });
}

/**
 * Rows of a matrix in blocks of 4 bits as numbers, through which no gradient flows: w = (q - 8) s, two q to a byte,
 * the first in the low half.
 * @param data [rows, columns / 2] uint8
 * @param indices [...] of rows
 * @param scales [rows, columns / blockSize] float32
 * @returns [..., columns] float32
 */
export function gatherBlocks(data: Value, indices: Value, scales: Value, blockSize: number): Value {
  return apply("GatherBlockQuantized", [data, indices, scales], {
    ...{ bits: 4, block_size: blockSize, gather_axis: 0, quantize_axis: 1 },
  });
}

/** `result[i][j] = data[i][indices[i][j]]` for the last axis, and alike for others. */
export function gatherElements(data: Value, indices: Value, axis: number): Value {
  return apply("GatherElements", [data, indices], { axis: normalizeAxis(axis, data.shape) });
}

/** `data` with `updates` added where `indices` point along `axis`; repeated indices add up. */
export function scatterAdd(data: Value, indices: Value, updates: Value, axis: number): Value {
  const at = normalizeAxis(axis, data.shape);
  return apply("ScatterElements", [data, indices, updates], { axis: at, reduction: "add" });
}

/** The run-time size of one axis, an int64 scalar. */
export function dimOf(x: Value, axis: number): Value {
  const start = normalizeAxis(axis, x.shape);
  const size = apply("Shape", [x], { start, end: start + 1 });
  return apply("Squeeze", [size, constant(new BigInt64Array([0n]), [1])]);
}

/** 0, 1, … up to the run-time size of an axis: int64 `[size]`. */
export function rangeOf(x: Value, axis: number): Value {
  const [zero, one] = [0n, 1n].map((n) => constant(new BigInt64Array([n]), []));
  return apply("Range", [zero!, dimOf(x, axis), one!]);
}
