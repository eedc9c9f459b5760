/** @file What a machine must have for a published model, computed from its architecture. */
import { sizeOf } from "../base/index.ts";
import { familyOf, plannedRequirements, workingBytes } from "../model/index.ts";
import type { Published } from "./names.ts";

/** How weights are held. */
export const precisions = ["float32", "16 bits", "int8", "int4"] as const;
export type Precision = (typeof precisions)[number];

/** What is done with the model. */
export const uses = ["run", "LoRA", "fine-tune"] as const;
export type Use = (typeof uses)[number];

/** One row: memory of a use at a precision. */
export interface Need {
  readonly use: Use;
  readonly precision: Precision;
  readonly memoryBytes: number;
  /** Where it runs: this package's own runtime, or others'. */
  readonly engine: "codet5" | "server or GGUF";
}

/** A model's size and needs. */
export interface ModelNeeds {
  readonly parameters: number;
  /** Of its files on the hub. */
  readonly diskBytes: number;
  readonly needs: readonly Need[];
}

/** Tokens of a training's batch: one function. */
const trainedTokens = 512;
/** Rank and width of a customary adapter on two matrices of each layer. */
const adapterRank = 8;
/** Value, gradient and two moments in float32. */
const trainedWeightBytes = 16;
/** Korthikanti et al. 2022, eq. 1: 34 bytes a token and unit of width in 16 bits; twice that in float32. */
const activationBytes = 68;
/** Bytes of a weight that stays as it is under adapters: scales of rows, and of blocks of 32 in float32. */
const heldBytes: Readonly<Record<Precision, number>> = {
  float32: 4,
  "16 bits": 2,
  int8: 1.01,
  int4: 0.5 + 4 / 32,
};

/** Compute size and needs; no file is read. */
export function needsOf({ modelType, config, storedBytes }: Published): ModelNeeds {
  const family = familyOf(modelType);
  const parsed = family.parseConfig(config, "published");
  const { parameters } = family.architecture(parsed, family.defaultHead);
  const spec = { modelType, config: parsed, head: family.defaultHead };
  const total = parameters.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  const { numLayers, dModel } = family.summary(parsed);
  const layers = numLayers.reduce((sum, count) => sum + count, 0);
  const running = (quantization: "none" | "int8" | "int4") =>
    plannedRequirements(spec, storedBytes === 2 ? "BF16" : "F32", quantization).memoryBytes;
  const whole = running("none");
  const run: Readonly<Record<Precision, () => number>> = {
    float32: () => whole,
    // half of each weight less
    "16 bits": () => whole - 2 * total,
    int8: () => running("int8"),
    int4: () => running("int4"),
  };
  const activations = activationBytes * layers * dModel * trainedTokens;
  const adapters = trainedWeightBytes * 2 * layers * adapterRank * 2 * dModel;
  const memory: Readonly<Record<Use, (precision: Precision) => number>> = {
    run: (precision) => run[precision](),
    LoRA: (precision) => heldBytes[precision] * total + adapters + activations + workingBytes,
    "fine-tune": () => trainedWeightBytes * total + activations + workingBytes,
  };
  const needs = uses.flatMap((use) =>
    precisions
      // moments and gradients are float32, whatever the weights are read from
      .filter((precision) => use !== "fine-tune" || precision === "float32")
      .map((precision): Need => {
        const engine = isOurs(precision) ? "codet5" : "server or GGUF";
        return { use, precision, memoryBytes: memory[use](precision), engine };
      }),
  );
  return { parameters: total, diskBytes: storedBytes * total, needs };
}

/** Its own runtime computes in float32, int8 and int4, and trains adapters beside each. */
function isOurs(precision: Precision): boolean {
  return precision !== "16 bits";
}
