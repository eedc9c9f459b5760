/** @file A graph as an ONNX model: names given, constants pooled, attributes typed. */
import { flag } from "../base/index.ts";
import type { Attribute, NodeProto, OnnxModel, TensorProto } from "../onnx/index.ts";
import { type Graph, verifyGraph } from "./build.ts";
import { lowerGraph, type Target } from "./lower.ts";
import { type OperatorName, operatorNamed } from "./operators/index.ts";
import type { Node, Value } from "./value.ts";

/** The standard's version whose semantics our shape rules follow. */
const opsetVersion = 21;

export interface OnnxTranslation {
  readonly model: OnnxModel;
  /** The graph's node behind each ONNX node name: turns a runtime's complaint into a source line. */
  readonly nodeNamed: ReadonlyMap<string, Node>;
}

/** Translate a graph, lowered for `target`. Deterministic: same graph, same bytes. */
export function toOnnx(graph: Graph, target: Target = "onnxruntime"): OnnxTranslation {
  const lowered = lowerGraph(graph, target);
  if (flag("CODET5_CHECK") === "1") verifyGraph(lowered);
  const names = nameValues(lowered);
  const constants = new ConstantPool(new Set([...names.values(), ...graph.outputs.keys()]));
  const nodeNamed = new Map<string, Node>();
  const nameOf = (value: Value | null) => {
    if (value === null) return "";
    return value.data === undefined ? names.get(value)! : constants.nameOf(value);
  };
  const nodes: NodeProto[] = lowered.nodes.map((node) => {
    const name = names.get(node.outputs[0]!)!;
    nodeNamed.set(name, node);
    return nodeProto(node, name, nameOf);
  });
  for (const [output, value] of lowered.outputs) {
    if (names.get(value) === output) continue;
    nodes.push(identityProto(nameOf(value), output));
  }
  const model: OnnxModel = {
    irVersion: 10,
    producerName: "codet5",
    producerVersion: "",
    opsets: [
      { domain: "", version: opsetVersion },
      ...(target !== "onnx" ? [{ domain: "com.microsoft", version: 1 }] : []),
    ],
    graphName: graph.name,
    nodes,
    initializers: constants.tensors,
    inputs: lowered.inputs.map((value) => valueInfo(value.name!, value)),
    outputs: [...lowered.outputs].map(([name, value]) => valueInfo(name, value)),
    values: valuesBetween(lowered, names),
    metadata: {},
  };
  return { model, nodeNamed };
}

/** Types of what is neither input nor output. */
function valuesBetween({ nodes, outputs }: Graph, names: ReadonlyMap<Value, string>) {
  const values = nodes.flatMap((node) => node.outputs);
  return values
    .map((value) => valueInfo(names.get(value)!, value))
    .filter(({ name }) => !outputs.has(name));
}

/** Inputs keep their names, outputs take theirs, the rest is `scope/Op_n`. */
function nameValues(graph: Graph): Map<Value, string> {
  const names = new Map<Value, string>();
  for (const value of graph.inputs) names.set(value, value.name!);
  for (const [name, value] of graph.outputs) {
    if (value.data === undefined && !names.has(value)) names.set(value, name);
  }
  const taken = new Set([...names.values(), ...graph.outputs.keys()]);
  const counts = new Map<string, number>();
  for (const node of graph.nodes) {
    for (const value of node.outputs) {
      if (names.has(value)) continue;
      const stem = node.scope === "" ? node.op : `${node.scope}/${node.op}`;
      let count = counts.get(stem) ?? 0;
      while (taken.has(`${stem}_${count}`)) count++;
      counts.set(stem, count + 1);
      names.set(value, `${stem}_${count}`);
    }
  }
  return names;
}

/** What ONNX Runtime calls an operator that it knew before the standard did. */
const kernelNames: Readonly<Partial<Record<OperatorName, string>>> = {
  RMSNormalization: "SimplifiedLayerNormalization",
};

function nodeProto(node: Node, name: string, nameOf: (value: Value | null) => string): NodeProto {
  const { domain, attributes: kinds = {} } = operatorNamed(node.op);
  const attributes = Object.entries(node.attributes).map(([key, value]) => {
    return [key, { kind: kinds[key], value } as Attribute] as const;
  });
  return {
    name,
    opType: kernelNames[node.op] ?? node.op,
    domain,
    inputs: node.inputs.map(nameOf),
    outputs: node.outputs.map(nameOf),
    attributes: Object.fromEntries(attributes),
  };
}

/** An output that is also an input, a constant or another output needs a name of its own. */
function identityProto(source: string, output: string): NodeProto {
  const name = `output/${output}`;
  return {
    name,
    opType: "Identity",
    domain: "",
    inputs: [source],
    outputs: [output],
    attributes: {},
  };
}

function valueInfo(name: string, { dtype, shape }: Value) {
  return { name, dtype, shape };
}

/** Constants by content, so that a scalar used a hundred times is stored once. */
class ConstantPool {
  readonly tensors: TensorProto[] = [];
  readonly #byContent = new Map<string, string>();
  readonly #byValue = new Map<Value, string>();
  readonly #taken: ReadonlySet<string>;
  #count = 0;

  /** @param taken names of inputs, outputs and nodes */
  constructor(taken: ReadonlySet<string>) {
    this.#taken = taken;
  }

  nameOf(value: Value): string {
    const known = this.#byValue.get(value);
    if (known !== undefined) return known;
    const { data, dtype } = value;
    const raw = new Uint8Array(data!.buffer, data!.byteOffset, data!.byteLength);
    const small = raw.length <= 256;
    const key = small ? `${dtype}[${value.shape}]${Buffer.from(raw).toString("base64")}` : "";
    let name = small ? this.#byContent.get(key) : undefined;
    if (name === undefined) {
      name = this.#freshName();
      this.tensors.push({ name, dtype, shape: value.shape as readonly number[], raw });
    }
    if (small) this.#byContent.set(key, name);
    this.#byValue.set(value, name);
    return name;
  }

  #freshName(): string {
    while (this.#taken.has(`constant_${this.#count}`)) this.#count++;
    return `constant_${this.#count++}`;
  }
}
