/** @file Parameters of a graph become constants of a file: products and look-ups in the form it keeps. */
import type { Tensor } from "../base/index.ts";
import { type Graph, toOnnx } from "../graph/index.ts";
import type { NodeProto, OnnxGraph, OnnxModel } from "../onnx/index.ts";
import {
  linearNodes,
  lookupNodes,
  plain,
  type Quantization,
  type QuantizedInput,
  type WeightStore,
} from "./weight-store.ts";

/** Graphs that go into one file, without their weights, and the constants that are to be theirs. */
export interface BoundGraphs {
  readonly graphs: readonly OnnxModel[];
  readonly store: WeightStore;
}

/**
 * Bind the weights of graphs that share a file. Constants of a graph itself (shapes, bounds) stay with
 * it; those made of weights are in the store.
 */
export function bindWeights(
  graphs: readonly Graph[],
  weights: ReadonlyMap<string, Tensor>,
  quantization: Quantization,
): BoundGraphs {
  const models = graphs.map((graph) => toOnnx(graph, "onnx").model);
  const uses = models.map((model) => usesOf(model, weights));
  const store: WeightStore = {
    weights,
    quantization,
    lookedUp: new Set(uses.flatMap(({ lookedUp }) => [...lookedUp.values()])),
    multiplied: new Set(uses.flatMap(({ multiplied }) => [...multiplied.values()])),
    constants: new Map(),
  };
  return { graphs: models.map((model, i) => bind(model, uses[i]!, store)), store };
}

/** How a graph reads its weights, by node. */
interface Uses {
  /** A `MatMul` whose right side is a weight, turned. */
  readonly multiplied: ReadonlyMap<NodeProto, string>;
  /** A `Gather` of rows of a matrix with many of them. */
  readonly lookedUp: ReadonlyMap<NodeProto, string>;
}

const embedding = "shared.weight";

function usesOf(model: OnnxGraph, weights: ReadonlyMap<string, Tensor>): Uses {
  const turned = new Map<string, string>();
  for (const { opType, inputs, outputs } of model.nodes) {
    const [name] = inputs;
    if (opType === "Transpose" && weights.has(name!)) turned.set(outputs[0]!, name!);
  }
  const multiplied = model.nodes.flatMap((node) => {
    const name = node.opType === "MatMul" ? turned.get(node.inputs[1]!) : undefined;
    return name === undefined ? [] : [[node, name] as const];
  });
  const lookedUp = model.nodes.flatMap((node) => {
    const isLookup = node.opType === "Gather" && node.inputs[0] === embedding;
    return isLookup ? [[node, embedding] as const] : [];
  });
  return { multiplied: new Map(multiplied), lookedUp: new Map(lookedUp) };
}

function bind(model: OnnxModel, { multiplied, lookedUp }: Uses, store: WeightStore): OnnxModel {
  const quantizedInputs = new Map<string, QuantizedInput>();
  const isWeight = (name: string) => store.weights.has(name);
  const nodes = model.nodes.flatMap((node): readonly NodeProto[] => {
    const [first = "", second = ""] = node.inputs;
    const y = node.outputs[0]!;
    const matrix = multiplied.get(node);
    if (matrix !== undefined) {
      return linearNodes(store, { x: first, y, name: matrix }, quantizedInputs);
    }
    const table = lookedUp.get(node);
    if (table !== undefined) return lookupNodes(store, { ids: second, y, name: table });
    // turned when it was kept
    if (node.opType === "Transpose" && isWeight(first)) return [];
    for (const name of node.inputs) if (isWeight(name)) plain(store, name);
    return [node];
  });
  const inputs = model.inputs.filter(({ name }) => !isWeight(name));
  return { ...model, nodes, inputs, values: [] };
}
