/** @file The running side of `t5-decoding.ts`: caches filled in place, whatever rows follow whatever. */
import type { NdArray } from "../base/index.ts";
import type { Session } from "../runtime/index.ts";
import { selectBlocks, widenBlocks } from "./blocks.ts";
import { CacheSlots } from "./cache-slots.ts";
import type { Decoder } from "./generation/index.ts";
import type { T5Config } from "./t5-config.ts";

/** Slots an example starts with, and the factor by which they grow: attention reads the free ones too. */
const initialCapacity = 32;
const growth = 1.25;

/** The compiled graphs, and the weights to feed when they are not compiled in. */
export interface DecodingSessions {
  readonly encoder: Session;
  readonly step: Session;
  readonly weights: Readonly<Record<string, NdArray>>;
}

type Floats = NdArray & { readonly data: Float32Array };

/** Keys or values of one layer: [B, H, C, K]. */
interface Cache {
  readonly name: string;
  data: Float32Array;
}

/** Encodes a batch and starts decoding it. @param rowsPerExample G, the beams of an example */
export async function startT5Decoder(
  sessions: DecodingSessions,
  config: T5Config,
  source: { readonly input_ids: NdArray; readonly attention_mask: NdArray },
  rowsPerExample: number,
): Promise<Decoder> {
  const memory = await sessions.encoder.run({ ...sessions.weights, ...source });
  return new T5Decoder(sessions, config, source.attention_mask, memory, rowsPerExample);
}

class T5Decoder implements Decoder {
  readonly vocabSize: number;
  readonly #sessions: DecodingSessions;
  readonly #config: T5Config;
  readonly #rowsPerExample: number;
  readonly #caches: Cache[];
  readonly #slots: CacheSlots;
  #memory: Record<string, NdArray>;
  #attentionMask: NdArray;
  #length = 0;

  constructor(
    sessions: DecodingSessions,
    config: T5Config,
    attentionMask: NdArray,
    memory: Record<string, NdArray>,
    rowsPerExample: number,
  ) {
    this.vocabSize = config.vocabSize;
    this.#sessions = sessions;
    this.#config = config;
    this.#rowsPerExample = rowsPerExample;
    this.#memory = memory;
    this.#attentionMask = attentionMask;
    const capacity = capacityFor(rowsPerExample);
    this.#slots = new CacheSlots(this.#batch, rowsPerExample, capacity);
    const { numDecoderLayers, numHeads, dKv } = config;
    const layers = Array.from({ length: numDecoderLayers }, (_, i) => i);
    this.#caches = layers
      .flatMap((i) => [`key.${i}`, `value.${i}`])
      .map((name) => ({ name, data: new Float32Array(this.#batch * numHeads * capacity * dKv) }));
  }

  /** B. */
  get #batch(): number {
    return this.#attentionMask.shape[0]!;
  }

  async step(tokens: Int32Array, parents?: Int32Array): Promise<Float32Array> {
    if (parents !== undefined) this.#follow(parents);
    const outputs = await this.#sessions.step.run(this.#feeds(tokens));
    this.#store(outputs);
    return outputs.log_probabilities!.data as Float32Array;
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
    this.#attentionMask = keepRows(this.#attentionMask, kept);
  }

  #feeds(tokens: Int32Array): Record<string, NdArray> {
    const { numHeads, dKv } = this.#config;
    const [batch, rows] = [this.#batch, this.#rowsPerExample];
    const { capacity, positions, mask } = this.#slots;
    const feeds: Record<string, NdArray> = {
      ...this.#sessions.weights,
      ...this.#memory,
      ids: { data: tokens, shape: [batch, rows] },
      position: { data: BigInt64Array.of(BigInt(this.#length)), shape: [1] },
      slot_positions: { data: positions, shape: [batch, capacity] },
      ancestors: { data: mask, shape: [batch, 1, rows, capacity] },
      attention_mask: this.#attentionMask,
    };
    for (const { name, data } of this.#caches) {
      feeds[`past_${name}`] = { data, shape: [batch, numHeads, capacity, dKv] };
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
    const { numHeads, dKv } = this.#config;
    const rows = this.#rowsPerExample;
    for (let head = 0; head < this.#batch * numHeads; head++) {
      const firstRow = Math.floor(head / numHeads) * rows;
      for (let row = 0; row < rows; row++) {
        const from = (head * rows + row) * dKv;
        const to = (head * this.#slots.capacity + slots[firstRow + row]!) * dKv;
        // too short for `set` to pay
        for (let k = 0; k < dKv; k++) cache[to + k] = fresh[from + k]!;
      }
    }
  }

  #takeMore(): Int32Array {
    const before = this.#slots.capacity;
    const capacity = capacityFor(growth * before + this.#rowsPerExample);
    this.#slots.grow(capacity);
    const { dKv } = this.#config;
    for (const cache of this.#caches) {
      cache.data = widenBlocks(cache.data, before * dKv, capacity * dKv);
    }
    return this.#slots.take(this.#length)!;
  }
}

/** At least so many slots, in steps of a size that kernels like. */
function capacityFor(slots: number): number {
  return Math.ceil(Math.max(slots, initialCapacity) / 16) * 16;
}

/** The chosen entries of the first axis. */
function keepRows({ data, shape }: NdArray, kept: readonly number[]): NdArray {
  const size = data.length / shape[0]!;
  const selected = selectBlocks(data as Float32Array, size, kept);
  return { data: selected, shape: [kept.length, ...shape.slice(1)] };
}
