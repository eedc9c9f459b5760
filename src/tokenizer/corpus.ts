/** @file The words of a corpus as symbols that merge: one array, linked through token lengths. */
import type { WordCounts } from "./count-words.ts";
import type { PairTable } from "./pair-table.ts";

/** Between words; larger than any id. */
const separator = 0x7fffffff;
/** A byte inside a token. */
const inside = -0x80000000;

/**
 * All distinct words, one after the other. The first byte's place holds a token's id and the last
 * byte's `~id` (one byte: just the id), so that both neighbours are found without links.
 */
export class Corpus {
  readonly #symbols: Int32Array;
  readonly #wordOf: Int32Array;
  readonly #counts: Float64Array;
  readonly #pairs: PairTable;
  /** Bytes of each token, by id. */
  readonly #lengths: Int32Array;

  /**
   * @param byteIds token id of each byte
   * @param lengths bytes per token by id; entries of merged tokens are filled in by `merge`
   * @param pairs empty; receives every adjacent pair
   */
  constructor(
    { words, counts }: WordCounts,
    byteIds: Int32Array,
    lengths: Int32Array,
    pairs: PairTable,
  ) {
    const numPlaces = words.starts[words.size]! + words.size + 1;
    this.#symbols = new Int32Array(numPlaces).fill(separator);
    this.#wordOf = new Int32Array(numPlaces);
    this.#counts = counts;
    this.#pairs = pairs;
    this.#lengths = lengths;
    for (let word = 0; word < words.size; word++) {
      const start = words.starts[word]!;
      const end = words.starts[word + 1]!;
      for (let i = start; i < end; i++) {
        const place = i + word + 1;
        const id = byteIds[words.bytes[i]!]!;
        this.#symbols[place] = id;
        this.#wordOf[place] = word;
        if (i > start) this.#add(this.#symbols[place - 1]!, id, place - 1, counts[word]!);
      }
    }
  }

  /** Replace every `left right` at the given places, ascending, by `result`; keeps `pairs` up to date. */
  merge(left: number, right: number, result: number, places: Int32Array): void {
    const symbols = this.#symbols;
    const length = this.#lengths[left]! + this.#lengths[right]!;
    this.#lengths[result] = length;
    for (const place of places) {
      const second = place + this.#lengths[left]!;
      if (symbols[place] !== left || symbols[second] !== right) continue;
      const count = this.#counts[this.#wordOf[place]!]!;
      const before = symbols[place - 1]!;
      if (before !== separator) {
        const id = before < 0 ? ~before : before;
        this.#remove(id, left, count);
        this.#add(id, result, place - this.#lengths[id]!, count);
      }
      const after = symbols[place + length]!;
      if (after !== separator) {
        this.#remove(right, after, count);
        this.#add(result, after, place, count);
      }
      symbols[second] = inside;
      symbols[place] = result;
      symbols[place + length - 1] = ~result;
    }
  }

  #add(left: number, right: number, place: number, count: number): void {
    const pair = this.#pairs.intern(left, right);
    this.#pairs.counts[pair]! += count;
    this.#pairs.addPlace(pair, place);
  }

  #remove(left: number, right: number, count: number): void {
    const pair = this.#pairs.intern(left, right);
    this.#pairs.counts[pair]! -= count;
  }
}
