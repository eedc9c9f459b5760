/** @file Words to tokens: merges applied to bytes, with a bounded cache of the words seen. */
import { mergeSymbols, type Symbols } from "./merge.ts";
import type { MergeTable } from "./merge-table.ts";
import { WordTable } from "./word-table.ts";

/** Longer words are rare and would fill the cache. */
const maxCachedBytes = 128;
/** The cache is emptied when it holds this many words, or tokens. */
const maxCachedWords = 1 << 16;
const maxCachedTokens = 1 << 19;
/** Arrays for one word above this size are dropped after use. */
const maxKeptSymbols = 1 << 16;

/** What a vocabulary says of single bytes. */
export interface ByteModel {
  /** Id of each byte's symbol; -1 when the vocabulary lacks it. */
  readonly byteIds: Int32Array;
  /** Id for bytes without a symbol; -1 leaves them out. */
  readonly unknownId: number;
  /** Adjacent unknown bytes become one token. */
  readonly fuseUnknown: boolean;
}

/** What a byte-pair model needs to encode a word. */
export interface WordModel {
  readonly merges: MergeTable;
  /** Writes a word's first symbols, at most one per byte. */
  readonly fill: (word: Symbols, bytes: Uint8Array, start: number, end: number) => void;
  /** The whole word's id when it is a token that merges need not reach, else -1. */
  readonly wholeWord?: (bytes: Uint8Array, start: number, end: number) => number;
}

/**
 * Encodes words one at a time. The tokens of the last word are
 * `ids[from..to)`, each covering `lengths[...]` bytes; they hold until the next call.
 */
export class WordEncoder {
  ids: Int32Array;
  lengths: Int32Array;
  from = 0;
  to = 0;
  readonly #model: WordModel;
  readonly #seen = new WordTable();
  readonly #seenStarts = new Int32Array(maxCachedWords + 1);
  #seenIds = new Int32Array(1 << 14);
  #seenLengths = new Int32Array(1 << 14);
  #word: Symbols = { size: 0, ids: new Int32Array(256), lengths: new Int32Array(256) };

  constructor(model: WordModel) {
    this.#model = model;
    this.ids = this.#seenIds;
    this.lengths = this.#seenLengths;
  }

  /** Encode the word `bytes[start..end)`, at least one byte. */
  encode(bytes: Uint8Array, start: number, end: number): void {
    if (end - start > maxCachedBytes) {
      this.#merge(bytes, start, end);
      this.#expose(this.#word.ids, this.#word.lengths, 0, this.#word.size);
      return;
    }
    const known = this.#seen.size;
    const index = this.#seen.intern(bytes, start, end);
    if (index === known) this.#remember(index, bytes, start, end);
    const starts = this.#seenStarts;
    this.#expose(this.#seenIds, this.#seenLengths, starts[index]!, starts[index + 1]!);
    if (this.#seen.size === maxCachedWords || starts[this.#seen.size]! > maxCachedTokens) {
      this.#seen.clear();
    }
  }

  #expose(ids: Int32Array, lengths: Int32Array, from: number, to: number): void {
    this.ids = ids;
    this.lengths = lengths;
    this.from = from;
    this.to = to;
  }

  #remember(index: number, bytes: Uint8Array, start: number, end: number): void {
    this.#merge(bytes, start, end);
    const { ids, lengths, size } = this.#word;
    const from = this.#seenStarts[index]!;
    if (from + size > this.#seenIds.length) {
      this.#seenIds = doubled(this.#seenIds);
      this.#seenLengths = doubled(this.#seenLengths);
    }
    for (let i = 0; i < size; i++) {
      this.#seenIds[from + i] = ids[i]!;
      this.#seenLengths[from + i] = lengths[i]!;
    }
    this.#seenStarts[index + 1] = from + size;
  }

  #merge(bytes: Uint8Array, start: number, end: number): void {
    this.#reserve(end - start);
    const whole = this.#model.wholeWord?.(bytes, start, end) ?? -1;
    const word = this.#word;
    if (whole >= 0) {
      word.ids[0] = whole;
      word.lengths[0] = end - start;
      word.size = 1;
      return;
    }
    this.#model.fill(word, bytes, start, end);
    if (word.size > 1) mergeSymbols(word, this.#model.merges);
  }

  #reserve(size: number): void {
    const capacity = this.#word.ids.length;
    if (size <= capacity && (capacity <= maxKeptSymbols || size > maxKeptSymbols)) return;
    const length = Math.max(size, 256);
    this.#word = { size: 0, ids: new Int32Array(length), lengths: new Int32Array(length) };
  }
}

function doubled(array: Int32Array): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(array.length * 2);
  larger.set(array);
  return larger;
}

/** One symbol per byte; a byte without symbol or unknown token is counted to its neighbour. */
export function fillBytes(
  word: Symbols,
  model: ByteModel,
  bytes: Uint8Array,
  start: number,
  end: number,
): void {
  const { ids, lengths } = word;
  const { byteIds, unknownId, fuseUnknown } = model;
  let size = 0;
  let skipped = 0;
  let afterUnknown = false;
  for (let i = start; i < end; i++) {
    const id = byteIds[bytes[i]!]!;
    const isUnknown = id < 0;
    const joinsPrevious = isUnknown && (unknownId < 0 || (fuseUnknown && afterUnknown));
    if (joinsPrevious && size > 0) lengths[size - 1]!++;
    else if (joinsPrevious) skipped++;
    else {
      ids[size] = isUnknown ? unknownId : id;
      lengths[size++] = 1 + skipped;
      skipped = 0;
    }
    afterUnknown = isUnknown;
  }
  word.size = size;
}
