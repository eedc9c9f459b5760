/** @file Parsing within bounds of time and size, and the choice between a language's dialects. */
import type { Dialect, Grammar } from "./grammar.ts";
import type { NodeTable } from "./node-table.ts";
import { readTree } from "./tree-memory.ts";

/** Longer sources are not parsed: a tree takes some forty times the memory of its source. */
export const maxSourceLength = 1 << 23;

/** The default bound on one parse. */
export const defaultTimeoutMs = 10_000;

/** A source's nodes; the table is valid until the next parse. */
export interface ParsedSource {
  readonly dialect: Dialect;
  readonly nodes: NodeTable;
  readonly hasError: boolean;
}

/** Parse; undefined when the source is too long or the time is up. */
export function parseSource(
  grammar: Grammar,
  source: string,
  timeoutMs: number = defaultTimeoutMs,
): ParsedSource | undefined {
  if (source.length > maxSourceLength) return undefined;
  const deadline = performance.now() + timeoutMs;
  let best: ParsedSource | undefined;
  for (const dialect of grammar.dialects) {
    const parsed = parseWith(dialect, source, deadline, best !== undefined);
    if (parsed === undefined) break;
    best = parsed;
    if (!parsed.hasError) break;
  }
  return best;
}

function parseWith(
  dialect: Dialect,
  source: string,
  deadline: number,
  isSecond: boolean,
): ParsedSource | undefined {
  const tree = dialect.parser.parse(source, null, {
    progressCallback: () => performance.now() > deadline,
  });
  if (tree === null) {
    dialect.parser.reset();
    return undefined;
  }
  try {
    const hasError = tree.rootNode.hasError;
    if (isSecond && hasError) return undefined;
    return { dialect, nodes: readTree(tree), hasError };
  } finally {
    tree.delete();
  }
}
