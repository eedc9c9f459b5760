/** @file Finds copies among millions of functions: exact ones by digest, near ones by MinHash bands. */
import { setImmediate as breathe } from "node:timers/promises";
import type { Sketches } from "./sketch-files.ts";

/** Which functions stay. */
export interface Deduplication {
  /** Per function, 1 when it stays. */
  readonly isKept: Uint8Array;
  /** Per function, the first of its set of copies. */
  readonly setOf: Uint32Array;
  /** Functions whose tokens are those of an earlier one. */
  readonly numExact: number;
  /** Functions left out because they share most of their 5-grams of tokens with another. */
  readonly numNear: number;
  /** Bands and bytes per band of the search. */
  readonly bands: number;
  readonly rows: number;
}

/** Functions in one bucket that are compared with a newcomer. */
const maxCompared = 32;
/** Probability that a pair just at the threshold meets in a band. */
const minRecall = 0.99;

/**
 * Keep one function of every set of copies: the first with a docstring, else the first. Sets grow
 * along chains: a copy of a copy is a copy. Memory is about 20 bytes a function beside the sketches.
 * Two functions are compared when all bytes of a band of their signatures agree (Leskovec, Rajaraman
 * and Ullman, Mining of Massive Datasets, §3.4); the number of bands is the least that lets a pair
 * at the threshold meet with probability 0.99.
 * @param threshold share of 5-grams in common, estimated from the signatures (standard deviation
 *   about 0.05), at which two functions are copies
 * @returns undefined when the signal stopped it
 */
export async function deduplicate(
  sketches: Sketches,
  threshold: number,
  signal?: AbortSignal,
): Promise<Deduplication | undefined> {
  const { numFunctions, signatureLength } = sketches;
  const sets = disjointSets(numFunctions);
  const isFirst = new Uint8Array(numFunctions);
  const numExact = uniteEqualDigests(sketches, sets, isFirst);
  const rows = rowsOfBand(threshold, signatureLength);
  const bands = Math.floor(signatureLength / rows);
  const least = Math.ceil(signatureLength * (threshold * (255 / 256) + 1 / 256));
  const slots = tableFor(numFunctions);
  const next = new Uint32Array(numFunctions);
  for (let band = 0; band < bands; band++) {
    const place = { offset: band * rows, rows, least, slots: slots.fill(0), next };
    uniteInBand(sketches, place, isFirst, sets);
    await breathe();
    if (signal?.aborted) return undefined;
  }
  const isKept = chooseOfSets(sketches, sets);
  const numKept = isKept.reduce((total, kept) => total + kept, 0);
  const setOf = Uint32Array.from({ length: numFunctions }, (_, i) => sets.find(i));
  return { isKept, setOf, numExact, numNear: numFunctions - numKept - numExact, bands, rows };
}

/** The longest bands that still let a pair at the threshold meet with {@link minRecall}. */
function rowsOfBand(threshold: number, signatureLength: number): number {
  let rows = 1;
  for (let more = 2; more <= signatureLength; more++) {
    const recall = 1 - (1 - threshold ** more) ** Math.floor(signatureLength / more);
    if (recall >= minRecall) rows = more;
  }
  return rows;
}

interface DisjointSets {
  find(item: number): number;
  unite(a: number, b: number): void;
}

/** Sets named by their smallest member. */
function disjointSets(size: number): DisjointSets {
  const parents = new Uint32Array(size);
  for (let i = 0; i < size; i++) parents[i] = i;
  const find = (item: number) => {
    let at = item;
    while (parents[at] !== at) {
      parents[at] = parents[parents[at]!]!;
      at = parents[at]!;
    }
    return at;
  };
  const unite = (a: number, b: number) => {
    const [rootA, rootB] = [find(a), find(b)];
    if (rootA < rootB) parents[rootB] = rootA;
    else parents[rootA] = rootB;
  };
  return { find, unite };
}

/** Slots of a hash table for this many entries: a power of two, at most half full. */
function tableFor(numEntries: number): Uint32Array<ArrayBuffer> {
  return new Uint32Array(2 ** Math.ceil(Math.log2(Math.max(4, numEntries * 2))));
}

