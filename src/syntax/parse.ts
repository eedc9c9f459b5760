/** @file Parsing within bounds of time and size; the choice between a language's dialects. */
import type { Tree } from "web-tree-sitter";
import type { Dialect, Grammar } from "./grammar.ts";
import type { NodeTable } from "./node-table.ts";
import { readTree } from "./tree-memory.ts";

/** Longer sources are not parsed, in UTF-16 units: trees of hostile ones take some 250 bytes a unit. */
export const maxSourceLength = 1 << 21;

/** A source's nodes; the table is valid until the next parse. */
export interface ParsedSource {
  readonly dialect: Dialect;
  readonly nodes: NodeTable;
  readonly hasError: boolean;
}

/** Bounds and ways of parsing. */
export interface ParseOptions {
  /** Milliseconds for all attempts together. */
  readonly timeoutMs?: number;
  /** The source need not be a whole file: with errors, the language's `wraps` are tried as well. */
  readonly isSnippet?: boolean;
}

interface Attempt {
  readonly dialect: Dialect;
  readonly before: string;
  readonly tree: Tree;
}

/**
 * Parse; undefined when the source is too long or the time is up.
 * The first dialect and wrap without errors is taken, the very first when all have some.
 */
export function parseSource(
  grammar: Grammar,
  source: string,
  { timeoutMs = 10_000, isSnippet = false }: ParseOptions = {},
): ParsedSource | undefined {
  if (source.length > maxSourceLength) return undefined;
  const best = bestAttempt(grammar, source, performance.now() + timeoutMs, isSnippet);
  if (best === undefined) return undefined;
  const { dialect, before, tree } = best;
  try {
    const nodes = readTree(tree);
    if (before !== "" || tree.rootNode.endIndex > source.length) {
      unwrap(nodes, before.length, source.length);
    }
    return { dialect, nodes, hasError: tree.rootNode.hasError };
  } finally {
    tree.delete();
  }
}

function bestAttempt(
  { syntax, dialects }: Grammar,
  source: string,
  deadline: number,
  isSnippet: boolean,
): Attempt | undefined {
  const { opening, wraps = [] } = syntax;
  const ahead = opening !== undefined && !opening.unless.test(source) ? opening.text : "";
  let best: Attempt | undefined;
  for (const [open, close] of [unwrapped, ...(isSnippet ? wraps : [])]) {
    for (const dialect of dialects) {
      const before = ahead + open;
      const tree = parseTree(dialect, before + source + close, deadline);
      if (tree === undefined) return best;
      if (!tree.rootNode.hasError) {
        best?.tree.delete();
        return { dialect, before, tree };
      }
      if (best === undefined) best = { dialect, before, tree };
      else tree.delete();
    }
  }
  return best;
}

const unwrapped = ["", ""] as const;

/** Parse a text; undefined when the deadline, in milliseconds of `performance.now`, passes first. */
export function parseTree({ parser }: Dialect, text: string, deadline: number): Tree | undefined {
  const progressCallback = () => performance.now() > deadline;
  const tree = parser.parse(text, null, { progressCallback });
  if (tree !== null) return tree;
  // else the next parse would go on with this one
  parser.reset();
  return undefined;
}

/** Positions in the source itself; what lies in the wrap becomes empty. */
function unwrap(nodes: NodeTable, before: number, length: number): void {
  const inside = (position: number) => Math.min(Math.max(position - before, 0), length);
  for (let i = 0; i < nodes.numNodes; i += 1) {
    nodes.starts[i] = inside(nodes.starts[i]!);
    nodes.ends[i] = inside(nodes.ends[i]!);
  }
  nodes.errors = nodes.errors.map(inside);
}
