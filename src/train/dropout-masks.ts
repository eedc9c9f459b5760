/** @file Dropout masks for one step, from a counter-based generator: nothing to save, exact to resume. */
import { hash32, hashString, type NdArray } from "../base/index.ts";
import type { Value } from "../graph/index.ts";
import { MaskMemory } from "./mask-memory.ts";

/** Which draw of masks: the same key gives the same bits, whatever came before. */
export interface MaskKey {
  readonly seed: number;
  /** Updates made so far. */
  readonly step: number;
  /** Batch within the step, when several are accumulated. */
  readonly microBatch: number;
}

/** The masks of a graph, drawn anew for every run of it. */
export class DropoutMasks {
  readonly #masks: readonly Value[];
  readonly #rates: readonly number[];
  readonly #memory = new MaskMemory();

  /** @param rates of each mask, the probability in [0, 1) of a zero */
  constructor(masks: readonly Value[], rates: readonly number[]) {
    this.#masks = masks;
    this.#rates = rates;
  }

  /**
   * Draw all masks.
   * @param sizes run-time size of each dimension name
   * @returns feeds by input name, valid until the next call
   * @throws RuntimeFailure `train.memory` when the system refuses memory
   */
  draw(key: MaskKey, sizes: Readonly<Record<string, number>>): Record<string, NdArray> {
    const stepKey = hash32(hash32(hash32(key.seed, 0x5eed), key.step), key.microBatch);
    const feeds: Record<string, NdArray> = {};
    this.#memory.restart();
    for (const [i, { name = "", shape }] of this.#masks.entries()) {
      const dims = shape.map((dim) => (typeof dim === "number" ? dim : sizes[dim]!));
      const size = dims.reduce((product, dim) => product * dim, 1);
      const data = this.#memory.draw(size, hash32(stepKey, hashString(name)), this.#rates[i]!);
      feeds[name] = { data, shape: dims };
    }
    return feeds;
  }
}
