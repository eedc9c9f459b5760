/** @file Data-flow match, a part of CodeBLEU: how many of a reference's data flows a prediction has. */
import type { TreeNode } from "../../syntax/index.ts";
import { type Edge, type FlowRules, inOrder, Unreadable, unique, Walk } from "./dataflow.ts";
import { numberTokens } from "./snippet.ts";

/**
 * The data flows of a tree, one string each: variables are numbered in order of appearance, parents before
 * what comes from them, so that names do not matter.
 *
 * Source: salesforce/CodeT5 evaluator/CodeBLEU/dataflow_match.py `get_data_flow`, `normalize_dataflow`
 * at 7de7f69. Departures: parents are merged in order of first appearance, where the reference's order
 * depends on Python's hash seed; code whose extraction takes over two million steps has no data flow.
 * @param code what was parsed
 */
export function dataFlows(tree: TreeNode, code: string, rules: FlowRules): string[] {
  return normalize(mergeTokens(connected(edgesOf(tree, code, rules))));
}

function edgesOf(tree: TreeNode, code: string, rules: FlowRules): Edge[] {
  try {
    return inOrder(new Walk(numberTokens(tree, code), rules).visit(tree, new Map()));
  } catch (error) {
    if (error instanceof Unreadable) return [];
    throw error;
  }
}

/** Without the edges of tokens that neither have parents nor are any. */
function connected(edges: readonly Edge[]): Edge[] {
  const indexes = new Set<number>();
  for (const { index, parentIndexes } of edges) {
    if (parentIndexes.length > 0) indexes.add(index);
    for (const parent of parentIndexes) indexes.add(parent);
  }
  return edges.filter(({ index }) => indexes.has(index));
}

/** One edge a token: the last, with the parents of all. */
function mergeTokens(edges: readonly Edge[]): Edge[] {
  const merged = new Map<number, Edge>();
  for (const edge of edges) {
    const known = merged.get(edge.index);
    const parentNames = unique([...(known?.parentNames ?? []), ...edge.parentNames]);
    merged.set(edge.index, known === undefined ? edge : { ...edge, parentNames });
  }
  return [...merged.values()];
}

function normalize(edges: readonly Edge[]): string[] {
  const numbers = new Map<string, number>();
  const numberOf = (name: string) => {
    if (!numbers.has(name)) numbers.set(name, numbers.size);
    return numbers.get(name)!;
  };
  return edges.map(({ name, relation, parentNames }) => {
    const parents = parentNames.map(numberOf).join(",");
    return `${numberOf(name)} ${relation} ${parents}`;
  });
}

/** How many of the reference's flows the prediction has; each of its own counts once. */
export function countCommonFlows(
  prediction: readonly string[],
  reference: readonly string[],
): number {
  const left = new Map<string, number>();
  for (const flow of prediction) left.set(flow, (left.get(flow) ?? 0) + 1);
  let matches = 0;
  for (const flow of reference) {
    const number = left.get(flow) ?? 0;
    if (number === 0) continue;
    left.set(flow, number - 1);
    matches++;
  }
  return matches;
}
