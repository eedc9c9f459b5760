/**
 * @file Lowering: operators that ONNX Runtime lacks, or runs slower than their parts, become their
 * parts. The graph keeps the meaning; gradients are taken before this pass.
 */
import type { Graph } from "./build.ts";
import { nodesBehind } from "./build.ts";
import {
  add,
  gatherElements,
  logSoftmax,
  matMul,
  mul,
  neg,
  type OperatorName,
  reciprocal,
  reduceMean,
  reduceSum,
  sqrt,
  transpose,
  unsqueeze,
} from "./operators/index.ts";
import { createNode, type Node, onBehalfOf, type Value } from "./value.ts";

/** Replacement outputs of a node, built from its (already lowered) inputs. */
type Lowering = (node: Node, inputs: readonly Value[]) => readonly Value[];
type Lowerings = Readonly<Partial<Record<OperatorName, Lowering>>>;

/** What every target needs. */
const always: Lowerings = {
  // gradients are taken by now
  Detach: (_node, [x]) => [x!],
  SoftmaxCrossEntropyLoss: (_node, [scores, labels]) => {
    const logProbabilities = logSoftmax(scores!);
    const picked = gatherElements(logProbabilities, unsqueeze(labels!, [1]), 1);
    return [neg(reduceSum(picked)), logProbabilities];
  },
};

/** Norms by their parts: what training has always computed, to the last bit. */
const normsByParts: Lowerings = {
  RMSNormalization: (node, [x, scale]) => {
    const variance = reduceMean(mul(x!, x!), [-1], true);
    const inverse = reciprocal(sqrt(add(variance, node.attributes.epsilon as number)));
    return [mul(mul(x!, inverse), scale!)];
  },
};

/** What a runtime without `com.microsoft` operators needs as well. */
const standardOnly: Lowerings = {
  FusedMatMul: ({ attributes }, [a, b]) => {
    const left = attributes.transA === 1 ? transposeLast(a!) : a!;
    const right = attributes.transB === 1 ? transposeLast(b!) : b!;
    const product = matMul(left, right);
    return [attributes.alpha === 1 ? product : mul(product, attributes.alpha as number)];
  },
};

function transposeLast(x: Value): Value {
  const axes = x.shape.map((_, axis) => axis);
  const rank = axes.length;
  return transpose(x, [...axes.slice(0, -2), rank - 1, rank - 2]);
}

/**
 * What a graph is lowered for: "onnxruntime" may use contrib operators, "inference" the kernels that have
 * no gradient as well, "onnx" is the standard alone.
 */
export type Target = "onnxruntime" | "inference" | "onnx";

const lowerings: Readonly<Record<Target, Lowerings>> = {
  onnxruntime: { ...always, ...normsByParts },
  inference: always,
  onnx: { ...always, ...normsByParts, ...standardOnly },
};

/** Rewrite a graph for a target. */
export function lowerGraph(graph: Graph, target: Target = "onnxruntime"): Graph {
  const replaced = new Map<Value, Value>();
  const current = (value: Value) => replaced.get(value) ?? value;
  for (const node of graph.nodes) {
    const inputs = node.inputs.map((value) => (value === null ? null : current(value)));
    const lower = lowerings[target][node.op];
    const changed = inputs.some((value, i) => value !== node.inputs[i]);
    if (lower === undefined && !changed) continue;
    const outputs = onBehalfOf(node, () =>
      lower === undefined
        ? createNode(node.op, inputs, node.attributes, node.outputs).outputs
        : lower(node, inputs as Value[]),
    );
    node.outputs.forEach((value, i) => {
      replaced.set(value, outputs[i]!);
    });
  }
  const outputs = new Map([...graph.outputs].map(([name, value]) => [name, current(value)]));
  return { ...graph, outputs, nodes: nodesBehind(outputs.values()) };
}
