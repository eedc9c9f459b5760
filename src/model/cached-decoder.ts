/**
 * @file The running side of decoding with a cache: caches filled in place, whatever rows follow whatever.
 * B examples, G rows (beams) per example, C cache slots per example, H heads, K per head, V vocabulary.
 */
import { type NdArray, sizeOf } from "../base/index.ts";
import type { Session } from "../runtime/index.ts";
import { selectBlocks, widenBlocks } from "./blocks.ts";
import { CacheSlots } from "./cache-slots.ts";
import type { Decoder } from "./generation/index.ts";

/** Slots an example starts with, and the factor by which they grow: attention reads the free ones too. */
const initialCapacity = 32;
const growth = 1.25;

/** What runs a graph: a session, or another that stands in for it. */
export type Runner = Pick<Session, "run" | "release">;

/** The compiled graphs, and the weights to feed when they are not compiled in. */
export interface DecodingSessions {
  /** What runs once per batch: an encoder, or the reading of prompts. */
  readonly encoder: Runner;
  readonly step: Runner;
  readonly weights: Readonly<Record<string, NdArray>>;
}

type Floats = NdArray & { readonly data: Float32Array };
type Arrays = Readonly<Record<string, NdArray>>;

/** Keys or values of one layer: [B, H, C, K]. */
interface Cache {
  readonly name: string;
  data: Float32Array;
}

export interface CacheShape {
  readonly numLayers: number;
  /** H, heads of keys and values. */
  readonly numHeads: number;
  /** K. */
  readonly headDim: number;
  readonly vocabSize: number;
}

/** What a decoder-only model has read before the first step, shared by all rows of an example. */
export interface Prefix {
  /** S, slots it takes. */
  readonly length: number;
  /** [B, S], 1 for a token; the other slots are free. */
  readonly mask: Int32Array;
  /** [B, S] positions, counted from the first new token: negative. */
  readonly steps: BigInt64Array;
  /** [B, H, S, K] of `key.i` and `value.i`. */
  readonly caches: Readonly<Record<string, Float32Array>>;
  /** [B, V] of the first new token. */
  readonly logProbabilities: Float32Array;
}

export interface Decoded {
  readonly sessions: DecodingSessions;
  readonly shape: CacheShape;
  /** B. */
  readonly batch: number;
  /** G. */
  readonly rowsPerExample: number;
  /** Fed to every step; the first axis is the batch. */
  readonly memory: Arrays;
  readonly prefix?: Prefix;
}

export class CachedDecoder implements Decoder {
  readonly #sessions: DecodingSessions;
  readonly #shape: CacheShape;
  readonly #rowsPerExample: number;
  readonly #caches: Cache[];
  readonly #slots: CacheSlots;
  #batch: number;
  #memory: Arrays;
  /** Log-probabilities of the first step, when they are known before it. */
  #first: Float32Array | undefined;
  /** What the last step answered. */
  #outputs: Arrays = {};
  #length = 0;

  constructor({ sessions, shape, batch, rowsPerExample, memory, prefix }: Decoded) {
    this.#sessions = sessions;
    this.#shape = shape;
    this.#batch = batch;
    this.#rowsPerExample = rowsPerExample;
    this.#memory = memory;
    const capacity = capacityFor(Math.max(rowsPerExample, (prefix?.length ?? 0) + initialCapacity));
    this.#slots = new CacheSlots(batch, rowsPerExample, capacity);
    if (prefix) this.#slots.occupy(prefix.mask, prefix.steps);
    this.#first = prefix && repeatRows(prefix.logProbabilities, shape.vocabSize, rowsPerExample);
    const { numLayers, numHeads, headDim } = shape;
    this.#caches = Array.from({ length: numLayers }, (_, i) => i)
      .flatMap((i) => [`key.${i}`, `value.${i}`])
      .map((name) => ({
        name,
        data: prefix
          ? widenBlocks(prefix.caches[name]!, prefix.length * headDim, capacity * headDim)
          : new Float32Array(batch * numHeads * capacity * headDim),
      }));
  }

  get vocabSize(): number {
    return this.#shape.vocabSize;
  }

  async step(tokens: Int32Array, parents?: Int32Array): Promise<Float32Array> {
    if (this.#first !== undefined) {
      // the tokens are the prompts' last, which have been read
      const first = this.#first;
      this.#first = undefined;
      return first;
    }
    if (parents !== undefined) this.#follow(parents);
    const outputs = await this.#sessions.step.run(this.#feeds(tokens), this.#fetches());
    this.#store(outputs);
    return outputs.log_probabilities!.data as Float32Array;
  }