function uniteEqualDigests(
  { numFunctions, digests }: Sketches,
  sets: DisjointSets,
  isFirst: Uint8Array,
): number {
  const slots = tableFor(numFunctions);
  const mask = slots.length - 1;
  let numExact = 0;
  for (let i = 0; i < numFunctions; i++) {
    let slot = digests[2 * i]! & mask;
    for (;;) {
      const entry = slots[slot]!;
      if (entry === 0) {
        slots[slot] = i + 1;
        isFirst[i] = 1;
        break;
      }
      const other = entry - 1;
      const isEqual =
        digests[2 * other] === digests[2 * i] && digests[2 * other + 1] === digests[2 * i + 1];
      if (isEqual) {
        sets.unite(i, other);
        numExact++;
        break;
      }
      slot = (slot + 1) & mask;
    }
  }
  return numExact;
}

interface Band {
  /** First byte of the band in a signature, and their number. */
  readonly offset: number;
  readonly rows: number;
  /** Bytes of whole signatures that agree in copies. */
  readonly least: number;
  /** Per bucket the newest function plus one, 0 when empty. */
  readonly slots: Uint32Array;
  /** Per function an older one of its bucket, plus one; those of one bucket are no copies. */
  readonly next: Uint32Array;
}

function uniteInBand(
  sketches: Sketches,
  { offset, rows, least, slots, next }: Band,
  isFirst: Uint8Array,
  sets: DisjointSets,
): void {
  const { numFunctions, signatures, signatureLength } = sketches;
  const mask = slots.length - 1;
  for (let i = 0; i < numFunctions; i++) {
    if (isFirst[i] === 0) continue;
    const at = i * signatureLength + offset;
    let slot = hashBytes(signatures, at, rows) & mask;
    while (slots[slot] !== 0) {
      const other = (slots[slot]! - 1) * signatureLength + offset;
      if (agree(signatures, at, other, rows)) break;
      slot = (slot + 1) & mask;
    }
    let isCopy = false;
    let numCompared = 0;
    for (let entry = slots[slot]!; entry !== 0 && !isCopy; entry = next[entry - 1]!) {
      if (numCompared++ === maxCompared) break;
      const j = entry - 1;
      isCopy = sets.find(i) === sets.find(j) || numEqual(sketches, i, j) >= least;
      if (isCopy) sets.unite(i, j);
    }
    if (isCopy) continue;
    next[i] = slots[slot]!;
    slots[slot] = i + 1;
  }
}

function hashBytes(bytes: Uint8Array, start: number, length: number): number {
  let hash = 0x811c9dc5;
  for (let i = start; i < start + length; i++) hash = Math.imul(hash ^ bytes[i]!, 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 15), 0x85ebca6b);
  return hash ^ (hash >>> 13);
}

function agree(bytes: Uint8Array, a: number, b: number, length: number): boolean {
  for (let i = 0; i < length; i++) if (bytes[a + i] !== bytes[b + i]) return false;
  return true;
}

function numEqual({ signatures, signatureLength }: Sketches, a: number, b: number): number {
  const [startA, startB] = [a * signatureLength, b * signatureLength];
  let equal = 0;
  for (let i = 0; i < signatureLength; i++) {
    if (signatures[startA + i] === signatures[startB + i]) equal++;
  }
  return equal;
}

/** One member of every set: the first with a docstring, else the first. */
function chooseOfSets(
  { numFunctions, hasDocstring }: Sketches,
  sets: DisjointSets,
): Uint8Array<ArrayBuffer> {
  const isKept = new Uint8Array(numFunctions);
  const isSettled = new Uint8Array(numFunctions);
  for (let i = 0; i < numFunctions; i++) {
    const set = sets.find(i);
    if (hasDocstring[i] === 0 || isSettled[set] === 1) continue;
    isSettled[set] = 1;
    isKept[i] = 1;
  }
  for (let i = 0; i < numFunctions; i++) {
    if (isSettled[i] === 0 && sets.find(i) === i) isKept[i] = 1;
  }
  return isKept;
}
