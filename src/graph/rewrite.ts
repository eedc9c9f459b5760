/** @file Graphs changed after they were built: some nodes replaced, all that depends on them built again. */
import { apply } from "./apply.ts";
import { nodesBehind } from "./build.ts";
import { type Node, onBehalfOf, type Value } from "./value.ts";

/**
 * What takes a node's place, or undefined to keep it.
 * @param inputs of the node, already rewritten
 */
export type Replace = (node: Node, inputs: readonly (Value | null)[]) => Value | undefined;

/**
 * The same values with some nodes replaced; what does not depend on these is shared with the old ones. New
 * nodes keep the scope and the line of those they stand for.
 * @param roots values wanted
 * @returns one value for each root
 */
export function rewrite(roots: readonly Value[], replace: Replace): Value[] {
  const known = new Map<Value, Value>();
  const now = (value: Value) => known.get(value) ?? value;
  for (const node of nodesBehind(roots)) {
    const inputs = node.inputs.map((value) => (value === null ? null : now(value)));
    const replaced = onBehalfOf(node, () => replace(node, inputs));
    if (replaced !== undefined) {
      known.set(node.outputs[0]!, replaced);
    } else if (inputs.some((value, i) => value !== node.inputs[i])) {
      const again = onBehalfOf(node, () => apply(node.op, inputs, node.attributes));
      node.outputs.forEach((output, i) => {
        known.set(output, again.node!.outputs[i]!);
      });
    }
  }
  return roots.map(now);
}
