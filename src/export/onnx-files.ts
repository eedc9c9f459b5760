/** @file The two model files of transformers.js: the encoder, and the decoder with both its branches. */
import type { Tensor } from "../base/index.ts";
import type { ParameterSpec, T5Config } from "../model/index.ts";
import type { NodeProto, OnnxGraph, OnnxModel, ValueInfo } from "../onnx/index.ts";
import { bindWeights, type Quantization, type WeightStore } from "../rewrite/index.ts";
import { decoderGraph, encoderGraph } from "./t5-graphs.ts";

/** What is to be exported. */
export interface ExportSource {
  readonly config: T5Config;
  readonly parameters: readonly ParameterSpec[];
  readonly weights: ReadonlyMap<string, Tensor>;
}

/** `encoder_model.onnx`. */
export function encoderModel(source: ExportSource, quantization: Quantization): OnnxModel {
  const graph = encoderGraph(source.config, source.parameters);
  const { graphs, store } = bindWeights([graph], source.weights, quantization);
  const [model] = graphs as [OnnxModel];
  return finished({
    ...model,
    initializers: [...model.initializers, ...store.constants.values()],
  });
}

/** `decoder_model_merged.onnx`: `use_cache_branch` [1] bool picks the branch. */
export function decoderModel(source: ExportSource, quantization: Quantization): OnnxModel {
  const { config, parameters, weights } = source;
  const both = [true, false].map((hasPast) => decoderGraph(config, parameters, hasPast));
  const { graphs, store } = bindWeights(both, weights, quantization);
  const [withPast, withoutPast] = graphs as [OnnxModel, OnnxModel];
  return finished(mergeBranches(withPast, withoutPast, store));
}

const condition: ValueInfo = { name: "use_cache_branch", dtype: "bool", shape: [1] };

/** One graph of one `If`; weights are constants around both branches, and so there once. */
function mergeBranches(
  withPast: OnnxModel,
  withoutPast: OnnxModel,
  { constants }: WeightStore,
): OnnxModel {
  const inputs = new Map<string, ValueInfo>();
  for (const value of [...withoutPast.inputs, ...withPast.inputs]) inputs.set(value.name, value);
  const around = new Set([...inputs.keys(), ...constants.keys()]);
  const branch = (model: OnnxModel) => ({ kind: "graph", value: asBranch(model, around) }) as const;
  const outputs = withoutPast.outputs.map((value) => unlike(value, withPast));
  const node: NodeProto = {
    name: "use_cache_branch/If",
    opType: "If",
    domain: "",
    inputs: [condition.name],
    outputs: outputs.map(({ name }) => name),
    attributes: { then_branch: branch(withPast), else_branch: branch(withoutPast) },
  };
  return {
    ...withPast,
    graphName: "decoder",
    nodes: [node],
    initializers: [...constants.values()],
    inputs: [...inputs.values(), condition],
    outputs,
  };
}

/** The type of an output that is one thing in one branch, another in the other: names where they differ. */
function unlike(value: ValueInfo, other: OnnxGraph): ValueInfo {
  const { shape } = other.outputs.find(({ name }) => name === value.name)!;
  const dims = value.shape.map((dim, axis) => {
    return dim === shape[axis] ? dim : `${value.name}.${axis}`;
  });
  return { ...value, shape: dims };
}

/** A graph inside another: no inputs, and names of its own but for what lies around it. */
function asBranch(model: OnnxModel, around: ReadonlySet<string>): OnnxGraph {
  const rename = (name: string) =>
    name === "" || around.has(name) ? name : `${model.graphName}/${name}`;
  return {
    graphName: model.graphName,
    nodes: model.nodes.map((node) => {
      const { inputs, outputs } = node;
      const name = rename(node.name);
      return { ...node, name, inputs: inputs.map(rename), outputs: outputs.map(rename) };
    }),
    initializers: model.initializers.map((tensor) => ({ ...tensor, name: rename(tensor.name) })),
    inputs: [],
    outputs: model.outputs.map((value) => ({ ...value, name: rename(value.name) })),
  };
}

/** Only files that use a contrib operator say so. */
function finished(model: OnnxModel): OnnxModel {
  const contrib = domainsOf(model.nodes).has("com.microsoft");
  const standard = model.opsets.filter(({ domain }) => domain === "");
  const opsets = contrib ? [...standard, { domain: "com.microsoft", version: 1 }] : standard;
  return { ...model, opsets };
}

function domainsOf(nodes: readonly NodeProto[]): Set<string> {
  const inside = nodes
    .flatMap(({ attributes }) => Object.values(attributes))
    .flatMap((attribute) => {
      return attribute.kind === "graph" ? [...domainsOf(attribute.value.nodes)] : [];
    });
  return new Set([...nodes.map(({ domain }) => domain), ...inside]);
}
