/**
 * @file Trees read where tree-sitter keeps them, in WebAssembly memory that we own: one border
 * crossing per tree instead of four per node. Layouts: `Subtree`, `SubtreeHeapData` (lib/src/subtree.h),
 * `TSTree` (tree.h) and `TSLanguage` (parser.h) as web-tree-sitter 0.27.1 compiles them, 32-bit.
 */
import { Parser, type Tree } from "web-tree-sitter";
import { type NodeTable, reuseTable } from "./node-table.ts";

/** The part of WebAssembly used here; TypeScript declares it only among the browser's types. */
interface WebAssemblyApi {
  Memory: new (limits: { initial: number; maximum: number }) => { readonly buffer: ArrayBuffer };
}
const webAssembly = (globalThis as unknown as { WebAssembly: WebAssemblyApi }).WebAssembly;

/** Pages of 64 KiB: the module imports a memory of at most 32,768. */
const memory = new webAssembly.Memory({ initial: 512, maximum: 32_768 });

let words = new Int32Array(memory.buffer);
let halves = new Uint16Array(memory.buffer);

let started: Promise<void> | undefined;

/** Start tree-sitter, once, in the memory read here. */
export function startTreeSitter(): Promise<void> {
  started ??= Parser.init({ wasmMemory: memory });
  return started;
}

/** Words of `TSTree`: the root subtree, of two words, then the language. */
const treeLanguage = 2;
/** Words of `TSLanguage`, and the half that holds the length of an alias sequence. */
const language = { aliasSequences: 21, maxAliasLengthHalf: 18 } as const;
/** Words of `SubtreeHeapData`; its children, two words each, end where it begins. */
const heap = {
  padding: 1,
  size: 4,
  numChildren: 9,
  symbol: 10,
  bits: 11,
  numVisibleChildren: 12,
  numVisibleDescendants: 14,
  productionHalf: 33,
} as const;
const heapBit = { visible: 1, extra: 4, missing: 512 } as const;
/** `SubtreeInlineData`: bit 0 tells it from a pointer. */
const inlineBit = { visible: 2, extra: 8, missing: 32 } as const;
/** Words. */
const subtreeSize = 2;
/** The symbol of skipped source, in every grammar. */
const errorSymbol = 0xffff;
const frameSize = 5;

let frames = new Int32Array(frameSize << 8);

/**
 * All visible nodes of a tree, as a table that stays valid until the next call.
 * Iterative: the depth of the tree costs heap, not stack.
 */
export function readTree(tree: Tree): NodeTable {
  if (words.buffer !== memory.buffer) {
    words = new Int32Array(memory.buffer);
    halves = new Uint16Array(memory.buffer);
  }
  // a node's id is the address of its subtree; the root's is the first field of the tree
  const root = tree.rootNode.id >> 2;
  const grammar = words[root + treeLanguage]! >> 2;
  readSubtree(root, 0);
  const table = reuseTable(at.inner === 0 ? 1 : words[at.inner + heap.numVisibleDescendants]! + 1);
  table.numNodes = fill(table, root, grammar);
  return table;
}

/** The subtree last read. */
const at = {
  symbol: 0,
  isVisible: false,
  isExtra: false,
  isMissing: false,
  start: 0,
  end: 0,
  inner: 0,
};

/** Read the subtree at a word: small leaves lie inline, others on the heap. */
function readSubtree(word: number, position: number): void {
  const head = words[word]!;
  at.inner = 0;
  if (head & 1) {
    const sizes = words[word + 1]!;
    at.isVisible = (head & inlineBit.visible) !== 0;
    at.isExtra = (head & inlineBit.extra) !== 0;
    at.isMissing = (head & inlineBit.missing) !== 0;
    at.symbol = (head >>> 8) & 0xff;
    at.start = position + ((sizes >>> 16) & 0xff);
    at.end = at.start + (sizes >>> 24);
    return;
  }
  const subtree = head >> 2;
  const bits = words[subtree + heap.bits]!;
  at.isVisible = (bits & heapBit.visible) !== 0;
  at.isExtra = (bits & heapBit.extra) !== 0;
  at.isMissing = (bits & heapBit.missing) !== 0;
  at.symbol = words[subtree + heap.symbol]! & 0xffff;
  at.start = position + words[subtree + heap.padding]!;
  at.end = at.start + words[subtree + heap.size]!;
  if (words[subtree + heap.numChildren]! > 0 && words[subtree + heap.numVisibleChildren]! > 0) {
    at.inner = subtree;
  }
}

/** Preorder over the subtrees; hidden ones are entered but not listed, aliases rename children. */
function fill(table: NodeTable, root: number, grammar: number): number {
  const aliasBase = words[grammar + language.aliasSequences]! >> 1;
  const aliasLength = halves[2 * grammar + language.maxAliasLengthHalf]!;
  table.errors = [];
  let count = 0;
  let depth = 0;
  // the open subtree: its children still to come, their aliases, the listed node around them
  let child = root;
  let last = root + subtreeSize;
  let aliases = 0;
  let owner = -1;
  let position = 0;
  for (;;) {
    if (child === last) {
      if (depth === 0) return count;
      depth -= frameSize;
      const closed = frames[depth + 4]!;
      if (closed >= 0) table.next[closed] = count;
      child = frames[depth]!;
      last = frames[depth + 1]!;
      aliases = frames[depth + 2]!;
      owner = frames[depth + 3]!;
      continue;
    }
    readSubtree(child, position);
    child += subtreeSize;
    if (at.isMissing || at.symbol === errorSymbol) table.errors.push(at.start >> 1, at.end >> 1);
    const alias = aliases === 0 || at.isExtra ? 0 : halves[aliases++]!;
    const isListed = at.isVisible || alias !== 0 || count === 0;
    if (isListed) list(table, count, alias || at.symbol, owner);
    position = at.inner === 0 ? at.end : position;
    if (at.inner !== 0) {
      if (depth === frames.length) growFrames();
      frames[depth] = child;
      frames[depth + 1] = last;
      frames[depth + 2] = aliases;
      frames[depth + 3] = owner;
      frames[depth + 4] = isListed ? count : -1;
      depth += frameSize;
      const production = halves[2 * at.inner + heap.productionHalf]!;
      aliases = production === 0 ? 0 : aliasBase + production * aliasLength;
      child = at.inner - subtreeSize * words[at.inner + heap.numChildren]!;
      last = at.inner;
      if (isListed) owner = count;
    }
    if (isListed) count += 1;
  }
}

function list(table: NodeTable, index: number, symbol: number, owner: number): void {
  table.symbols[index] = symbol;
  // positions are bytes of UTF-16
  table.starts[index] = at.start >> 1;
  table.ends[index] = at.end >> 1;
  table.parents[index] = owner;
  table.next[index] = index + 1;
}

function growFrames(): void {
  const more = new Int32Array(frames.length * 2);
  more.set(frames);
  frames = more;
}
