/** @file A syntax tree as flat arrays in preorder: read once, then free of the WebAssembly border. */

/** The visible nodes of a tree in preorder; node i's descendants are i + 1 ... next[i] - 1. */
export interface NodeTable {
  numNodes: number;
  symbols: Uint16Array;
  /** UTF-16 offsets. */
  starts: Int32Array;
  ends: Int32Array;
  /** The first node after this one that is not its descendant; i + 1 for a leaf. */
  next: Int32Array;
  /** -1 for the root. */
  parents: Int32Array;
  /** start, end of what the parser skipped, or put in at an empty range, to mend the source. */
  errors: number[];
}

/** Tables are reused from file to file; one with more nodes than this is let go after use. */
const keptNodes = 1 << 20;

let kept = allocate(1 << 12);

/** The table of the last call, or a larger one: what was in it is lost. */
export function reuseTable(numNodes: number): NodeTable {
  if (kept.symbols.length >= numNodes) return kept;
  const table = allocate(Math.max(numNodes, 2 * kept.symbols.length));
  if (numNodes <= keptNodes) kept = table;
  return table;
}

function allocate(capacity: number): NodeTable {
  return {
    numNodes: 0,
    symbols: new Uint16Array(capacity),
    starts: new Int32Array(capacity),
    ends: new Int32Array(capacity),
    next: new Int32Array(capacity),
    parents: new Int32Array(capacity),
    errors: [],
  };
}
