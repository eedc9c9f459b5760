/**
 * @file One session that reads prompts by other products than it decodes by: a graph of one `If`, whose branches
 * share the weights around them. On processors that multiply 8-bit integers in tiles (AMX), long inputs are
 * several times as fast by whole matrices of 8 bits as by blocks of 4.
 */
import type { NodeProto, OnnxModel, TensorProto } from "../onnx/index.ts";
import { int } from "./node-maker.ts";

/** Tokens from which on an input counts as a prompt: below it reading the weights is what takes the time. */
const leastTokens = 16;
/** The tokens of a graph that continues texts, [B, Q]. */
const tokensName = "ids";

/** Whether a graph may be asked to read a single token. */
export function hasTokens({ inputs }: OnnxModel): boolean {
  return inputs.some(({ name }) => name === tokensName);
}

/** The nodes of a graph that computes the same either way. */
export function branchByLength(
  model: OnnxModel,
  prompts: readonly NodeProto[],
  tokens: readonly NodeProto[],
  constants: Map<string, TensorProto>,
): NodeProto[] {
  const least = "least_tokens";
  const raw = new Uint8Array(BigInt64Array.of(BigInt(leastTokens)).buffer);
  constants.set(least, { name: least, dtype: "int64", shape: [1], raw });
  const branch = (graphName: string, nodes: readonly NodeProto[]) => {
    return { kind: "graph", value: inside(model, graphName, nodes) } as const;
  };
  const node = (opType: string, inputs: readonly string[], attributes = {}): NodeProto => {
    const name = `branch/${opType}`;
    return { name, opType, domain: "", inputs, outputs: [name], attributes };
  };
  const size = node("Shape", [tokensName], { start: int(1), end: int(2) });
  const isPrompt = node("GreaterOrEqual", [size.name, least]);
  const choice = node("If", [isPrompt.name], {
    then_branch: branch("prompts", prompts),
    else_branch: branch("tokens", tokens),
  });
  return [size, isPrompt, { ...choice, outputs: model.outputs.map(({ name }) => name) }];
}

/** Nodes as a graph inside of another, with names of their own for what they make. */
function inside(model: OnnxModel, graphName: string, nodes: readonly NodeProto[]) {
  const made = new Set(nodes.flatMap(({ outputs }) => outputs));
  const rename = (name: string) => (made.has(name) ? `${graphName}/${name}` : name);
  return {
    graphName,
    nodes: nodes.map((node) => ({
      ...node,
      inputs: node.inputs.map(rename),
      outputs: node.outputs.map(rename),
    })),
    initializers: [],
    inputs: [],
    outputs: model.outputs.map((value) => ({ ...value, name: rename(value.name) })),
  };
}
