/** @file What a machine must have for a published model, computed from its architecture. */
import { sizeOf } from "../base/index.ts";
import { familyOf } from "../model/index.ts";
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

/** The program itself, and what it computes with. */
const workingBytes = 400e6;
/** Tokens whose keys and values are held while running. */
const cachedTokens = 2048;
/** Tokens of a training's batch: one function. */
const trainedTokens = 512;
/** Rank and width of a customary adapter on two matrices of each layer. */
const adapterRank = 8;
/** Value, gradient and two moments in float32. */
const trainedWeightBytes = 16;
/** Korthikanti et al. 2022, eq. 1: 34 bytes a token and unit of width in 16 bits; twice that in float32. */
const activationBytes = 68;
/** Scales of rows, and of blocks of 32 in float32. */
const bytesOfMatrix: Readonly<Record<Precision, number>> = {
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
  const sizes = parameters.map(({ name, shape }) => {
    return {
      size: sizeOf(shape),
      isMatrix: shape.length === 2 && !/embed|shared|wte|wpe/.test(name),
    };
  });
  const total = sizes.reduce((sum, { size }) => sum + size, 0);
  const { numLayers, numKeyValueHeads, headDim, dModel } = family.summary(parsed);
  const layers = numLayers.reduce((sum, count) => sum + count, 0);
  const weights = (precision: Precision) => {
    // tables that are looked up stay in 16 bits
    const rest = precision === "float32" ? 4 : 2;
    return sizes.reduce((sum, { size, isMatrix }) => {
      return sum + size * (isMatrix ? bytesOfMatrix[precision] : rest);
    }, 0);
  };
  const cache = 4 * 2 * layers * numKeyValueHeads * headDim * cachedTokens;
  const activations = activationBytes * layers * dModel * trainedTokens;
  const adapters = trainedWeightBytes * 2 * layers * adapterRank * 2 * dModel;
  const memory: Readonly<Record<Use, (precision: Precision) => number>> = {
    run: (precision) => weights(precision) + cache,
    LoRA: (precision) => weights(precision) + adapters + activations,
    "fine-tune": () => trainedWeightBytes * total + activations,
  };
  const needs = uses.flatMap((use) =>
    precisions
      // moments and gradients are float32, whatever the weights are read from
      .filter((precision) => use !== "fine-tune" || precision === "float32")
      .map((precision): Need => {
        const engine = isOurs(use, precision) ? "codet5" : "server or GGUF";
        return { use, precision, memoryBytes: memory[use](precision) + workingBytes, engine };
      }),
  );
  return { parameters: total, diskBytes: storedBytes * total, needs };
}

/** Its own runtime computes in float32, int8 and int4, and trains adapters beside float32 and int8. */
function isOurs(use: Use, precision: Precision): boolean {
  if (precision === "16 bits") return false;
  return use === "run" || precision !== "int4";
}
