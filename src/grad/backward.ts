/** @file Reverse-mode differentiation as a graph transformation: values in, values out. */
import { debug, GraphError } from "../base/index.ts";
import {
  constant,
  formatSignature,
  type Node,
  nodesBehind,
  numericArray,
  onBehalfOf,
  type Value,
  zerosLike,
} from "../graph/index.ts";
import { type Contribution, type Scatter, sumContributions } from "./cotangent.ts";
import { gradientRules } from "./rules.ts";

/**
 * Gradients of a scalar with respect to some values, as new values of the same graph.
 * One backward walk in reverse creation order: when a node is reached, every use of its outputs has
 * already contributed, so re-used values get the sum. Iterative throughout.
 * @param loss a scalar
 * @returns one gradient per entry of `wrt`, of its shape; zeros where the loss does not depend on it
 * @throws GraphError `grad.scalar` when loss is not a scalar
 */
export function backward(loss: Value, wrt: readonly Value[]): Value[] {
  if (loss.shape.length > 0) {
    throw new GraphError("grad.scalar", "backward needs a scalar loss", {
      expected: "a scalar",
      got: formatSignature(loss),
    });
  }
  const nodes = nodesBehind([loss]);
  const active = activeValues(nodes, wrt);
  const contributions = new Map<Value, (Value | Scatter)[]>();
  contribute(contributions, loss, constant(numericArray(loss.dtype, [1]), []));
  for (const node of nodes.reverse()) {
    onBehalfOf(node, () => propagate(node, contributions, active));
  }
  return wrt.map(
    (value) => sumContributions(contributions.get(value) ?? [], value) ?? zerosLike(value),
  );
}

/** Values with a path from one of `wrt`: the only ones that need a cotangent. */
function activeValues(nodes: readonly Node[], wrt: readonly Value[]): Set<Value> {
  const active = new Set<Value>(wrt);
  for (const node of nodes) {
    if (!node.inputs.some((value) => value !== null && active.has(value))) continue;
    for (const output of node.outputs) active.add(output);
  }
  return active;
}

function propagate(
  node: Node,
  contributions: Map<Value, (Value | Scatter)[]>,
  active: ReadonlySet<Value>,
): void {
  const rule = gradientRules[node.op];
  if (rule === null || !node.outputs.some((output) => active.has(output))) return;
  const dy = node.outputs.map((output) => {
    return sumContributions(contributions.get(output) ?? [], output);
  });
  if (dy.every((cotangent) => cotangent === null)) return;
  const contributed = rule(node, dy);
  debug(4, () => describeRule(node, dy, contributed));
  contributed.forEach((contribution, i) => {
    const source = node.inputs[i];
    if (source && active.has(source)) contribute(contributions, source, contribution);
  });
}

/** `backward of MatMul in encoder.block.0 (src/nn/linear.ts:20): dy float32[2, 3] -> dx0 …, dx1 …`. */
function describeRule(
  node: Node,
  dy: readonly (Value | null)[],
  contributed: readonly Contribution[],
): string {
  const given = dy.map((value) => (value === null ? "none" : formatSignature(value)));
  const returned = contributed.map((contribution, i) => `dx${i} ${describe(contribution)}`);
  const place = node.scope === "" ? "" : ` in ${node.scope}`;
  const rule = `backward of ${node.op}${place} (${node.site()})`;
  return `${rule}: dy ${given.join(", ")} -> ${returned.join(", ")}`;
}

function describe(contribution: Contribution): string {
  if (contribution === null) return "none";
  if (!("updates" in contribution)) return formatSignature(contribution);
  return `rows ${formatSignature(contribution.updates)} along axis ${contribution.axis}`;
}

function contribute(
  contributions: Map<Value, (Value | Scatter)[]>,
  value: Value,
  contribution: Contribution,
): void {
  if (contribution === null) return;
  const list = contributions.get(value);
  if (list === undefined) contributions.set(value, [contribution]);
  else list.push(contribution);
}
