/** @file A forward graph as plain data: a list of nodes in order, each with the line that built it. */
import { GraphError } from "../base/index.ts";
import {
  buildGraph,
  type Graph,
  input,
  type Node,
  type Shape,
  type Value,
} from "../graph/index.ts";
import type { Model } from "../model/index.ts";
import { Dropout } from "../nn/index.ts";

/** A tensor that the graph is given: a parameter, a batch array or a dropout mask, by name. */
interface InputJson {
  readonly name: string;
  readonly dtype: string;
  /** Sizes, or names of dimensions. */
  readonly shape: Shape;
}

interface GivenJson extends InputJson {
  /** Of a dropout mask: the probability of a zero. */
  readonly rate?: number;
}

interface ConstantJson extends InputJson {
  readonly data: readonly number[];
}

interface NodeJson {
  readonly op: string;
  /** Names of values; null for an optional input that is absent. */
  readonly inputs: readonly (string | null)[];
  readonly outputs: readonly string[];
  readonly attributes: Node["attributes"];
  /** Of the outputs. */
  readonly shapes: readonly Shape[];
  readonly scope: string;
  /** `file:line` that built the node. */
  readonly site: string;
}

/** A graph as it lies in a job folder. */
export interface GraphJson {
  readonly inputs: readonly GivenJson[];
  readonly constants: readonly ConstantJson[];
  readonly nodes: readonly NodeJson[];
  readonly outputs: Readonly<Record<string, string>>;
}

/** The graph of a loss, and the rate of each of its dropout masks. */
export interface LossGraph {
  readonly graph: Graph;
  readonly rates: ReadonlyMap<string, number>;
}

/** The graph of a model's summed loss: parameters, batch arrays and dropout masks in, one number out. */
export function lossGraph({ architecture, adapter }: Model, dropoutRate: number): LossGraph {
  const { parameters, build } = architecture;
  const dropout = new Dropout(dropoutRate, adapter?.lora.dropout);
  const weights = new Map(
    parameters.map(({ name, shape }) => [name, input(name, "float32", shape)]),
  );
  const { lossInputs, loss } = build((name) => weights.get(name)!, dropout);
  const inputs = [...weights.values(), ...lossInputs, ...dropout.masks];
  const graph = buildGraph({ name: "loss", inputs, outputs: { loss } });
  const read = new Set(graph.nodes.flatMap((node) => node.inputs));
  const rates = dropout.masks.map(({ name = "" }, i) => [name, dropout.rates[i]!] as const);
  const readInputs = inputs.filter((value) => read.has(value));
  return { graph: { ...graph, inputs: readInputs }, rates: new Map(rates) };
}

/** @throws GraphError `graph.constant` for a constant that JSON cannot hold */
export function graphJson({ graph, rates }: LossGraph): GraphJson {
  const names = new Map<Value, string>();
  for (const value of graph.inputs) names.set(value, value.name!);
  const constants: ConstantJson[] = [];
  const nameOf = (value: Value): string => {
    const known = names.get(value);
    if (known !== undefined) return known;
    const name = value.data === undefined ? `%${names.size}` : `#${constants.length}`;
    names.set(value, name);
    if (value.data !== undefined) constants.push(constantJson(name, value));
    return name;
  };
  const nodes = graph.nodes.map((node) => ({
    op: node.op,
    inputs: node.inputs.map((value) => (value === null ? null : nameOf(value))),
    outputs: node.outputs.map(nameOf),
    attributes: node.attributes,
    shapes: node.outputs.map(({ shape }) => shape),
    scope: node.scope,
    site: node.site(),
  }));
  const outputs = [...graph.outputs].map(([name, value]) => [name, nameOf(value)] as const);
  const inputs = graph.inputs.map(({ name = "", dtype, shape }) => {
    const rate = rates.get(name);
    return { name, dtype, shape, ...(rate === undefined ? {} : { rate }) };
  });
  return { inputs, constants, nodes, outputs: Object.fromEntries(outputs) };
}

function constantJson(name: string, { dtype, shape, data }: Value): ConstantJson {
  const numbers = Array.from(data as ArrayLike<number | bigint>, Number);
  if (numbers.every(Number.isFinite)) return { name, dtype, shape, data: numbers };
  throw new GraphError("graph.constant", "a constant of the graph is not finite", {
    expected: "numbers that JSON holds",
    got: String(numbers.find((number) => !Number.isFinite(number))),
  });
}
