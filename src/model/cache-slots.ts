/**
 * @file Which cached keys and values each row of a batch attends to. A token takes a slot of its
 * example; a slot that no living row descends from is free again. Beams share most of their past, so
 * an example needs little more than one slot per step, and nothing it holds ever moves.
 */
import { selectBlocks, widenBlocks } from "./blocks.ts";

/** Lowest float32: added to a score, it leaves a weight of exactly 0. */
const hidden = -3.4028234663852886e38;

/** C slots for each of B examples, which have G rows (beams) each. */
export class CacheSlots {
  readonly #rowsPerExample: number;
  /** [B*G, C] added to scores: 0 at the slots of a row's past, else the lowest float32. */
  #mask: Float32Array;
  /** [B, C] step of the token in each slot. */
  #positions: BigInt64Array;
  #capacity: number;

  /** @param examples B @param rowsPerExample G @param capacity C */
  constructor(examples: number, rowsPerExample: number, capacity: number) {
    this.#rowsPerExample = rowsPerExample;
    this.#capacity = capacity;
    this.#mask = new Float32Array(examples * rowsPerExample * capacity).fill(hidden);
    this.#positions = new BigInt64Array(examples * capacity);
  }

  /** C. */
  get capacity(): number {
    return this.#capacity;
  }

  /** [B*G, C] float32, what to add to scores; valid until the next call of a method. */
  get mask(): Float32Array {
    return this.#mask;
  }

  /** [B, C] int64, steps; those of free slots mean nothing. */
  get positions(): BigInt64Array {
    return this.#positions;
  }

  /**
   * The first slots hold what every row has read before the first step.
   * @param mask [B, S], 1 for a token; the other slots stay free
   * @param steps [B, S] of each token
   */
  occupy(mask: Int32Array, steps: BigInt64Array): void {
    const rows = this.#rowsPerExample;
    const examples = this.#positions.length / this.#capacity;
    const length = mask.length / examples;
    for (let example = 0; example < examples; example++) {
      const own = steps.subarray(example * length, (example + 1) * length);
      this.#positions.set(own, example * this.#capacity);
      for (let slot = 0; slot < length; slot++) {
        if (mask[example * length + slot] !== 1) continue;
        for (let row = example * rows; row < (example + 1) * rows; row++) {
          this.#mask[row * this.#capacity + slot] = 0;
        }
      }
    }
  }

  /**
   * Every row takes over its parent's past.
   * @param parents [B*G] rows of before
   * @param examples [B] examples of before; the others are dropped
   */
  follow(parents: Int32Array, examples: readonly number[]): void {
    this.#mask = selectBlocks(this.#mask, this.#capacity, parents);
    this.#positions = selectBlocks(this.#positions, this.#capacity, examples);
  }

  /**
   * A free slot for the newest token of every row. The lowest come first, so that an example's slots
   * do not depend on the others of its batch.
   * @returns [B*G] slots; undefined when some example has too few: `grow` first
   */
  take(position: number): Int32Array | undefined {
    const rows = this.#rowsPerExample;
    const examples = this.#positions.length / this.#capacity;
    const free = Array.from({ length: examples }, (_, example) => this.#firstFree(example)).flat();
    if (free.length < examples * rows) return undefined;
    free.forEach((slot, row) => {
      this.#mask[row * this.#capacity + slot] = 0;
      this.#positions[Math.floor(row / rows) * this.#capacity + slot] = BigInt(position);
    });
    return Int32Array.from(free);
  }

  /** More slots; those in use keep their numbers. */
  grow(capacity: number): void {
    const before = this.#capacity;
    this.#positions = widenBlocks(this.#positions, before, capacity);
    this.#mask = widenBlocks(this.#mask, before, capacity);
    for (let end = capacity; end <= this.#mask.length; end += capacity) {
      this.#mask.fill(hidden, end - capacity + before, end);
    }
    this.#capacity = capacity;
  }

  /** The first G slots that no row of the example descends from, or fewer. */
  #firstFree(example: number): number[] {
    const free: number[] = [];
    for (let slot = 0; slot < this.#capacity && free.length < this.#rowsPerExample; slot++) {
      if (!this.#isUsed(example, slot)) free.push(slot);
    }
    return free;
  }

  #isUsed(example: number, slot: number): boolean {
    const end = (example + 1) * this.#rowsPerExample;
    for (let row = example * this.#rowsPerExample; row < end; row++) {
      if (this.#mask[row * this.#capacity + slot] === 0) return true;
    }
    return false;
  }
}
