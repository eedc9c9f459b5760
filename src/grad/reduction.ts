/** @file Gradient rules of reductions: the cotangent is spread back over the reduced axes. */
import {
  cast,
  dimOf,
  div,
  equal,
  expand,
  integersOf,
  isFixed,
  mul,
  multiplyDims,
  type Node,
  reduceSum,
  unsqueeze,
  type Value,
} from "../graph/index.ts";
import type { Rule } from "./rules.ts";

/** A reduced tensor (dy or y) with its axes kept as 1, so that it broadcasts against the input. */
function keepAxes(node: Node, reduced: Value): Value {
  if (node.attributes.keepdims === 1) return reduced;
  const axes = integersOf(node.inputs[1]);
  return axes.length === 0 ? reduced : unsqueeze(reduced, axes);
}

/** Divide by the number of reduced elements, a constant when their sizes are fixed. */
function divideByCount(node: Node, dy: Value): Value {
  const x = node.inputs[0]!;
  const axes = integersOf(node.inputs[1]);
  const count = multiplyDims(...axes.map((axis) => x.shape[axis]!));
  if (isFixed(count)) return mul(dy, 1 / count);
  return axes.reduce((quotient, axis) => div(quotient, cast(dimOf(x, axis), dy.dtype)), dy);
}

export const reductionRules = {
  ReduceSum: ((node, [dy]) => {
    return [expand(keepAxes(node, dy!), node.inputs[0]!), null];
  }) satisfies Rule,
  ReduceMean: ((node, [dy]) => {
    return [expand(keepAxes(node, divideByCount(node, dy!)), node.inputs[0]!), null];
  }) satisfies Rule,
  // ties share the cotangent equally
  ReduceMax: ((node, [dy]) => {
    const x = node.inputs[0]!;
    const axes = integersOf(node.inputs[1]);
    const isMax = cast(equal(x, keepAxes(node, node.outputs[0]!)), dy!.dtype);
    const share = div(isMax, reduceSum(isMax, axes, true));
    return [mul(share, keepAxes(node, dy!)), null];
  }) satisfies Rule,
  ReduceSumSquare: ((node, [dy]) => {
    return [mul(mul(node.inputs[0]!, 2), keepAxes(node, dy!)), null];
  }) satisfies Rule,
};
