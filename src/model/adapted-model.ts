/** @file A model with adapters beside its weights, and without. */
import { type Adapter, drawAdapters, mergedWeights } from "./adapter.ts";
import { familyOf } from "./family.ts";
import { Model } from "./model.ts";

/**
 * The same weights, not copied, with adapters that change nothing yet.
 * @param seed decides the adapters
 * @throws ConfigError `lora.targets` for a target that is no linear map of the model
 */
export function withAdapter(model: Model, adapter: Adapter, seed: number): Model {
  const { architecture } = new Model({ ...model, adapter }, model.weights, model.device);
  const weights = new Map([...model.weights, ...drawAdapters(architecture, seed)]);
  return new Model({ ...model, adapter }, weights, model.device);
}

/**
 * The same model with its adapters added to their weights; itself where it has none. Other weights are shared.
 */
export function withoutAdapter(model: Model): Model {
  const { adapter, modelType, config, head } = model;
  if (adapter === undefined) return model;
  const architecture = familyOf(modelType).architecture(config, head);
  const weights = mergedWeights(architecture, model.weights, adapter);
  return new Model({ ...model, adapter: undefined }, weights, model.device);
}
