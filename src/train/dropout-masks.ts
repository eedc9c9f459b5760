/** @file Dropout masks for one step, from a counter-based generator: nothing to save, exact to resume. */
import { hash32, hashString, type NdArray } from "../base/index.ts";
import type { Value } from "../graph/index.ts";

/** Which draw of masks: the same key gives the same bits, whatever came before. */
export interface MaskKey {
  readonly seed: number;
  /** Updates made so far. */
  readonly step: number;
  /** Batch within the step, when several are accumulated. */
  readonly microBatch: number;
}

/** Buffers by mask name, kept from step to step and grown when a larger batch comes. */
export class DropoutMasks {
  readonly #masks: readonly Value[];
  readonly #rate: number;
  readonly #buffers = new Map<string, Float32Array>();

  /** @param rate probability in [0, 1) of a zero */
  constructor(masks: readonly Value[], rate: number) {
    this.#masks = masks;
    this.#rate = rate;
  }

  /**
   * Draw all masks.
   * @param sizes run-time size of each dimension name
   * @returns feeds by input name, valid until the next call
   */
  draw(key: MaskKey, sizes: Readonly<Record<string, number>>): Record<string, NdArray> {
    const stepKey = hash32(hash32(hash32(key.seed, 0x5eed), key.step), key.microBatch);
    const feeds: Record<string, NdArray> = {};
    for (const { name = "", shape } of this.#masks) {
      const dims = shape.map((dim) => (typeof dim === "number" ? dim : sizes[dim]!));
      const size = dims.reduce((product, dim) => product * dim, 1);
      const data = this.#buffer(name, size);
      fillMask(data, hash32(stepKey, hashString(name)), this.#rate);
      feeds[name] = { data, shape: dims };
    }
    return feeds;
  }

  #buffer(name: string, size: number): Float32Array {
    const known = this.#buffers.get(name);
    if (known !== undefined && known.length >= size) return known.subarray(0, size);
    const grown = new Float32Array(size);
    this.#buffers.set(name, grown);
    return grown;
  }
}

/** 16 random bits decide an element, so the rate is exact to 1/65536. One hash serves two. */
function fillMask(mask: Float32Array, key: number, rate: number): void {
  const threshold = Math.round(rate * 65536);
  const kept = Math.fround(1 / (1 - threshold / 65536));
  for (let i = 0; i < mask.length; i += 2) {
    const bits = hash32(key, i >>> 1);
    mask[i] = (bits & 0xffff) < threshold ? 0 : kept;
    // one past the end of an odd-sized mask: ignored by the typed array
    mask[i + 1] = bits >>> 16 < threshold ? 0 : kept;
  }
}
