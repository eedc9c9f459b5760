/** @file Applies merge rules to one word: lowest rank first, leftmost first among equals. */
import { type MergeTable, NO_RANK } from "./merge-table.ts";

/** A word as tokens, rewritten in place: the first `size` entries of both arrays count. */
export interface Symbols {
  size: number;
  /** Token ids. */
  ids: Int32Array;
  /** Bytes of text that each token covers. */
  lengths: Int32Array;
}

/** Up to this many symbols a linear search for the lowest rank beats a heap. */
const longWord = 48;

const scratchRanks = new Int32Array(longWord);

/** Merge until no adjacent pair has a rule. O(n log n) for long words. */
export function mergeSymbols(symbols: Symbols, merges: MergeTable): void {
  if (symbols.size <= longWord) mergeShort(symbols, merges);
  else mergeLong(symbols, merges);
}

function mergeShort(symbols: Symbols, merges: MergeTable): void {
  const { ids, lengths } = symbols;
  const ranks = scratchRanks;
  let pairs = symbols.size - 1;
  for (let i = 0; i < pairs; i++) ranks[i] = merges.rank(ids[i]!, ids[i + 1]!);
  for (;;) {
    let lowest = NO_RANK;
    let at = -1;
    for (let i = 0; i < pairs; i++) {
      if (ranks[i]! < lowest) {
        lowest = ranks[i]!;
        at = i;
      }
    }
    if (at < 0) break;
    ids[at] = merges.results[lowest]!;
    lengths[at] = lengths[at]! + lengths[at + 1]!;
    pairs--;
    for (let i = at + 1; i <= pairs; i++) {
      ids[i] = ids[i + 1]!;
      lengths[i] = lengths[i + 1]!;
      ranks[i] = ranks[i + 1]!;
    }
    if (at > 0) ranks[at - 1] = merges.rank(ids[at - 1]!, ids[at]!);
    if (at < pairs) ranks[at] = merges.rank(ids[at]!, ids[at + 1]!);
  }
  symbols.size = pairs + 1;
}

/** A linked list of live symbols and a heap of (rank, place); entries that no longer hold are skipped. */
function mergeLong(symbols: Symbols, merges: MergeTable): void {
  const { ids, lengths, size } = symbols;
  const next = new Int32Array(size);
  const previous = new Int32Array(size);
  for (let i = 0; i < size; i++) {
    next[i] = i + 1;
    previous[i] = i - 1;
  }
  const ranks = new Int32Array(size).fill(NO_RANK);
  // a pop removes one entry, a merge adds at most two and removes a symbol
  const heap = createHeap(size * 2);
  // exact in a double: ranks stay below 2^22 and sizes below 2^31
  const rate = (at: number, other: number) => {
    const rank = merges.rank(ids[at]!, ids[other]!);
    ranks[at] = rank;
    if (rank !== NO_RANK) heap.push(rank * size + at);
  };
  for (let i = 0; i + 1 < size; i++) rate(i, i + 1);
  for (let top = heap.pop(); top >= 0; top = heap.pop()) {
    const rank = Math.floor(top / size);
    const at = top - rank * size;
    if (ranks[at] !== rank) continue;
    const dead = next[at]!;
    const after = next[dead]!;
    ids[at] = merges.results[rank]!;
    lengths[at] = lengths[at]! + lengths[dead]!;
    ids[dead] = -1;
    ranks[dead] = NO_RANK;
    ranks[at] = NO_RANK;
    next[at] = after;
    if (after < size) {
      previous[after] = at;
      rate(at, after);
    }
    if (previous[at]! >= 0) rate(previous[at]!, at);
  }
  compact(symbols);
}

function compact(symbols: Symbols): void {
  const { ids, lengths } = symbols;
  let kept = 0;
  for (let i = 0; i < symbols.size; i++) {
    if (ids[i] === -1) continue;
    ids[kept] = ids[i]!;
    lengths[kept++] = lengths[i]!;
  }
  symbols.size = kept;
}

interface Heap {
  push(key: number): void;
  /** The smallest key, or -1 when empty. */
  pop(): number;
}

/** A binary min-heap of non-negative numbers with room for `capacity` of them. */
function createHeap(capacity: number): Heap {
  const keys = new Float64Array(capacity);
  let size = 0;
  return {
    push(key) {
      let hole = size++;
      while (hole > 0) {
        const parent = (hole - 1) >> 1;
        if (keys[parent]! <= key) break;
        keys[hole] = keys[parent]!;
        hole = parent;
      }
      keys[hole] = key;
    },
    pop() {
      if (size === 0) return -1;
      const top = keys[0]!;
      const last = keys[--size]!;
      let hole = 0;
      for (;;) {
        let child = hole * 2 + 1;
        if (child >= size) break;
        if (child + 1 < size && keys[child + 1]! < keys[child]!) child++;
        if (keys[child]! >= last) break;
        keys[hole] = keys[child]!;
        hole = child;
      }
      keys[hole] = last;
      return top;
    },
  };
}
