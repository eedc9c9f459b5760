/** @file Syntax match, a part of CodeBLEU: how many of a reference's sub-trees a prediction has. */
import type { TreeNode } from "../../syntax/index.ts";
import { preorder } from "./reference-tree.ts";

/** The sub-trees of a tree as numbers: equal S-expressions have equal numbers. */
export type SubtreeNumbers = readonly number[];

/**
 * A numbering of sub-trees: every node with children, and the root. An S-expression holds the types of
 * named nodes, their fields and missing tokens; no text, and not the field of the node it is about.
 *
 * Source: salesforce/CodeT5 evaluator/CodeBLEU/syntax_match.py `get_all_sub_trees` at 7de7f69, and
 * tree-sitter's `ts_node_string`. No departure.
 * @returns numbers that may be compared with those of other trees of the same numbering
 */
export function subtreeNumbering(): (root: TreeNode) => SubtreeNumbers {
  const numbers = new Map<string, number>();
  return (root) => {
    const printed = new Map<TreeNode, number>();
    const subtrees: number[] = [];
    const nodes = preorder(root);
    for (let i = nodes.length - 1; i >= 0; i--) {
      const node = nodes[i]!;
      const key = keyOf(node, printed);
      let number = numbers.get(key);
      if (number === undefined) {
        number = numbers.size;
        numbers.set(key, number);
      }
      printed.set(node, number);
      if (i === 0 || node.children.length > 0) subtrees.push(number);
    }
    return subtrees;
  };
}

function keyOf({ label, children }: TreeNode, printed: ReadonlyMap<TreeNode, number>): string {
  let key = label;
  for (const child of children) {
    if (child.label !== "") key += ` ${child.field ?? ""}:${printed.get(child)}`;
  }
  return key;
}

/** How many of the reference's sub-trees the prediction has anywhere; none of its own is used up. */
export function countCommonSubtrees(prediction: SubtreeNumbers, reference: SubtreeNumbers): number {
  const own = new Set(prediction);
  return reference.reduce((matches, subtree) => matches + (own.has(subtree) ? 1 : 0), 0);
}
