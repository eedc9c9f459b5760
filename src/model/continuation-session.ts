/**
 * @file The running side of one graph for prompts and tokens: prompts piece by piece, and the feeds that decoding
 * with two graphs would use, turned into those of the one.
 * B examples, S text length, Q tokens of a piece, G rows (beams) per example, C cached tokens, L positions asked
 * for, J key and value heads, K per head, V vocabulary.
 */
import type { NdArray } from "../base/index.ts";
import { mostNegative } from "../nn/index.ts";
import type { DecodingSessions, Runner } from "./cached-decoder.ts";
import type { CausalBody } from "./causal-body.ts";

type Arrays = Readonly<Record<string, NdArray>>;
type Fetches = Readonly<Record<string, NdArray | null>>;
type Answer = "logits" | "log_probabilities";

/** The scores of attention grow with its square. */
const defaultPieceLength = 512;

/** Texts, padded on either side. */
interface Texts {
  /** [B, S] */
  readonly ids: Int32Array;
  /** [B, S], 1 for a token. */
  readonly mask: Int32Array;
  /** [B, S] */
  readonly positions: BigInt64Array;
  readonly batch: number;
  readonly length: number;
}

/** Places [start, start + size) of every text. */
interface Piece {
  readonly start: number;
  readonly size: number;
}

/** A session of a `continuationGraph`, and how it serves a model. */
export class ContinuationSession {
  readonly #body: CausalBody;
  readonly #session: Runner;
  readonly #pieceLength: number;

  /** @param pieceLength tokens of a text that are read at once */
  constructor(body: CausalBody, session: Runner, pieceLength = defaultPieceLength) {
    this.#body = body;
    this.#session = session;
    this.#pieceLength = pieceLength;
  }

  release(): Promise<void> {
    return this.#session.release();
  }

  /** In the place of the two sessions of a model that has room for them; `release` is not theirs. */
  decodingSessions(): DecodingSessions {
    const release = async () => {};
    return {
      encoder: { run: (feeds) => this.#readPrompts(feeds), release },
      step: { run: (feeds, fetches) => this.#step(feeds, fetches ?? {}), release },
      weights: {},
    };
  }

  /**
   * Logits of padded texts, whose places are numbered 0, 1, … whatever the mask.
   * @param source `input_ids` and `attention_mask`, [B, S] int32
   * @param asked [L] row-major places; all when omitted
   * @returns [L, V], nats, unnormalised
   */
  async logits(source: Arrays, asked?: Int32Array): Promise<Float32Array> {
    const [batch, length] = source.input_ids!.shape as [number, number];
    const positions = BigInt64Array.from({ length: batch * length }, (_, i) => BigInt(i % length));
    const texts = textsOf(source, positions);
    const places = asked ?? Int32Array.from(texts.ids, (_, i) => i);
    return (await this.#read(texts, places, "logits")).answers;
  }

  /** As the first of two sessions does, `promptGraph`. */
  async #readPrompts(feeds: Arrays): Promise<Record<string, NdArray>> {
    const texts = textsOf(feeds, feeds.position_ids!.data as BigInt64Array);
    const asked = feeds.last_positions!.data as Int32Array;
    const { answers, caches } = await this.#read(texts, asked, "log_probabilities");
    const { config, heads } = this.#body;
    const shape = [texts.batch, heads.numKeyValueHeads, texts.length, heads.headDim];
    const arrays = Object.entries(caches).map(([name, data]) => [name, { data, shape }]);
    const log_probabilities = { data: answers, shape: [texts.batch, config.vocabSize] };
    return { ...Object.fromEntries(arrays), log_probabilities };
  }

  /** As the second of two sessions does, `decodingStep`. */
  #step(feeds: Arrays, fetches: Fetches): Promise<Record<string, NdArray>> {
    const [batch, rows] = feeds.ids!.shape as [number, number];
    const starts = feeds.start_positions!.data as BigInt64Array;
    const step = (feeds.position!.data as BigInt64Array)[0]!;
    const positions = BigInt64Array.from(
      { length: batch * rows },
      (_, i) => starts[Math.floor(i / rows)]! + step,
    );
    const own = new Float32Array(batch * rows * rows).fill(mostNegative);
    for (let row = 0; row < batch * rows; row++) own[row * rows + (row % rows)] = 0;
    const buffer = fetches.log_probabilities;
    const shape = [batch * rows, this.#body.config.vocabSize];
    return this.#session.run(
      {
        ...feeds,
        positions: { data: positions, shape: [batch, rows] },
        past_mask: this.#windowed(feeds, step),
        own_mask: { data: own, shape: [batch, 1, rows, rows] },
        asked: { data: Int32Array.from(positions, (_, i) => i), shape: [positions.length] },
      },
      { ...fetches, log_probabilities: buffer ? { data: buffer.data, shape } : null },
    );
  }

  /** What each row may see of the cached tokens, those outside of the window hidden. */
  #windowed(feeds: Arrays, step: bigint): NdArray {
    const mask = feeds.ancestors as NdArray & { readonly data: Float32Array };
    const { slidingWindow } = this.#body;
    if (slidingWindow === undefined) return mask;
    const [, , rows, capacity] = mask.shape as [number, number, number, number];
    const slots = feeds.slot_positions!.data as BigInt64Array;
    const data = mask.data.map((value, i) => {
      const slot = Math.floor(i / (rows * capacity)) * capacity + (i % capacity);
      return step - slots[slot]! < slidingWindow ? value : mostNegative;
    });
    return { data, shape: mask.shape };
  }

