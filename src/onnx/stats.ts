/** @file What a model is made of: nodes by operator, constants, parameters fed from outside. */
import { dtypeBytes, type OnnxGraph, type OnnxModel } from "./model.ts";
import { bytesOf, elementsOf } from "./tensor-size.ts";

/** How many tensors, how many elements in them, how many bytes. */
interface TensorTotals {
  readonly tensors: number;
  readonly elements: number;
  readonly bytes: number;
}

export interface ModelStats {
  readonly nodes: number;
  /** Nodes by operator (domain in front unless standard), most frequent first. */
  readonly operators: Readonly<Record<string, number>>;
  /** Constants stored in the model or its external data. */
  readonly initializers: TensorTotals;
  /** Floating inputs with every dimension fixed, rank 1 or more: parameters fed from outside. */
  readonly parameterInputs: TensorTotals;
}

/** Count nodes by operator, constants, and parameters given as inputs. */
export function statsOf(model: OnnxModel): ModelStats {
  const counts = new Map<string, number>();
  const nodes = allNodes(model);
  for (const { domain, opType } of nodes) {
    const operator = domain === "" ? opType : `${domain}.${opType}`;
    counts.set(operator, (counts.get(operator) ?? 0) + 1);
  }
  const sorted = [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
  return {
    nodes: nodes.length,
    operators: Object.fromEntries(sorted),
    initializers: totalsOf(
      allGraphs(model)
        .flatMap(({ initializers }) => initializers)
        .map((tensor) => [elementsOf(tensor), bytesOf(tensor)] as const),
    ),
    parameterInputs: totalsOf(parameterSizes(model)),
  };
}

/** A graph and those in its nodes' attributes. */
function allGraphs(graph: OnnxGraph): OnnxGraph[] {
  const branches = graph.nodes.flatMap(({ attributes }) => {
    return Object.values(attributes).flatMap(({ kind, value }) =>
      kind === "graph" ? [value] : [],
    );
  });
  return [graph, ...branches.flatMap(allGraphs)];
}

const allNodes = (graph: OnnxGraph) => allGraphs(graph).flatMap(({ nodes }) => nodes);

function parameterSizes(model: OnnxModel): (readonly [elements: number, bytes: number])[] {
  const constants = new Set(model.initializers.map(({ name }) => name));
  return model.inputs.flatMap(({ name, dtype, shape }) => {
    const fixed = shape.filter((dim) => typeof dim === "number");
    const isParameter = /float/.test(dtype) && shape.length > 0 && fixed.length === shape.length;
    // old models list their constants among the inputs too
    if (!isParameter || constants.has(name)) return [];
    const elements = fixed.reduce((product, dim) => product * dim, 1);
    return [[elements, elements * dtypeBytes[dtype]] as const];
  });
}

function totalsOf(sizes: readonly (readonly [elements: number, bytes: number])[]): TensorTotals {
  return {
    tensors: sizes.length,
    elements: sizes.reduce((sum, [elements]) => sum + elements, 0),
    bytes: sizes.reduce((sum, [, bytes]) => sum + bytes, 0),
  };
}
