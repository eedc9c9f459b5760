/** @file The one way to add a node: look its operator up, infer its outputs, freeze it. */
import { GraphError } from "../base/index.ts";
import { type OperatorName, operatorNamed } from "./operators/index.ts";
import { type Attributes, createNode, type Node, type Value } from "./value.ts";

/** Build a node and return all its outputs. @throws ShapeError from the operator's rule */
export function applyAll(
  op: OperatorName,
  inputs: readonly (Value | null)[],
  attributes: Attributes = {},
): Node {
  return createNode(op, inputs, attributes, operatorNamed(op).infer(inputs, attributes));
}

/** Build a node and return its first output. @throws ShapeError from the operator's rule */
export function apply(
  op: OperatorName,
  inputs: readonly (Value | null)[],
  attributes: Attributes = {},
): Value {
  const [output] = applyAll(op, inputs, attributes).outputs;
  if (output === undefined) throw new GraphError("graph.output", `internal: ${op} has no output`);
  return output;
}
