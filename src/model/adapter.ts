/** @file What is put beside a model's weights: adapters that learn while the weights stay as they are. */
import type { Tensor } from "../base/index.ts";
import type { Architecture } from "./architecture.ts";
import { dequantized, type FrozenBase } from "./frozen-base.ts";
import { withFrozen } from "./frozen-graph.ts";
import { adaptedModules, isAdapterName, isTrainedWhole, type LoraConfig } from "./lora.ts";
import { withLora } from "./lora-graph.ts";
import { mergedWeight } from "./lora-merge.ts";
import { initializeParameter, type ParameterSpec } from "./parameters.ts";
import type { Weights } from "./weights.ts";

export interface Adapter {
  readonly lora: LoraConfig;
  /** Folder of the model underneath, or its name on the hub. */
  readonly base: string;
  /** Matrices of the base that are held in 8 bits, and are not among the model's weights. */
  readonly frozen?: FrozenBase | undefined;
}

/** An architecture with its adapters. @throws ConfigError `lora.targets` */
export function adaptedArchitecture(
  architecture: Architecture,
  { lora, frozen }: Adapter,
): Architecture {
  const adapted = withLora(architecture, lora);
  return frozen === undefined ? adapted : withFrozen(adapted, frozen);
}

/** Whether a parameter of an adapted model is trained. */
export function isAdapted({ name }: ParameterSpec): boolean {
  return isAdapterName(name) || isTrainedWhole(name);
}

/** Weights of the plain architecture, those that have an adapter replaced by their sums. */
export function mergedWeights(
  architecture: Architecture,
  weights: Weights,
  { lora, frozen }: Adapter,
): Weights {
  const merged = new Map<string, Tensor>();
  for (const { name } of architecture.parameters) {
    const held = frozen?.get(name);
    merged.set(name, held === undefined ? weights.get(name)! : dequantized(held));
  }
  for (const module of adaptedModules(architecture, lora.targets)) {
    const name = `${module.module}.weight`;
    merged.set(name, mergedWeight(merged.get(name)!, weights, module, lora));
  }
  return merged;
}

/** Fresh values for the adapters of an architecture: A drawn, B zero. */
export function drawAdapters({ parameters }: Architecture, seed: number): Map<string, Tensor> {
  const adapters = parameters.filter(({ name }) => isAdapterName(name));
  return new Map(
    adapters.map((spec) => {
      const data = new Float32Array(spec.shape.reduce((product, dim) => product * dim, 1));
      initializeParameter(spec, seed, data);
      return [spec.name, { shape: spec.shape, data }];
    }),
  );
}
