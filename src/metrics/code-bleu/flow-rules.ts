/** @file What kinds of nodes do to the data flow: declarations, assignments, branches, loops. */
import type { TreeNode } from "../../syntax/index.ts";
import {
  childIn,
  type Edge,
  type FlowRule,
  inOrder,
  mergeAlike,
  type States,
  source,
  unique,
  type Walk,
} from "./dataflow.ts";

/** The parts of a node by role; undefined where there is none. */
type Parts<Role extends string> = (node: TreeNode) => Readonly<Record<Role, TreeNode | undefined>>;

/** The children in two fields. */
export function fields(nameField: string, valueField: string): Parts<"name" | "value"> {
  return (node) => ({ name: childIn(node, nameField), value: childIn(node, valueField) });
}

/** Edges from each variable of the value to each of the name; the name's state is the name itself. */
function flowInto(
  walk: Walk,
  { name, value }: Readonly<Record<"name" | "value", TreeNode | undefined>>,
  relation: Edge["relation"],
  states: States,
): Edge[] {
  const names = walk.variables(name);
  const values = walk.variables(value);
  walk.spend(names.length * values.length);
  return names.flatMap(({ index, text }) => {
    states.set(text, [index]);
    return values.map((parent) => {
      const parents = { parentNames: [parent.text], parentIndexes: [parent.index] };
      return { name: text, index, relation, ...parents };
    });
  });
}

/** A declaration: the name comes from the value, or from nowhere. */
export function declaration(parts: Parts<"name" | "value">): FlowRule {
  return (walk, node, states) => {
    const { name, value } = parts(node);
    if (value !== undefined) {
      const edges = walk.visit(value, states);
      return inOrder([...edges, ...flowInto(walk, { name, value }, "comesFrom", states)]);
    }
    const names = walk.variables(name);
    for (const { index, text } of names) states.set(text, [index]);
    return inOrder(names.map(source));
  };
}

/** An assignment: each variable on the left is computed from each on the right. */
export function assignment(parts: Parts<"name" | "value"> = fields("left", "right")): FlowRule {
  return (walk, node, states) => {
    const { name, value } = parts(node);
    const edges = walk.visit(value, states);
    return inOrder([...edges, ...flowInto(walk, { name, value }, "computedFrom", states)]);
  };
}

/** `i++`: every variable in it is computed from every one. */
export const increment: FlowRule = (walk, node, states) =>
  inOrder(flowInto(walk, { name: node, value: node }, "computedFrom", states));

/** Targets with the values they are assigned, one by one. */
export type Pairs = (node: TreeNode) => readonly (readonly [TreeNode, TreeNode])[] | undefined;

/**
 * Assignment of several values to several targets; a target's edge has all variables of its value as
 * parents.
 */
export function assignmentOfEach(pairsOf: Pairs): FlowRule {
  return (walk, node, states) => assignEach(walk, pairsOf(node) ?? [], states);
}

function assignEach(
  walk: Walk,
  pairs: readonly (readonly [TreeNode, TreeNode])[],
  states: States,
): Edge[] {
  const edges = pairs.flatMap(([, value]) => walk.visit(value, states));
  for (const [target, value] of pairs) {
    const parents = walk.variables(value);
    for (const { index, text: name } of walk.variables(target)) {
      walk.spend(parents.length);
      const parentNames = parents.map(({ text }) => text);
      const parentIndexes = parents.map((parent) => parent.index);
      edges.push({ name, index, relation: "computedFrom", parentNames, parentIndexes });
      states.set(name, [index]);
    }
  }
  return inOrder(edges);
}

/** How a language's branches are made. */
export interface BranchForm {
  /** Types of children that begin from the states ahead of the branch. */
  readonly alternatives: readonly string[];
  /** So does every child behind the first of them: the statement behind `else`. */
  readonly isSticky?: boolean;
  /** The states ahead of the branch hold behind it even where there is an `else`. */
  readonly keepsOuter?: boolean;
}

/** A branch: behind it a variable may come from any of the alternatives. */
export function branch({
  alternatives,
  isSticky = false,
  keepsOuter = false,
}: BranchForm): FlowRule {
  return (walk, node, states) => {
    const outer = new Map(states);
    const current: States = new Map(states);
    const results: States[] = [];
    let isBehind = false;
    const edges = node.children.flatMap((child) => {
      if (!alternatives.includes(child.type) && !isBehind) return walk.visit(child, current);
      isBehind = isSticky;
      const own: States = new Map(outer);
      results.push(own);
      return walk.visit(child, own);
    });
    const hasElse = [node, ...node.children].some(({ type }) => type.includes("else"));
    if (!hasElse || keepsOuter) results.push(outer);
    replaceStates(states, [...results, current]);
    return inOrder(edges);
  };
}

function replaceStates(states: States, results: readonly States[]): void {
  states.clear();
  for (const result of results) {
    for (const [name, indexes] of result) {
      const known = states.get(name);
      states.set(name, known === undefined ? indexes : [...known, ...indexes]);
    }
  }
  for (const [name, indexes] of states) {
    states.set(
      name,
      unique(indexes).sort((a, b) => a - b),
    );
  }
}

/** A loop that is walked twice, so that values of one round reach the next. */
export const loop: FlowRule = (walk, node, states) => {
  const once = walk.visitAll(node.children, states);
  return mergeAlike([...once, ...walk.visitAll(node.children, states)]);
};

/** A counting loop: what stands behind its head, a child of this type, is walked twice. */
export function countingLoop(
  head: string,
  ahead: (head: TreeNode) => TreeNode | undefined = () => undefined,
): FlowRule {
  return (walk, node, states) => {
    let edges = walk.visitAll(node.children, states);
    const at = node.children.findIndex(({ type }) => type === head);
    if (at < 0) return mergeAlike(edges);
    const update = ahead(node.children[at]!);
    if (update !== undefined) edges = [...edges, ...walk.visit(update, states)];
    return mergeAlike([...edges, ...walk.visitAll(node.children.slice(at + 1), states)]);
  };
}

/** A loop over a collection, walked twice: the name is computed from the collection. */
export function eachLoop(parts: Parts<"name" | "value" | "body">): FlowRule {
  return (walk, node, states) => {
    const { name, value, body } = parts(node);
    const rounds: Edge[][] = [];
    for (let round = 0; round < 2; round++) {
      rounds.push(walk.visit(value, states));
      rounds.push(flowInto(walk, { name, value }, "computedFrom", states));
      rounds.push(walk.visit(body, states));
    }
    return mergeAlike(rounds.flat());
  };
}

/** As {@link eachLoop} for several targets at once; without a body where that is no child. */
export function eachLoopOfTargets(
  pairsOf: Pairs,
  bodyOf: (node: TreeNode) => TreeNode | undefined,
): FlowRule {
  return (walk, node, states) => {
    const body = bodyOf(node);
    const rounds: Edge[][] = [];
    for (let round = 0; round < 2; round++) {
      rounds.push(assignEach(walk, pairsOf(node) ?? [], states));
      if (body !== undefined) rounds.push(walk.visit(body, states));
    }
    return mergeAlike(rounds.flat());
  };
}
