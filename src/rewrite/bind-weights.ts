/**
 * @file Parameters of a graph become constants: products and look-ups in the form they are kept. The one place
 * where weights become fewer bits, for files of others and for our own sessions.
 */
import type { Tensor } from "../base/index.ts";
import { type Graph, toOnnx } from "../graph/index.ts";
import type { NodeProto, OnnxGraph, OnnxModel, TensorProto } from "../onnx/index.ts";
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
    multiplied: new Set(
      uses.flatMap(({ multiplied }) => [...multiplied.values()].map(({ name }) => name)),
    ),
    constants: new Map(),
  };
  return { graphs: models.map((model, i) => bind(model, uses[i]!, store)), store };
}

/**
 * Weights in 8 bits as constants, for sessions of our own: a pass over a graph's translation that takes away
 * the inputs that are weights. Tables have their rows beside each other, at the price of a copy where a
 * table is also multiplied by: a column of another layout costs a cache line for each of its numbers.
 * @param constants filled on first use, to be shared by the sessions of a model
 */
export function eightBitWeights(
  weights: ReadonlyMap<string, Tensor>,
  constants: Map<string, TensorProto>,
): (model: OnnxModel) => OnnxModel {
  const store: WeightStore = {
    weights,
    quantization: "int8",
    lookedUp: new Set(),
    multiplied: new Set(),
    constants,
  };
  return (model) => {
    const bound = bind(model, usesOf(model, weights), store);
    const read = new Set(bound.nodes.flatMap(({ inputs }) => inputs));
    const own = [...constants.values()].filter(({ name }) => read.has(name));
    return { ...bound, initializers: [...bound.initializers, ...own] };
  };
}

/** A weight that something is multiplied by, and a factor on the product. */
interface Product {
  readonly name: string;
  readonly alpha: number;
}

/** How a graph reads its weights, by node. */
interface Uses {
  /** A product whose right side is a weight, turned. */
  readonly multiplied: ReadonlyMap<NodeProto, Product>;
  /** A `Gather` of rows of a wide matrix. */
  readonly lookedUp: ReadonlyMap<NodeProto, string>;
}

/** Small tables, such as those of positions, and the few rows of a classifier stay as they are. */
const leastWidth = 32;

function usesOf(model: OnnxGraph, weights: ReadonlyMap<string, Tensor>): Uses {
  const isWide = (name: string) => {
    const { shape = [] } = weights.get(name) ?? {};
    return shape.length === 2 && shape.every((size) => size >= leastWidth);
  };
  const turned = new Map<string, string>();
  for (const { opType, inputs, outputs } of model.nodes) {
    const [name] = inputs;
    if (opType === "Transpose" && weights.has(name!)) turned.set(outputs[0]!, name!);
  }
  const multiplied = model.nodes.flatMap((node) => {
    const product = productOf(node, turned);
    return product !== undefined && isWide(product.name) ? [[node, product] as const] : [];
  });
  const lookedUp = model.nodes.flatMap((node) => {
    const table = node.inputs[0]!;
    return node.opType === "Gather" && isWide(table) ? [[node, table] as const] : [];
  });
  return { multiplied: new Map(multiplied), lookedUp: new Map(lookedUp) };
}

/** @param turned weights by the name of what is turned */
export function productOf(
  node: NodeProto,
  turned: ReadonlyMap<string, string>,
): Product | undefined {
  const { opType, inputs, attributes } = node;
  if (opType === "MatMul") {
    const name = turned.get(inputs[1]!);
    return name === undefined ? undefined : { name, alpha: 1 };
  }
  const number = (key: string, otherwise: number) => Number(attributes[key]?.value ?? otherwise);
  const isPlain = opType === "FusedMatMul" && number("transA", 0) === 0;
  if (!isPlain || number("transB", 0) === 0) return undefined;
  return { name: inputs[1]!, alpha: number("alpha", 1) };
}

function bind(model: OnnxModel, { multiplied, lookedUp }: Uses, store: WeightStore): OnnxModel {
  const quantizedInputs = new Map<string, QuantizedInput>();
  const isWeight = (name: string) => store.weights.has(name);
  const isTurned = new Set([...multiplied.keys()].map(({ inputs }) => inputs[1]!));
  const nodes = model.nodes.flatMap((node): readonly NodeProto[] => {
    const [first = "", second = ""] = node.inputs;
    const y = node.outputs[0]!;
    const product = multiplied.get(node);
    if (product !== undefined) {
      return linearNodes(store, { x: first, y, ...product }, quantizedInputs);
    }
    const table = lookedUp.get(node);
    if (table !== undefined) return lookupNodes(store, { ids: second, y, name: table });
    // turned when it was kept
    if (node.opType === "Transpose" && isWeight(first) && isTurned.has(y)) return [];
    for (const name of node.inputs) if (isWeight(name)) plain(store, name);
    return [node];
  });
  const inputs = model.inputs.filter(({ name }) => !isWeight(name));
  return { ...model, nodes, inputs, values: [] };
}
