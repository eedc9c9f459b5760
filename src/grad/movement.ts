/** @file Gradient rules of moving and indexing: each sends elements back where they came from. */
import { GraphError } from "../base/index.ts";
import {
  concat,
  gatherElements,
  integersOf,
  isFixed,
  type Node,
  pad,
  reshapeLike,
  slice,
  squeeze,
  transpose,
  unsqueeze,
  type Value,
  zerosLike,
} from "../graph/index.ts";
import { type Contribution, scatterRows, sumTo } from "./cotangent.ts";
import type { Rule } from "./rules.ts";

type Cotangents = readonly (Value | null)[];

function fixedDim(value: Value, axis: number, node: Node): number {
  const dim = value.shape[axis]!;
  if (isFixed(dim)) return dim;
  throw new GraphError("grad.named", `the gradient of ${node.op} needs a fixed axis, not ${dim}`, {
    where: node.site(),
  });
}

/** The pieces of dy that belong to each part of a concatenation. */
function concatRule(node: Node, [dy]: Cotangents): Contribution[] {
  const axis = node.attributes.axis as number;
  let start = 0;
  return node.inputs.map((part) => {
    const end = start + fixedDim(part!, axis, node);
    const piece = slice(dy!, axis, start, end);
    start = end;
    return piece;
  });
}

/** dy with zeros where the slice left out. */
function sliceRule(node: Node, [dy]: Cotangents): Contribution[] {
  const x = node.inputs[0]!;
  const [starts, ends, axes] = [1, 2, 3].map((i) => integersOf(node.inputs[i])) as [
    number[],
    number[],
    number[],
  ];
  const dx = axes.reduce((padded, axis, i) => {
    const size = fixedDim(x, axis, node);
    const clamp = (at: number) => Math.min(Math.max(at < 0 ? at + size : at, 0), size);
    return pad(padded, axis, clamp(starts[i]!), size - clamp(ends[i]!));
  }, dy!);
  return [dx, null, null, null];
}

function padRule(node: Node, [dy]: Cotangents): Contribution[] {
  const x = node.inputs[0]!;
  const widths = integersOf(node.inputs[1]);
  const dx = x.shape.reduce<Value>((sliced, _dim, axis) => {
    const before = widths[axis]!;
    const after = widths[axis + x.shape.length]!;
    if (before === 0 && after === 0) return sliced;
    return slice(sliced, axis, before, before + fixedDim(x, axis, node));
  }, dy!);
  return [dx, null];
}

function splitRule(node: Node, dy: Cotangents): Contribution[] {
  const parts = node.outputs.map((output, i) => dy[i] ?? zerosLike(output));
  return [concat(parts, node.attributes.axis as number)];
}

function inverse(perm: readonly number[]): number[] {
  const result: number[] = [];
  perm.forEach((axis, i) => {
    result[axis] = i;
  });
  return result;
}

export const movementRules = {
  Reshape: ((node, [dy]) => [reshapeLike(dy!, node.inputs[0]!), null]) satisfies Rule,
  Transpose: ((node, [dy]) => {
    return [transpose(dy!, inverse(node.attributes.perm as readonly number[]))];
  }) satisfies Rule,
  Unsqueeze: ((node, [dy]) => [squeeze(dy!, integersOf(node.inputs[1])), null]) satisfies Rule,
  Squeeze: ((node, [dy]) => [unsqueeze(dy!, integersOf(node.inputs[1])), null]) satisfies Rule,
  Concat: concatRule,
  Slice: sliceRule,
  Pad: padRule,
  Expand: ((node, [dy]) => [sumTo(dy!, node.inputs[0]!.shape), null]) satisfies Rule,
  Split: splitRule,
  Gather: ((node, [dy]) => {
    const [data, indices] = node.inputs as [Value, Value];
    return [scatterRows(dy!, indices, data, node.attributes.axis as number), null];
  }) satisfies Rule,
  GatherElements: ((node, [dy]) => {
    const axis = node.attributes.axis as number;
    return [{ indices: node.inputs[1]!, updates: dy!, axis }, null];
  }) satisfies Rule,
  ScatterElements: ((node, [dy]) => {
    const axis = node.attributes.axis as number;
    return [dy!, null, gatherElements(dy!, node.inputs[1]!, axis)];
  }) satisfies Rule,
};
