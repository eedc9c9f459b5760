/** @file From values to a closed graph: reachable nodes in order, every leaf accounted for. */
import { GraphError } from "../base/index.ts";
import { formatSignature, type Node, type Value } from "./value.ts";

/** A closed computation: every leaf is a declared input or a constant. */
export interface Graph {
  readonly name: string;
  readonly inputs: readonly Value[];
  readonly outputs: ReadonlyMap<string, Value>;
  /** Topological: a node comes after all nodes it reads. */
  readonly nodes: readonly Node[];
}

/**
 * Nodes that `values` depend on, in creation order (which is topological).
 * Iterative: a deep graph must not exhaust the stack.
 */
export function nodesBehind(values: Iterable<Value>): Node[] {
  const seen = new Set<Node>();
  const pending = [...values];
  for (let value = pending.pop(); value !== undefined; value = pending.pop()) {
    const { node } = value;
    if (node === undefined || seen.has(node)) continue;
    seen.add(node);
    for (const source of node.inputs) if (source !== null) pending.push(source);
  }
  return [...seen].sort((a, b) => a.outputs[0]!.id - b.outputs[0]!.id);
}

/**
 * Close a graph over its outputs.
 * @throws GraphError `graph.leaf` for an input that is used and not declared, `graph.name` for a name
 * that two inputs, or an input and another value as output, would share
 */
export function buildGraph(spec: {
  readonly name: string;
  readonly inputs: readonly Value[];
  readonly outputs: Readonly<Record<string, Value>>;
}): Graph {
  const outputs = new Map(Object.entries(spec.outputs));
  const graph = { ...spec, outputs, nodes: nodesBehind(outputs.values()) };
  verifyGraph(graph);
  return graph;
}

/** @throws GraphError when a leaf is undeclared, a name taken twice, or a node misplaced */
export function verifyGraph(graph: Graph): void {
  const names = new Set<string>();
  for (const { name = "" } of graph.inputs) {
    if (names.has(name)) {
      throw new GraphError("graph.name", `two inputs of graph ${graph.name} are named ${name}`);
    }
    names.add(name);
  }
  for (const [name, value] of graph.outputs) {
    if (!names.has(name) || value.name === name) continue;
    const message = `an input and an output of graph ${graph.name} are named ${name}`;
    throw new GraphError("graph.name", message);
  }
  const known = new Set<Value>(graph.inputs);
  const requireKnown = (value: Value | null, where: string) => {
    if (value === null || value.data !== undefined || known.has(value)) return;
    throw undeclared(graph, value, where);
  };
  for (const node of graph.nodes) {
    for (const value of node.inputs) requireKnown(value, node.site());
    for (const value of node.outputs) known.add(value);
  }
  for (const [name, value] of graph.outputs) requireKnown(value, `output ${name}`);
}

function undeclared(graph: Graph, value: Value, where: string): GraphError {
  const what = value.name ?? `a node built after its reader`;
  return new GraphError("graph.leaf", `graph ${graph.name} reads an undeclared input: ${what}`, {
    expected: graph.inputs.map((input) => input.name).join(", ") || "no inputs",
    got: `${what}: ${formatSignature(value)}`,
    where,
  });
}