  /** Answers go into the same memory at every step: fresh pages cost more than the softmax. */
  #fetches(): Arrays {
    const [batch, rows] = [this.#batch, this.#rowsPerExample];
    if (this.#outputs.log_probabilities?.shape[0] === batch) return this.#outputs;
    const { numHeads, headDim } = this.#shape;
    const empty = (shape: readonly number[]) => ({ data: new Float32Array(sizeOf(shape)), shape });
    const news = this.#caches.map(({ name }) => {
      return [`new_${name}`, empty([batch, numHeads, rows, headDim])] as const;
    });
    const log_probabilities = empty([batch, rows, this.vocabSize]);
    this.#outputs = { ...Object.fromEntries(news), log_probabilities };
    return this.#outputs;
  }

  dispose(): void {
    this.#memory = {};
    for (const cache of this.#caches) cache.data = new Float32Array(0);
  }

  /** Every row takes over its parent's past; examples without rows are dropped. */
  #follow(parents: Int32Array): void {
    const rows = this.#rowsPerExample;
    const kept = Array.from({ length: parents.length / rows }, (_, example) => {
      return Math.floor(parents[example * rows]! / rows);
    });
    this.#slots.follow(parents, kept);
    if (kept.length < this.#batch) this.#keepExamples(kept);
  }

  #keepExamples(kept: readonly number[]): void {
    for (const cache of this.#caches) {
      cache.data = selectBlocks(cache.data, cache.data.length / this.#batch, kept);
    }
    this.#memory = Object.fromEntries(
      Object.entries(this.#memory).map(([name, array]) => [name, keepRows(array, kept)]),
    );
    this.#batch = kept.length;
  }

  #feeds(tokens: Int32Array): Record<string, NdArray> {
    const { numHeads, headDim } = this.#shape;
    const [batch, rows] = [this.#batch, this.#rowsPerExample];
    const { capacity, positions, mask } = this.#slots;
    const feeds: Record<string, NdArray> = {
      ...this.#sessions.weights,
      ...this.#memory,
      ids: { data: tokens, shape: [batch, rows] },
      position: { data: BigInt64Array.of(BigInt(this.#length)), shape: [1] },
      slot_positions: { data: positions, shape: [batch, capacity] },
      ancestors: { data: mask, shape: [batch, 1, rows, capacity] },
    };
    for (const { name, data } of this.#caches) {
      feeds[`past_${name}`] = { data, shape: [batch, numHeads, capacity, headDim] };
    }
    return feeds;
  }

  /** Puts each row's new keys and values into a slot of its own. */
  #store(outputs: Record<string, NdArray>): void {
    const slots = this.#slots.take(this.#length) ?? this.#takeMore();
    for (const { name, data } of this.#caches) {
      this.#scatter((outputs[`new_${name}`] as Floats).data, data, slots);
    }
    this.#length++;
  }

  /** @param fresh [B, H, G, K] @param cache [B, H, C, K] @param slots [B*G] */
  #scatter(fresh: Float32Array, cache: Float32Array, slots: Int32Array): void {
    const { numHeads, headDim } = this.#shape;
    const rows = this.#rowsPerExample;
    for (let head = 0; head < this.#batch * numHeads; head++) {
      const firstRow = Math.floor(head / numHeads) * rows;
      for (let row = 0; row < rows; row++) {
        const from = (head * rows + row) * headDim;
        const to = (head * this.#slots.capacity + slots[firstRow + row]!) * headDim;
        // too short for `set` to pay
        for (let k = 0; k < headDim; k++) cache[to + k] = fresh[from + k]!;
      }
    }
  }

  #takeMore(): Int32Array {
    const before = this.#slots.capacity;
    const capacity = capacityFor(growth * before + this.#rowsPerExample);
    this.#slots.grow(capacity);
    const { headDim } = this.#shape;
    for (const cache of this.#caches) {
      cache.data = widenBlocks(cache.data, before * headDim, capacity * headDim);
    }
    return this.#slots.take(this.#length)!;
  }
}

/** At least so many slots, in steps of a size that kernels like. */
function capacityFor(slots: number): number {
  return Math.ceil(slots / 16) * 16;
}

/** Every row `times` times over. @param rows [B, V] @returns [B*G, V] */
function repeatRows(rows: Float32Array, width: number, times: number): Float32Array {
  const chosen = Array.from({ length: (rows.length / width) * times }, (_, i) =>
    Math.floor(i / times),
  );
  return selectBlocks(rows, width, chosen);
}

/** The chosen entries of the first axis. */
function keepRows({ data, shape }: NdArray, kept: readonly number[]): NdArray {
  const size = data.length / shape[0]!;
  const selected = selectBlocks(data as Float32Array, size, kept);
  return { data: selected, shape: [kept.length, ...shape.slice(1)] };
}
