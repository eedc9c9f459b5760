/** @file The running side of `t5-decoding.ts`: caches in place, beams re-ordered by their ancestry. */
import type { NdArray } from "../base/index.ts";
import type { Session } from "../runtime/index.ts";
import type { Decoder } from "./generation/index.ts";
import type { T5Config } from "./t5-config.ts";

const hidden = -3.4028234663852886e38;
const initialCapacity = 32;

/** The compiled graphs, and the weights to feed when they are not compiled in. */
export interface DecodingSessions {
  readonly encoder: Session;
  readonly step: Session;
  readonly weights: Readonly<Record<string, NdArray>>;
}

type Floats = NdArray & { readonly data: Float32Array };

/** Keys or values of one layer: [B, H, C*G, K], filled up to the current step. */
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
  #memory: Record<string, NdArray>;
  #attentionMask: NdArray;
  #batch: number;
  #capacity = initialCapacity;
  #length = 0;
  /** [B*G][step]: which of the example's rows held this row's token at that step. */
  #ancestry: Uint16Array[];

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
    this.#batch = attentionMask.shape[0]!;
    const layers = Array.from({ length: config.numDecoderLayers }, (_, i) => i);
    this.#caches = layers
      .flatMap((i) => [{ name: `key.${i}` }, { name: `value.${i}` }])
      .map((c) => {
        return { ...c, data: new Float32Array(this.#cacheSize(initialCapacity)) };
      });
    const rows = this.#batch * rowsPerExample;
    this.#ancestry = Array.from({ length: rows }, () => new Uint16Array(initialCapacity));
  }

  async step(tokens: Int32Array, parents?: Int32Array): Promise<Float32Array> {
    if (parents !== undefined) this.#follow(parents);
    if (this.#length === this.#capacity) this.#grow();
    const outputs = await this.#sessions.step.run(this.#feeds(tokens));
    this.#append(outputs);
    return outputs.log_probabilities!.data as Float32Array;
  }

  dispose(): void {
    this.#memory = {};
    for (const cache of this.#caches) cache.data = new Float32Array(0);
  }

  #cacheSize(capacity: number): number {
    const { numHeads, dKv } = this.#config;
    return this.#batch * numHeads * capacity * this.#rowsPerExample * dKv;
  }

  /** Every row takes over its parent's ancestry; examples without rows are dropped. */
  #follow(parents: Int32Array): void {
    const groups = parents.length / this.#rowsPerExample;
    if (groups < this.#batch) {
      const kept = Array.from({ length: groups }, (_, g) => {
        return Math.floor(parents[g * this.#rowsPerExample]! / this.#rowsPerExample);
      });
      this.#keepExamples(kept);
    }
    const before = this.#ancestry;
    this.#ancestry = Array.from(parents, (parent) => before[parent]!.slice());
  }

  #keepExamples(kept: readonly number[]): void {
    const before = this.#batch;
    this.#batch = kept.length;
    for (const cache of this.#caches) cache.data = selectBlocks(cache.data, before, kept);
    this.#memory = Object.fromEntries(
      Object.entries(this.#memory).map(([name, array]) => [name, keepRows(array, kept)]),
    );
    this.#attentionMask = keepRows(this.#attentionMask, kept);
  }

  /** Twice the slots; the filled ones keep their place at the start of each head's block. */
  #grow(): void {
    const { numHeads, dKv } = this.#config;
    const capacity = 2 * this.#capacity;
    const from = this.#capacity * this.#rowsPerExample * dKv;
    const to = capacity * this.#rowsPerExample * dKv;
    for (const cache of this.#caches) {
      const grown = new Float32Array(this.#cacheSize(capacity));
      for (let block = 0; block < this.#batch * numHeads; block++) {
        grown.set(cache.data.subarray(block * from, (block + 1) * from), block * to);
      }
      cache.data = grown;
    }
    this.#ancestry = this.#ancestry.map((steps) => {
      const grown = new Uint16Array(capacity);
      grown.set(steps);
      return grown;
    });
    this.#capacity = capacity;
  }

  #feeds(tokens: Int32Array): Record<string, NdArray> {
    const { numHeads, dKv } = this.#config;
    const rows = this.#rowsPerExample;
    const slots = this.#capacity * rows;
    const feeds: Record<string, NdArray> = {
      ...this.#sessions.weights,
      ...this.#memory,
      ids: { data: tokens, shape: [this.#batch, rows] },
      position: { data: BigInt64Array.of(BigInt(this.#length)), shape: [1] },
      slot_positions: { data: slotPositions(this.#capacity, rows), shape: [slots] },
      ancestors: { data: this.#ancestorMask(slots), shape: [this.#batch, 1, rows, slots] },
      attention_mask: this.#attentionMask,
    };
    for (const { name, data } of this.#caches) {
      feeds[`past_${name}`] = { data, shape: [this.#batch, numHeads, slots, dKv] };
    }
    return feeds;
  }

  /** [B, 1, G, C*G]: 0 at the slots of a row's ancestors. */
  #ancestorMask(slots: number): Float32Array {
    const rows = this.#rowsPerExample;
    const mask = new Float32Array(this.#ancestry.length * slots).fill(hidden);
    this.#ancestry.forEach((steps, row) => {
      for (let t = 0; t < this.#length; t++) mask[row * slots + t * rows + steps[t]!] = 0;
    });
    return mask;
  }

  /** New keys and values go to slots [length*G, (length+1)*G) of every head. */
  #append(outputs: Record<string, NdArray>): void {
    const { numHeads, dKv } = this.#config;
    const width = this.#rowsPerExample * dKv;
    for (const { name, data } of this.#caches) {
      const fresh = (outputs[`new_${name}`] as Floats).data;
      for (let block = 0; block < this.#batch * numHeads; block++) {
        const at = (block * this.#capacity + this.#length) * width;
        data.set(fresh.subarray(block * width, (block + 1) * width), at);
      }
    }
    this.#ancestry.forEach((steps, row) => {
      steps[this.#length] = row % this.#rowsPerExample;
    });
    this.#length++;
  }
}

/** Step of each slot: 0 0 1 1 2 2 … for two rows. */
function slotPositions(capacity: number, rows: number): BigInt64Array {
  const positions = new BigInt64Array(capacity * rows);
  for (let t = 0; t < capacity; t++) positions.fill(BigInt(t), t * rows, (t + 1) * rows);
  return positions;
}

/** The chosen of `count` equal blocks. */
function selectBlocks(data: Float32Array, count: number, kept: readonly number[]): Float32Array {
  const size = data.length / count;
  const selected = new Float32Array(size * kept.length);
  kept.forEach((block, i) => {
    selected.set(data.subarray(block * size, (block + 1) * size), i * size);
  });
  return selected;
}

/** The chosen entries of the first axis. */
function keepRows({ data, shape }: NdArray, kept: readonly number[]): NdArray {
  const size = data.length / shape[0]!;
  const rows = kept.map((row) => data.subarray(row * size, (row + 1) * size));
  const selected = new (data.constructor as Float32ArrayConstructor)(size * kept.length);
  rows.forEach((row, i) => {
    selected.set(row as Float32Array, i * size);
  });
  return { data: selected, shape: [kept.length, ...shape.slice(1)] };
}
