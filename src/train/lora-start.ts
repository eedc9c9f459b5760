/** @file Training that starts from a model and leaves it as it is: the adapters put beside it. */
import { resolve } from "node:path";
import { ConfigError } from "../base/index.ts";
import {
  defaultTargets,
  type Model,
  withAdapter,
  withoutAdapter,
  withRoundedBase,
} from "../model/index.ts";

/** Adapters to train; targets default to the family's, queries and values. */
export interface LoraSettings {
  readonly rank: number;
  readonly alpha: number;
  readonly dropout: number;
  readonly targets?: readonly string[] | undefined;
  /** How the base is held meanwhile: as it is, in 8 bits, or in blocks of 4 (QLoRA). */
  readonly baseQuantization?: "none" | "int8" | "int4" | undefined;
}

/** Settings of a training that has adapters; they bear rates that a whole model does not. */
export const loraDefaults = { rank: 16, learningRate: 5e-4, warmupSteps: 100 } as const;

/**
 * A loaded model as training takes it: whole, its adapters added to their weights, or with adapters to train.
 * An adapter folder goes on with its own adapters.
 * @param prepare puts the head on a whole model
 * @param folder that the model was loaded from; undefined: from scratch
 * @throws ConfigError `lora.start` for a model from scratch, or an adapter for another head; `lora.targets`
 */
export function adaptedForTraining(
  model: Model,
  prepare: (whole: Model) => Model,
  lora: LoraSettings | undefined,
  { folder, seed }: { readonly folder?: string | undefined; readonly seed: number },
): Model {
  if (lora === undefined) return prepare(withoutAdapter(model));
  if (folder === undefined) throw badStart("drawn weights", "train a model first, then adapt it");
  const bits = { none: undefined, int8: 8, int4: 4 } as const;
  const held = (adapted: Model) => {
    const few = bits[lora.baseQuantization ?? "none"];
    return few === undefined ? adapted : withRoundedBase(adapted, few, folder);
  };
  if (model.adapter !== undefined) {
    const whole = withoutAdapter(model);
    if (prepare(whole) === whole) return held(model);
    throw badStart(`an adapter for ${model.head}`, "merge it first: codet5 model merge");
  }
  const { targets = defaultTargets[model.modelType], rank, alpha, dropout } = lora;
  const adapter = { lora: { rank, alpha, dropout, targets }, base: resolve(folder) };
  return held(withAdapter(prepare(model), adapter, seed));
}

function badStart(got: string, help: string): ConfigError {
  return new ConfigError("lora.start", "adapters are put beside a trained model", {
    expected: "a model folder, or an adapter for the same head",
    got,
    help,
  });
}
