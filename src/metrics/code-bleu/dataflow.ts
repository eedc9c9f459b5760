/**
 * @file Data flow: which variable's value comes from which others, found in one walk over a tree. The walk
 * is the same for every language; what a node type does is a row of dataflow-rules.ts.
 */
import type { TreeNode } from "../../syntax/index.ts";
import { isComment, isToken, type Token, type Tokens } from "./snippet.ts";

/** A use or an assignment of a variable, and the tokens its value comes from. */
export interface Edge {
  readonly name: string;
  /** The token's number. */
  readonly index: number;
  /** A use or declaration, or an assignment. */
  readonly relation: "comesFrom" | "computedFrom";
  readonly parentNames: readonly string[];
  readonly parentIndexes: readonly number[];
}

/** Where each variable got its value last, by name. */
export type States = Map<string, readonly number[]>;

/** What a node does to the data flow; changes the states. */
export type FlowRule = (walk: Walk, node: TreeNode, states: States) => Edge[];

/** The rules of a language by node type; every other node is the sequence of its children. */
export interface FlowRules {
  readonly nodes: Readonly<Record<string, FlowRule>>;
  /** Children of this type come first, whatever their place. */
  readonly first?: string;
}

/** Python's recursion limit of 1000, less the frames around the walk: deeper trees have no data flow. */
const maxDepth = 980;
/** Node visits. Loops are walked twice, so nests of them cost powers of two. */
const maxVisits = 1 << 21;

/** Extraction was given up, where the reference raises an exception that it then swallows. */
export class Unreadable extends Error {}

/** One walk over one tree. */
export class Walk {
  readonly #tokens: Tokens;
  readonly #rules: FlowRules;
  #depth = 0;
  #visits = 0;

  constructor(tokens: Tokens, rules: FlowRules) {
    this.#tokens = tokens;
    this.#rules = rules;
  }

  /** The edges below a node, by token number; the states are those after it. */
  visit(node: TreeNode | undefined, states: States): Edge[] {
    if (node === undefined || this.#depth === maxDepth || ++this.#visits > maxVisits) {
      throw new Unreadable();
    }
    if (isToken(node)) return isComment(node) ? [] : this.#use(node, states);
    const { nodes, first } = this.#rules;
    this.#depth++;
    const rule = Object.hasOwn(nodes, node.type) ? nodes[node.type] : undefined;
    const edges = rule?.(this, node, states) ?? this.#sequence(node, first, states);
    this.#depth--;
    return edges;
  }

  #sequence({ children }: TreeNode, first: string | undefined, states: States): Edge[] {
    const ahead = first === undefined ? [] : children.filter(({ type }) => type === first);
    const rest = ahead.length === 0 ? children : children.filter(({ type }) => type !== first);
    return this.visitAll([...ahead, ...rest], states);
  }

  /** The edges of nodes one after the other. */
  visitAll(nodes: readonly TreeNode[], states: States): Edge[] {
    return inOrder(nodes.flatMap((node) => this.visit(node, states)));
  }

  #use(node: TreeNode, states: States): Edge[] {
    const { index, text: name } = this.#tokens.get(node)!;
    if (node.type === name) return []; // a keyword or a mark
    const known = states.get(name);
    if (known !== undefined) {
      return [{ name, index, relation: "comesFrom", parentNames: [name], parentIndexes: known }];
    }
    if (node.type === "identifier") states.set(name, [index]);
    return [source({ index, text: name })];
  }

  /** The tokens below a node that are no keywords or marks. */
  variables(node: TreeNode | undefined): Token[] {
    if (node === undefined) throw new Unreadable();
    const found: Token[] = [];
    const open = [node];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      if (isComment(next)) continue;
      if (isToken(next)) {
        const token = this.#tokens.get(next)!;
        if (next.type !== token.text) found.push(token);
      } else {
        for (let i = next.children.length - 1; i >= 0; i--) open.push(next.children[i]!);
      }
    }
    this.#visits += found.length;
    return found;
  }

  /** Give up when what was made by now is too much; call it where edges multiply. */
  spend(numEdges: number): void {
    this.#visits += numEdges;
    if (this.#visits > maxVisits) throw new Unreadable();
  }
}

/** A variable whose value comes from nowhere. */
export function source({ index, text: name }: Token): Edge {
  return { name, index, relation: "comesFrom", parentNames: [], parentIndexes: [] };
}

/** By token number; edges of one token keep their order. */
export function inOrder(edges: Edge[]): Edge[] {
  return edges.sort((a, b) => a.index - b.index);
}

/** Each element once, in order of first appearance: what `list(set(x))` does but for the order. */
export function unique<T>(items: readonly T[]): T[] {
  return [...new Set(items)];
}

/** The first child in a field of its parent. */
export function childIn(node: TreeNode, field: string): TreeNode | undefined {
  return node.children.find((child) => child.field === field);
}

/**
 * Of edges alike in variable, token and relation one is left, with the parents of them all: in order of
 * first appearance the names, ascending the numbers.
 */
export function mergeAlike(edges: readonly Edge[]): Edge[] {
  const merged = new Map<string, Edge>();
  for (const edge of edges) {
    const key = `${edge.index} ${edge.relation} ${edge.name}`;
    const known = merged.get(key);
    merged.set(key, known === undefined ? edge : join(known, edge));
  }
  return inOrder([...merged.values()]);
}

function join(a: Edge, b: Edge): Edge {
  return {
    ...a,
    parentNames: unique([...a.parentNames, ...b.parentNames]),
    parentIndexes: unique([...a.parentIndexes, ...b.parentIndexes]).sort((x, y) => x - y),
  };
}
