/** @file A syntax tree as plain objects with field names: for tools that look at every node's role. */
import type { Tree } from "web-tree-sitter";
import type { Dialect, Grammar } from "./grammar.ts";
import { maxSourceLength, parseTree } from "./parse.ts";
import { readTree } from "./tree-memory.ts";

/** One node; the tree belongs to the caller, who may change it. */
export interface TreeNode {
  /** Node type; anonymous tokens by their text. */
  type: string;
  /** A rule or token with a name in the grammar, not a mark such as `;`. */
  isNamed: boolean;
  /** What it is to its parent, e.g. `left`; only named nodes have fields here. */
  field: string | undefined;
  /** How an S-expression prints it: the type, `MISSING "x"`, `UNEXPECTED 'x'`; "" if not at all. */
  label: string;
  /** UTF-16 offsets [start, end). */
  start: number;
  end: number;
  children: TreeNode[];
}

const namedOf = new WeakMap<Dialect, Uint8Array>();

/** [65536] 1 for symbols of named node types; errors are named. */
function namedSymbols(dialect: Dialect): Uint8Array {
  const known = namedOf.get(dialect);
  if (known !== undefined) return known;
  const named = new Uint8Array(65536);
  const language = dialect.parser.language!;
  dialect.types.forEach((_, symbol) => {
    named[symbol] = language.nodeTypeIsNamed(symbol) ? 1 : 0;
  });
  named[65535] = 1;
  namedOf.set(dialect, named);
  return named;
}

/**
 * The whole tree of a text, parsed as it stands or between `wrap`'s two texts, with the grammar's
 * first dialect. Offsets are those of what was parsed, wrap included.
 * @returns undefined when the text is over 2 Mi UTF-16 units or takes longer than `timeoutMs`
 */
export function parseNodes(
  grammar: Grammar,
  text: string,
  {
    timeoutMs = 10_000,
    wrap: [before, after] = ["", ""],
  }: { readonly timeoutMs?: number; readonly wrap?: readonly [string, string] } = {},
): { readonly root: TreeNode; readonly hasError: boolean } | undefined {
  if (text.length > maxSourceLength) return undefined;
  const [dialect] = grammar.dialects;
  const tree = parseTree(dialect, before + text + after, performance.now() + timeoutMs);
  if (tree === undefined) return undefined;
  try {
    return { root: nodesOf(dialect, tree), hasError: tree.rootNode.hasError };
  } finally {
    tree.delete();
  }
}

/** Preorder from the node table, with what only the S-expression tells: fields and labels. */
function nodesOf(dialect: Dialect, tree: Tree): TreeNode {
  const table = readTree(tree);
  const named = namedSymbols(dialect);
  const nodes: TreeNode[] = [];
  for (let i = 0; i < table.numNodes; i += 1) {
    const symbol = table.symbols[i]!;
    const type = dialect.types[symbol] ?? "ERROR";
    const isNamed = i === 0 || named[symbol] === 1;
    const [start, end] = [table.starts[i]!, table.ends[i]!];
    const node = { type, isNamed, field: undefined, label: "", start, end, children: [] };
    nodes.push(node);
    if (i > 0) nodes[table.parents[i]!]!.children.push(node);
  }
  addLabels(nodes, tree.rootNode.toString());
  return nodes[0]!;
}

/** `)`, or `(`, perhaps after a field, and what follows: a type, a missing token, a stray character. */
const printed =
  /(?:([A-Za-z_]\w*): )?\((MISSING ".+?"(?=\))|MISSING [^\s()]+|UNEXPECTED (?:'\\?.'|-?\w+)|[^\s()]+)|\)/gs;

/**
 * Named nodes are printed in preorder, and so are missing tokens. Those of them that are hidden are in
 * no node table, and get their node here.
 */
function addLabels(nodes: readonly TreeNode[], expression: string): void {
  let at = 0;
  const open: TreeNode[] = [];
  let last: TreeNode | undefined;
  for (const [, field, label] of expression.matchAll(printed)) {
    if (label === undefined) {
      last = open.pop();
      continue;
    }
    const missing = label.startsWith("MISSING ") ? label.slice(8).replace(/^"|"$/g, "") : "";
    const isIt = (node: TreeNode) =>
      missing === "" ? node.isNamed : node.type === missing && node.start === node.end;
    let next = at;
    while (next < nodes.length && !isIt(nodes[next]!) && !nodes[next]!.isNamed) next += 1;
    let node = nodes[next];
    if (node !== undefined && isIt(node)) at = next + 1;
    else node = addHidden(open.at(-1), last, missing);
    node.field = field;
    node.label = label;
    open.push(node);
    last = undefined;
  }
}

/** A hidden token that the parser put in, behind the sibling printed before it. */
function addHidden(
  parent: TreeNode | undefined,
  before: TreeNode | undefined,
  type: string,
): TreeNode {
  const place = before?.end ?? parent?.start ?? 0;
  const field = undefined;
  const node = { type, isNamed: false, field, label: "", start: place, end: place, children: [] };
  const index = before === undefined ? -1 : (parent?.children.indexOf(before) ?? -1);
  parent?.children.splice(index + 1, 0, node);
  return node;
}
