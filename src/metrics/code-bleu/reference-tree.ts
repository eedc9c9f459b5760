/**
 * @file Trees as the reference evaluator's grammars of 2020 give them, made from today's trees: a table
 * of rewrites per language, each row one difference between the grammars.
 */
import type { TreeNode } from "../../syntax/index.ts";

const binary = "binary_expression";

/** The source text of a node. */
export type TextOf = (node: TreeNode) => string;

/** What stands in a node's place; undefined leaves the node there. The rule may change the node. */
export type Rewrite = (
  node: TreeNode,
  parent: TreeNode,
  textOf: TextOf,
) => readonly TreeNode[] | undefined;

/** Rewrites by node type, applied to children before parents. */
export type Rewrites = Readonly<Record<string, Rewrite>>;

/** All nodes, parents before children; iterative, since hostile trees are deep. */
export function preorder(root: TreeNode): TreeNode[] {
  const nodes = [];
  const open = [root];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    nodes.push(node);
    for (let i = node.children.length - 1; i >= 0; i--) open.push(node.children[i]!);
  }
  return nodes;
}

/** Apply the rewrites to all nodes below the root, in place. */
export function rewriteTree(root: TreeNode, rewrites: Rewrites, textOf: TextOf): void {
  const nodes = preorder(root);
  for (let i = nodes.length - 1; i >= 0; i--) {
    const node = nodes[i]!;
    if (!node.children.some(({ type }) => Object.hasOwn(rewrites, type))) continue;
    node.children = node.children.flatMap((child) =>
      Object.hasOwn(rewrites, child.type)
        ? (rewrites[child.type]!(child, node, textOf) ?? child)
        : child,
    );
  }
}

/** A new named node around others. */
export function wrapNodes(type: string, field: string | undefined, children: TreeNode[]): TreeNode {
  const start = children[0]?.start ?? 0;
  const end = children.at(-1)?.end ?? start;
  return { type, isNamed: true, field, label: type, start, end, children };
}

/** The other name of a node type in the reference's grammar. */
export function rename(type: string): Rewrite {
  return (node) => {
    node.type = type;
    node.label = type;
    return undefined;
  };
}

/** A leaf in the reference's grammar. */
export const toLeaf: Rewrite = (node) => {
  node.children = [];
  return undefined;
};

/** No node of its own in the reference's grammar: its children stand in its place. */
export const hoist: Rewrite = (node) => node.children;

/** No node in the reference's grammar, nor anything below it. */
export const drop: Rewrite = () => [];

/** Without a field in the reference's grammar: the fields of the children named here. */
export function dropFields(...fields: readonly string[]): Rewrite {
  return (node) => {
    for (const child of node.children) {
      if (child.field !== undefined && fields.includes(child.field)) child.field = undefined;
    }
    return undefined;
  };
}

/** Fields of the children by other names. */
export function renameFields(names: Readonly<Record<string, string>>): Rewrite {
  return (node) => {
    for (const child of node.children) {
      if (child.field !== undefined) child.field = names[child.field] ?? child.field;
    }
    return undefined;
  };
}

/** One rewrite after the other, as long as the node stays. */
export function inTurn(...rewrites: readonly Rewrite[]): Rewrite {
  return (node, parent, textOf) => {
    for (const rewrite of rewrites) {
      const nodes = rewrite(node, parent, textOf);
      if (nodes !== undefined) return nodes;
    }
    return undefined;
  };
}

/** Operators from the weakest to the strongest, those that bind alike in one line of words. */
export type Precedence = readonly string[];

/** Operands with the operators between them. */
export interface Chain {
  readonly operands: TreeNode[];
  readonly operators: TreeNode[];
}

/**
 * Chains of binary operators grouped by other precedences, all from left to right. Use it in a pass ahead
 * of rules that look at operands.
 * @param adjust may change a chain before it is grouped; the node is its root
 */
export function regroup(
  precedence: Precedence,
  adjust: (chain: Chain, node: TreeNode, parent: TreeNode) => void = () => undefined,
): Rewrite {
  const rankOf = ranking(precedence);
  const isChain = ({ type, children }: TreeNode) =>
    type === binary && children.length === 3 && rankOf(children[1]!) !== undefined;
  return (node, parent) => {
    if (!isChain(node) || isChain(parent)) return undefined;
    const chain = flatten(node, isChain);
    adjust(chain, node, parent);
    const root = climb(chain, (operator) => rankOf(operator)!);
    root.field = node.field;
    return [root];
  };
}

/** The tree of a chain of operators that are all among the precedences. */
export function groupChain(chain: Chain, precedence: Precedence): TreeNode {
  const rankOf = ranking(precedence);
  return climb(chain, (operator) => rankOf(operator)!);
}

function ranking(precedence: Precedence): (operator: TreeNode) => number | undefined {
  const ranks = new Map<string, number>();
  for (const [rank, line] of precedence.entries()) {
    for (const operator of line.split(" ")) ranks.set(operator, rank);
  }
  return (operator) => ranks.get(operator.type);
}

/** The operands and operators of a chain, from left to right. */
function flatten(root: TreeNode, isChain: (node: TreeNode) => boolean): Chain {
  const operands: TreeNode[] = [];
  const operators: TreeNode[] = [];
  const operatorNodes = new Set<TreeNode>();
  const open = [root];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (operatorNodes.has(node)) operators.push(node);
    else if (!isChain(node)) operands.push(node);
    else {
      const [left, operator, right] = node.children;
      operatorNodes.add(operator!);
      open.push(right!, operator!, left!);
    }
  }
  return { operands, operators };
}

/** Dijkstra's shunting yard. */
function climb({ operands, operators }: Chain, rankOf: (operator: TreeNode) => number): TreeNode {
  const done = [operands[0]!];
  const waiting: TreeNode[] = [];
  const reduce = () => {
    const right = done.pop()!;
    const left = done.pop()!;
    [left.field, right.field] = ["left", "right"];
    done.push(wrapNodes(binary, undefined, [left, waiting.pop()!, right]));
  };
  for (const [i, operator] of operators.entries()) {
    while (waiting.length > 0 && rankOf(waiting.at(-1)!) >= rankOf(operator)) reduce();
    waiting.push(operator);
    done.push(operands[i + 1]!);
  }
  while (waiting.length > 0) reduce();
  return done[0]!;
}
