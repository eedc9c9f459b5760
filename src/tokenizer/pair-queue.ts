/** @file The trainer's queue: highest count first, then the smaller left id, then the smaller right id. */
import type { PairTable } from "./pair-table.ts";

/** A binary heap of pairs under the counts they had when pushed. */
export class PairQueue {
  size = 0;
  readonly #pairs: PairTable;
  #counts = new Float64Array(1 << 12);
  #items = new Int32Array(1 << 12);

  constructor(pairs: PairTable) {
    this.#pairs = pairs;
  }

  /** The count under which the first pair was pushed. */
  get topCount(): number {
    return this.#counts[0]!;
  }

  push(pair: number, count: number): void {
    if (this.size === this.#items.length) this.#grow();
    let hole = this.size++;
    while (hole > 0) {
      const parent = (hole - 1) >> 1;
      if (!this.#isBefore(pair, count, parent)) break;
      this.#move(parent, hole);
      hole = parent;
    }
    this.#put(hole, pair, count);
  }

  /** Remove and return the first pair; the queue must not be empty. */
  pop(): number {
    const top = this.#items[0]!;
    const last = --this.size;
    const pair = this.#items[last]!;
    const count = this.#counts[last]!;
    let hole = 0;
    for (;;) {
      let child = hole * 2 + 1;
      if (child >= last) break;
      const sibling = child + 1;
      if (sibling < last && this.#isBefore(this.#items[sibling]!, this.#counts[sibling]!, child)) {
        child = sibling;
      }
      if (this.#isBefore(pair, count, child)) break;
      this.#move(child, hole);
      hole = child;
    }
    this.#put(hole, pair, count);
    return top;
  }

  #isBefore(pair: number, count: number, place: number): boolean {
    const otherCount = this.#counts[place]!;
    if (count !== otherCount) return count > otherCount;
    const { lefts, rights } = this.#pairs;
    const other = this.#items[place]!;
    const difference = lefts[pair]! - lefts[other]!;
    return difference === 0 ? rights[pair]! < rights[other]! : difference < 0;
  }

  #move(from: number, to: number): void {
    this.#put(to, this.#items[from]!, this.#counts[from]!);
  }

  #put(place: number, pair: number, count: number): void {
    this.#items[place] = pair;
    this.#counts[place] = count;
  }

  #grow(): void {
    const items = new Int32Array(this.#items.length * 2);
    const counts = new Float64Array(items.length);
    items.set(this.#items);
    counts.set(this.#counts);
    this.#items = items;
    this.#counts = counts;
  }
}
