/** @file The leaves of a tree: tokens, and which of them are identifiers. */
import { type Grammar, role } from "./grammar.ts";
import type { ParsedSource } from "./parse.ts";
import { typeOf } from "./syntax-tree.ts";

/** Tokens in order, comments left out; a literal without code inside is one token. */
export interface LeafTokens {
  readonly hasError: boolean;
  /** False: the source is too long, or the time was up; then there are no tokens. */
  readonly isComplete: boolean;
  /** start, end pairs of UTF-16 offsets, ascending. */
  readonly ranges: Int32Array;
  /** One per token: 1 for an identifier. */
  readonly isIdentifier: Uint8Array;
}

/** The tokens as they stand in the source they were collected from. */
export function leafTexts(source: string, { ranges, isIdentifier }: LeafTokens): string[] {
  return Array.from(isIdentifier, (_, i) => source.slice(ranges[2 * i], ranges[2 * i + 1]));
}

let ranges = new Int32Array(1 << 12);
let flags = new Uint8Array(1 << 11);

/** Collect the leaves; `skipped` are nodes left out with all inside them. */
export function collectLeaves(
  grammar: Grammar,
  tree: ParsedSource,
  source: string,
  skipped?: ReadonlySet<number>,
): LeafTokens {
  const { roles } = tree.dialect;
  const { numNodes, symbols, starts, ends, next } = tree.nodes;
  let count = 0;
  let identifier = -1;
  for (let i = 0; i < numNodes; ) {
    const bits = roles[symbols[i]!]!;
    const after = next[i]!;
    if (bits & role.comment || skipped?.has(i)) {
      i = after;
      continue;
    }
    const isLeaf = after === i + 1;
    if (!isLeaf) {
      // a literal that holds no identifier is one token; the next identifier is sought only once
      if (bits & role.literal && identifier <= i) identifier = nextIdentifier(tree, i);
      if (!(bits & role.literal) || identifier < after) {
        i += 1;
        continue;
      }
    }
    if (ends[i]! > starts[i]!) {
      if (2 * count === ranges.length) growBuffers();
      ranges[2 * count] = starts[i]!;
      ranges[2 * count + 1] = ends[i]!;
      flags[count] = 0;
      if (bits & role.identifier && isLeaf) markIdentifier(grammar, tree, source, i, count);
      count += 1;
    }
    i = after;
  }
  return {
    hasError: tree.hasError,
    isComplete: true,
    ranges: ranges.slice(0, 2 * count),
    isIdentifier: flags.slice(0, count),
  };
}

/** Flag a token as identifier unless it is a reserved word; cut its affixes. */
function markIdentifier(
  { reservedWords, syntax }: Grammar,
  tree: ParsedSource,
  source: string,
  node: number,
  token: number,
): void {
  const { roles } = tree.dialect;
  const { symbols, starts, ends, parents } = tree.nodes;
  const bits = roles[symbols[node]!]!;
  const start = starts[node]!;
  const isFree = ((bits | roles[symbols[parents[node]!] ?? 0]!) & role.free) !== 0;
  flags[token] = reservedWords.hasRange(source, isFree ? start - 1 : start, ends[node]!) ? 0 : 1;
  if (bits & role.affixed) {
    const [before, after] = syntax.affixes![typeOf(tree, node)]!;
    ranges[2 * token] = start + before;
    ranges[2 * token + 1] = Math.max(start + before, ends[node]! - after);
  }
}

/** The first identifier behind a node; the number of nodes when there is none. */
function nextIdentifier({ dialect, nodes }: ParsedSource, node: number): number {
  let i = node + 1;
  while (i < nodes.numNodes && (dialect.roles[nodes.symbols[i]!]! & role.identifier) === 0) i += 1;
  return i;
}

function growBuffers(): void {
  const longer = new Int32Array(ranges.length * 2);
  longer.set(ranges);
  ranges = longer;
  const more = new Uint8Array(flags.length * 2);
  more.set(flags);
  flags = more;
}

/** The identifiers among tokens, as start, end pairs. */
export function identifiersOf({ ranges, isIdentifier }: LeafTokens): Int32Array {
  let count = 0;
  const pairs = new Int32Array(2 * isIdentifier.reduce((sum, flag) => sum + flag, 0));
  for (let i = 0; i < isIdentifier.length; i += 1) {
    if (isIdentifier[i] === 0) continue;
    pairs[count] = ranges[2 * i]!;
    pairs[count + 1] = ranges[2 * i + 1]!;
    count += 2;
  }
  return pairs;
}

/** The index of the first pair that starts at or after `position`, in pairs. */
export function firstPairFrom(pairs: Int32Array, position: number): number {
  let low = 0;
  let high = pairs.length / 2;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (pairs[2 * middle]! < position) low = middle + 1;
    else high = middle;
  }
  return low;
}