  /** Texts piece by piece; each piece attends to those before it. */
  async #read(texts: Texts, asked: Int32Array, answer: Answer) {
    const { length } = texts;
    const { vocabSize } = this.#body.config;
    const answers = new Float32Array(asked.length * vocabSize);
    const cache = this.#emptyCache(texts);
    for (let start = 0; start < length; start += this.#pieceLength) {
      const piece = { start, size: Math.min(this.#pieceLength, length - start) };
      const places = [...asked.keys()].filter((i) => isInside(asked[i]! % length, piece));
      const outputs = await this.#session.run(
        {
          ...this.#feedsOf(texts, piece, cache),
          asked: askedIn(
            piece,
            places.map((i) => asked[i]!),
            length,
          ),
        },
        this.#fetchesOf(places.length > 0 ? [answer] : [], cache),
      );
      places.forEach((place, i) => {
        const { data } = outputs[answer] as { readonly data: Float32Array };
        answers.set(data.subarray(i * vocabSize, (i + 1) * vocabSize), place * vocabSize);
      });
      this.#keep(outputs, piece, cache);
    }
    return { answers, caches: cache.arrays };
  }

  #emptyCache({ batch, length }: Texts): TextCache {
    const { numLayers, heads } = this.#body;
    const blocks = batch * heads.numKeyValueHeads;
    const names = Array.from({ length: numLayers }, (_, i) => [`key.${i}`, `value.${i}`]).flat();
    const isWhole = length <= this.#pieceLength;
    // a text that is read at once has no past: one hidden token stands for it
    const capacity = isWhole ? 1 : length;
    const size = blocks * capacity * heads.headDim;
    const nothing = new Float32Array(isWhole ? size : 0);
    const arrays = Object.fromEntries(
      names.map((name) => [name, isWhole ? nothing : new Float32Array(size)]),
    );
    return { names, blocks, isWhole, capacity, arrays };
  }

  #feedsOf(texts: Texts, { start, size }: Piece, cache: TextCache): Record<string, NdArray> {
    const { batch } = texts;
    const { numKeyValueHeads, headDim } = this.#body.heads;
    const { capacity } = cache;
    const shape = [batch, numKeyValueHeads, capacity, headDim];
    const pasts = cache.names.map((name) => [`past_${name}`, { data: cache.arrays[name]!, shape }]);
    const part = <A extends Int32Array | BigInt64Array>(all: A): A => {
      const cut = all.slice(0, batch * size) as A;
      for (let b = 0; b < batch; b++) {
        const from = b * texts.length + start;
        cut.set(all.subarray(from, from + size) as Int32Array & BigInt64Array, b * size);
      }
      return cut;
    };
    const own = this.#ownMask(texts, { start, size });
    const past = this.#pastMask(texts, { start, size }, capacity);
    return {
      ...Object.fromEntries(pasts),
      ids: { data: part(texts.ids), shape: [batch, size] },
      positions: { data: part(texts.positions), shape: [batch, size] },
      past_mask: { data: past, shape: [batch, 1, size, capacity] },
      own_mask: { data: own, shape: [batch, 1, size, size] },
    };
  }

  /** Of the piece itself each token sees those up to it. @returns [B, 1, Q, Q], added to scores */
  #ownMask(texts: Texts, { start, size }: Piece): Float32Array {
    const seen = new Float32Array(texts.batch * size * size).fill(mostNegative);
    for (let row = 0; row < texts.batch * size; row++) {
      const text = Math.floor(row / size) * texts.length + start;
      const query = row % size;
      for (let key = 0; key <= query; key++) {
        // padding sees itself: what sees nothing has no mean
        const isSeen = key === query || this.#isNear(texts, text + query, text + key);
        if (isSeen) seen[row * size + key] = 0;
      }
    }
    return seen;
  }

  /** Of what is cached each token sees all before the piece. @returns [B, 1, Q, C], added to scores */
  #pastMask(texts: Texts, { start, size }: Piece, capacity: number): Float32Array {
    const seen = new Float32Array(texts.batch * size * capacity).fill(mostNegative);
    for (let row = 0; row < texts.batch * size; row++) {
      const text = Math.floor(row / size) * texts.length;
      const query = text + start + (row % size);
      for (let key = 0; key < start; key++) {
        if (this.#isNear(texts, query, text + key)) seen[row * capacity + key] = 0;
      }
    }
    return seen;
  }

  /** The key is a token, and within the window of the query. */
  #isNear({ mask, positions }: Texts, query: number, key: number): boolean {
    const { slidingWindow } = this.#body;
    if (mask[key] !== 1) return false;
    return slidingWindow === undefined || positions[query]! - positions[key]! < slidingWindow;
  }

  #fetchesOf(answers: readonly Answer[], { names }: TextCache): Fetches {
    const wanted = [...answers, ...names.map((name) => `new_${name}`)];
    return Object.fromEntries(wanted.map((name) => [name, null]));
  }

  /** New keys and values [B, J, Q, K] into their places of the cache. */
  #keep(outputs: Arrays, { start, size }: Piece, cache: TextCache): void {
    const { headDim } = this.#body.heads;
    for (const name of cache.names) {
      const fresh = outputs[`new_${name}`]!.data as Float32Array;
      if (cache.isWhole) {
        cache.arrays[name] = fresh;
        continue;
      }
      for (let block = 0; block < cache.blocks; block++) {
        const rows = fresh.subarray(block * size * headDim, (block + 1) * size * headDim);
        cache.arrays[name]!.set(rows, (block * cache.capacity + start) * headDim);
      }
    }
  }
}

/** Keys and values of texts that are being read. */
interface TextCache {
  readonly names: readonly string[];
  /** B * J */
  readonly blocks: number;
  /** Read in one piece. */
  readonly isWhole: boolean;
  /** C */
  readonly capacity: number;
  /** [B, J, C, K] of `key.i` and `value.i`. */
  readonly arrays: Record<string, Float32Array>;
}

const isInside = (place: number, { start, size }: Piece) => place >= start && place < start + size;

/** Places of whole texts as places of a piece. */
function askedIn({ start, size }: Piece, places: readonly number[], length: number): NdArray {
  const data = Int32Array.from(
    places,
    (place) => Math.floor(place / length) * size + (place % length) - start,
  );
  return { data, shape: [data.length] };
}

function textsOf(source: Arrays, positions: BigInt64Array): Texts {
  const { data, shape } = source.input_ids as NdArray & { readonly data: Int32Array };
  const [batch, length] = shape as [number, number];
  const mask = source.attention_mask!.data as Int32Array;
  return { ids: data, mask, positions, batch, length };
}
