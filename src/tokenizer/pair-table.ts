/** @file Adjacent pairs of a corpus under training: counts, and lists of where they occur. */
import { hashPair } from "./merge-table.ts";

const none = -1;

/**
 * Pairs numbered in order of arrival, each with a count and a list of places. Lists share one pool of
 * nodes; those of a merged pair are used again.
 */
export class PairTable {
  size = 0;
  lefts = new Int32Array(1 << 12);
  rights = new Int32Array(1 << 12);
  /** Weighted occurrences; not reset when the pair is merged. */
  counts = new Float64Array(1 << 12);
  #heads = new Int32Array(1 << 12);
  #tails = new Int32Array(1 << 12);
  #slots = new Int32Array(1 << 13);
  #places = new Int32Array(1 << 12);
  #next = new Int32Array(1 << 12);
  #numNodes = 0;
  #free = none;

  /** Number of a pair, added with count 0 when new. */
  intern(left: number, right: number): number {
    const mask = this.#slots.length - 1;
    let slot = hashPair(left, right) & mask;
    for (let entry = this.#slots[slot]!; entry !== 0; entry = this.#slots[slot]!) {
      if (this.lefts[entry - 1] === left && this.rights[entry - 1] === right) return entry - 1;
      slot = (slot + 1) & mask;
    }
    const pair = this.size++;
    this.#slots[slot] = pair + 1;
    this.lefts[pair] = left;
    this.rights[pair] = right;
    this.#heads[pair] = none;
    if (this.size === this.lefts.length) this.#growPairs();
    return pair;
  }

  /** Append a place to a pair's list. */
  addPlace(pair: number, place: number): void {
    const node = this.#newNode();
    this.#places[node] = place;
    this.#next[node] = none;
    if (this.#heads[pair] === none) this.#heads[pair] = node;
    else this.#next[this.#tails[pair]!] = node;
    this.#tails[pair] = node;
  }

  /** The places of a pair in the order of arrival; its list is empty afterwards. */
  takePlaces(pair: number): Int32Array {
    const head = this.#heads[pair]!;
    let length = 0;
    for (let node = head; node !== none; node = this.#next[node]!) length++;
    const places = new Int32Array(length);
    for (let i = 0, node = head; i < length; node = this.#next[node]!) {
      places[i++] = this.#places[node]!;
    }
    if (head !== none) {
      this.#next[this.#tails[pair]!] = this.#free;
      this.#free = head;
      this.#heads[pair] = none;
    }
    return places;
  }

  #newNode(): number {
    const node = this.#free;
    if (node !== none) {
      this.#free = this.#next[node]!;
      return node;
    }
    if (this.#numNodes === this.#places.length) {
      this.#places = doubled(this.#places);
      this.#next = doubled(this.#next);
    }
    return this.#numNodes++;
  }

  #growPairs(): void {
    this.lefts = doubled(this.lefts);
    this.rights = doubled(this.rights);
    this.#heads = doubled(this.#heads);
    this.#tails = doubled(this.#tails);
    const counts = new Float64Array(this.counts.length * 2);
    counts.set(this.counts);
    this.counts = counts;
    this.#slots = new Int32Array(this.#slots.length * 2);
    const mask = this.#slots.length - 1;
    for (let pair = 0; pair < this.size; pair++) {
      let slot = hashPair(this.lefts[pair]!, this.rights[pair]!) & mask;
      while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
      this.#slots[slot] = pair + 1;
    }
  }
}

function doubled(array: Int32Array): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(array.length * 2);
  larger.set(array);
  return larger;
}
