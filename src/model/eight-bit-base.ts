/** @file A model with adapters whose base is held in 8 bits. */
import type { Tensor } from "../base/index.ts";
import type { EightBitMatrix } from "./frozen-base.ts";
import { isAdapterName, isTrainedWhole } from "./lora.ts";
import { Model } from "./model.ts";
import { isQuantized, quantizeRows } from "./quantized-weights.ts";

/** The same model and adapters; matrices that do not learn are rounded, one at a time. */
export function withEightBitBase(model: Model): Model {
  const { adapter } = model;
  if (adapter === undefined) return model;
  const frozen = new Map<string, EightBitMatrix>();
  const weights = new Map<string, Tensor>();
  for (const name of model.weights.keys()) {
    const weight = model.weights.get(name)!;
    const isHeld = isQuantized(weight) && !isAdapterName(name) && !isTrainedWhole(name);
    if (!isHeld) weights.set(name, weight);
    else frozen.set(name, { shape: weight.shape as [number, number], ...quantizeRows(weight) });
  }
  return new Model({ ...model, adapter: { ...adapter, frozen } }, weights, model.device);
}
