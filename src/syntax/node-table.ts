/** @file A syntax tree as flat arrays in preorder: read once, then free of the WebAssembly border. */
import type { Tree } from "web-tree-sitter";

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
  /** 1: the parser put the node in to mend the source. */
  isMissing: Uint8Array;
}

/** Node tables are reused; one larger than this is let go after use. */
const keptNodes = 1 << 21;

let shared = allocate(1 << 12);

function allocate(capacity: number): NodeTable {
  return {
    numNodes: 0,
    symbols: new Uint16Array(capacity),
    starts: new Int32Array(capacity),
    ends: new Int32Array(capacity),
    next: new Int32Array(capacity),
    parents: new Int32Array(capacity),
    isMissing: new Uint8Array(capacity),
  };
}

function grow(table: NodeTable): NodeTable {
  const larger = allocate(table.symbols.length * 2);
  larger.symbols.set(table.symbols);
  larger.starts.set(table.starts);
  larger.ends.set(table.ends);
  larger.next.set(table.next);
  larger.parents.set(table.parents);
  larger.isMissing.set(table.isMissing);
  return larger;
}

/** The tree as arrays that stay valid until the next call. Iterative: depth costs no stack. */
export function tabulate(tree: Tree): NodeTable {
  let table = shared.symbols.length > keptNodes ? allocate(1 << 12) : shared;
  const cursor = tree.walk();
  let count = 0;
  let parent = -1;
  try {
    for (let isInside = true; isInside; ) {
      if (count === table.symbols.length) table = grow(table);
      const start = cursor.startIndex;
      const end = cursor.endIndex;
      table.symbols[count] = cursor.nodeTypeId;
      table.starts[count] = start;
      table.ends[count] = end;
      table.parents[count] = parent;
      table.isMissing[count] = start === end && cursor.nodeIsMissing ? 1 : 0;
      count += 1;
      if (cursor.gotoFirstChild()) {
        parent = count - 1;
        continue;
      }
      table.next[count - 1] = count;
      while (!cursor.gotoNextSibling()) {
        if (!cursor.gotoParent()) {
          isInside = false;
          break;
        }
        table.next[parent] = count;
        parent = table.parents[parent]!;
      }
    }
  } finally {
    cursor.delete();
  }
  table.numNodes = count;
  shared = table;
  return table;
}
