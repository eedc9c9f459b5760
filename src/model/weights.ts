/** @file How weights enter a graph: fed by reference, or compiled in. */
import { type NdArray, sizeOf, type Tensor } from "../base/index.ts";
import { buildGraph, constant, type Graph, nodesBehind, type Value } from "../graph/index.ts";
import type { Fragment } from "./architecture.ts";
import { type ParameterSpec, parameterInputs } from "./parameters.ts";

export type Weights = ReadonlyMap<string, Tensor>;

/**
 * Above this, compiled-in weights would not fit a model file (protobuf ends at 2 GB); below it they
 * are worth it: ONNX Runtime packs constant matrices once, which halves the time of a decoding step.
 */
const maxCompiledBytes = 1.5e9;

/** A closed graph and the weights it still wants as feeds. */
export interface BoundGraph {
  readonly graph: Graph;
  readonly weights: Readonly<Record<string, NdArray>>;
}

/** Weights as graph inputs: training, and passes that see changing weights. */
export function withFedWeights(
  name: string,
  specs: readonly ParameterSpec[],
  build: (weight: (name: string) => Value) => Fragment,
): Graph {
  const parameters = parameterInputs(specs);
  const { inputs, outputs } = build((key) => parameters.get(key)!);
  return buildGraph({ name, inputs: [...usedBy(outputs, parameters), ...inputs], outputs });
}

/** Weights as constants where they fit, for many runs with the same weights. */
export function withCompiledWeights(
  name: string,
  specs: readonly ParameterSpec[],
  weights: Weights,
  build: (weight: (name: string) => Value) => Fragment,
): BoundGraph {
  const bytes = specs.reduce((total, spec) => total + 4 * sizeOf(spec.shape), 0);
  if (bytes > maxCompiledBytes) {
    const graph = withFedWeights(name, specs, build);
    return { graph, weights: Object.fromEntries(weights) };
  }
  const constants = new Map<string, Value>();
  const weight = (key: string): Value => {
    const known = constants.get(key);
    if (known !== undefined) return known;
    const { data, shape } = weights.get(key)!;
    const value = constant(data, shape);
    constants.set(key, value);
    return value;
  };
  const { inputs, outputs } = build(weight);
  return { graph: buildGraph({ name, inputs, outputs }), weights: {} };
}

/** The parameters that the outputs depend on, in state-dict order. */
function usedBy(outputs: Fragment["outputs"], parameters: ReadonlyMap<string, Value>): Value[] {
  const read = new Set(nodesBehind(Object.values(outputs)).flatMap((node) => node.inputs));
  return [...parameters.values()].filter((value) => read.has(value));
}
