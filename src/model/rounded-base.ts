/** @file A model with adapters whose base is held in few bits. */
import type { Tensor } from "../base/index.ts";
import { blockSize, packFourBits } from "../rewrite/index.ts";
import type { FrozenMatrix } from "./frozen-base.ts";
import { isAdapterName, isTrainedWhole } from "./lora.ts";
import { Model } from "./model.ts";
import { describeModel } from "./open-model.ts";
import { isQuantized, quantizeRows, readWeight } from "./quantized-weights.ts";
import { usesOf } from "./weight-uses.ts";

/**
 * The same model and adapters; matrices that do not learn are rounded, one at a time. In 4 bits tables that rows
 * are looked up in, and matrices whose rows are no whole blocks, have 8.
 * @param folder that the model was loaded from: matrices are read from there once more where they are, so that
 * those of a large model, which nobody has read yet, are not kept in 32 bits
 */
export function withRoundedBase(model: Model, bits: 4 | 8, folder?: string): Model {
  const { adapter } = model;
  if (adapter === undefined) return model;
  const stored = folder === undefined ? undefined : describeModel(folder).checkpoint.tensors;
  const read = (name: string) =>
    stored?.has(name) ? readWeight(name, stored) : model.weights.get(name)!;
  const lookedUp = bits === 4 ? usesOf(model).lookedUp : new Set<string>();
  const frozen = new Map<string, FrozenMatrix>();
  const weights = new Map<string, Tensor>();
  for (const name of model.weights.keys()) {
    const weight = model.weights.get(name)!;
    const isHeld = isQuantized(weight) && !isAdapterName(name) && !isTrainedWhole(name);
    if (!isHeld) weights.set(name, weight);
    else {
      const isBlocks = bits === 4 && weight.shape[1]! % blockSize === 0 && !lookedUp.has(name);
      frozen.set(name, isBlocks ? inBlocks(read(name)) : inRows(read(name)));
    }
  }
  return new Model({ ...model, adapter: { ...adapter, frozen } }, weights, model.device);
}

const sizes = ({ shape }: Tensor) => shape as unknown as readonly [number, number];

function inRows(weight: Tensor): FrozenMatrix {
  return { shape: sizes(weight), ...quantizeRows(weight) };
}

function inBlocks(weight: Tensor): FrozenMatrix {
  const { data } = weight;
  const blocks = new Uint8Array(data.length / 2);
  const scales = new Float32Array(data.length / blockSize);
  packFourBits(data, blocks, scales);
  return { shape: sizes(weight), blocks, scales };
}
