/** @file A model with adapters whose base is held in 8 bits. */
import type { Tensor } from "../base/index.ts";
import type { EightBitMatrix } from "./frozen-base.ts";
import { isAdapterName, isTrainedWhole } from "./lora.ts";
import { Model } from "./model.ts";
import { describeModel } from "./open-model.ts";
import { isQuantized, quantizeRows, readWeight } from "./quantized-weights.ts";

/**
 * The same model and adapters; matrices that do not learn are rounded, one at a time.
 * @param folder that the model was loaded from: matrices are read from there once more where they are, so that
 * those of a large model, which nobody has read yet, are not kept in 32 bits
 */
export function withEightBitBase(model: Model, folder?: string): Model {
  const { adapter } = model;
  if (adapter === undefined) return model;
  const stored = folder === undefined ? undefined : describeModel(folder).checkpoint.tensors;
  const read = (name: string) =>
    stored?.has(name) ? readWeight(name, stored) : model.weights.get(name)!;
  const frozen = new Map<string, EightBitMatrix>();
  const weights = new Map<string, Tensor>();
  for (const name of model.weights.keys()) {
    const weight = model.weights.get(name)!;
    const isHeld = isQuantized(weight) && !isAdapterName(name) && !isTrainedWhole(name);
    if (!isHeld) weights.set(name, weight);
    else {
      const shape = weight.shape as [number, number];
      frozen.set(name, { shape, ...quantizeRows(read(name)) });
    }
  }
  return new Model({ ...model, adapter: { ...adapter, frozen } }, weights, model.device);
}
