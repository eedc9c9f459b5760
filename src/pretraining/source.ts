/** @file Pre-training's batches: one objective a step, instances of like length side by side. */
import { DataError, hash32, Random } from "../base/index.ts";
import { planBatches } from "../data/index.ts";
import type { Head } from "../model/index.ts";
import { type ObjectiveKind, type ObjectiveName, objectives } from "../objectives/index.ts";
import type { Tokenizer } from "../tokenizer/index.ts";
import { batchOf, type Example, planned, type TrainingSource } from "../train/index.ts";
import type { ExamplePool } from "./pool.ts";

/** Longest instances, in tokens, special ones included. */
export interface InstanceLimits {
  readonly maxSourceLength: number;
  readonly maxTargetLength: number;
}

export interface InstanceSettings extends InstanceLimits {
  /** Drawn with equal probability, CodeT5 §3.2. */
  readonly objectives: readonly ObjectiveName[];
}

export interface PretrainingSourceOptions extends InstanceSettings {
  /** Tokens of a micro-batch, source and target, padding included, about. */
  readonly batchTokens: number;
  readonly accumulation: number;
  readonly seed: number;
}

const heads: Readonly<Record<ObjectiveKind, Head>> = {
  seq2seq: "generation",
  tagging: "tagging",
  causal: "generation",
  masked: "masked-language",
};

/** The head that learns an objective. */
export function headOf(name: ObjectiveName): Head {
  return heads[objectives[name].kind];
}

/** An objective's instances of one example, as ids; none when it has nothing to ask of it. */
export function instancesOf(
  name: ObjectiveName,
  pool: ExamplePool,
  index: number,
  tokenizer: Tokenizer,
  limits: InstanceLimits & { readonly seed: number },
): Example[] {
  const { seed, maxSourceLength, maxTargetLength } = limits;
  const options = { seed, maxSourceLength, maxTargetLength };
  const instances = objectives[name].build(pool.example(index), tokenizer, options);
  return instances.map((instance) => {
    return {
      source: instance.source,
      target: "labels" in instance ? instance.labels : instance.target,
    };
  });
}

/** Target tokens per source token that an objective asks for, about: for planning batches. */
const targetShare: Readonly<Record<ObjectiveName, number>> = {
  maskedSpanPrediction: 0.25,
  identifierTagging: 0,
  maskedIdentifierPrediction: 0.3,
  dualGeneration: 1,
  spanDenoising: 0.25,
  causalLanguageModelling: 1,
  nextTokenPrediction: 0,
  maskedLanguageModelling: 0,
};

/**
 * Micro-batches cut from one draw of instances. Masking changes lengths, so like functions give unlike
 * instances: sorted again within four times a batch they pad 8 % instead of 13 % (dev/LOG.md).
 */
const batchesPerDraw = 4;

/** Instances of one objective, and the batches they were cut into. */
interface Draw {
  readonly name: ObjectiveName;
  readonly batches: readonly (readonly Example[])[];
}

/**
 * A source for the training loop. Functions of like length are planned together, then an objective is
 * drawn for them; its instances are sorted by length and cut into the batches of a few steps.
 */
export function pretrainingSource(
  pool: ExamplePool,
  tokenizer: Tokenizer,
  options: PretrainingSourceOptions,
): TrainingSource {
  const { batchTokens, accumulation, seed } = options;
  const stepsPerDraw = Math.ceil(batchesPerDraw / accumulation);
  const numBatches = stepsPerDraw * accumulation;
  const groups = planned((epoch) => {
    const indices = usableIn(pool, pool.epoch(seed, epoch), options);
    const lengths = indices.map((index) => plannedLengths(pool.numTokens(index), options));
    const maxTokens = numBatches * batchTokens;
    const { batches } = planBatches({ lengths, maxTokens, seed, epoch });
    const draws = planned((group) => {
      const chosen = batches[group]!.map((i) => indices[i]!);
      return draw(pool, tokenizer, { ...options, numBatches }, chosen, [epoch, group]);
    });
    return { numSteps: batches.length * stepsPerDraw, draws };
  });
  return {
    numSteps: (epoch) => groups(epoch).numSteps,
    step: (epoch, index) => {
      const { name, batches } = groups(epoch).draws(Math.floor(index / stepsPerDraw));
      const first = (index % stepsPerDraw) * accumulation;
      const chosen = Array.from({ length: accumulation }, (_, i) => {
        return batches[(first + i) % batches.length]!;
      });
      const numTokens = chosen.flat().reduce((sum, one) => sum + tokensOf(one, name), 0);
      return { head: headOf(name), objective: name, batches: chosen.map(batchOf), numTokens };
    },
  };
}

/** Dual generation alone learns nothing from code without a docstring. */
function usableIn(
  pool: ExamplePool,
  indices: readonly number[],
  { objectives: names }: InstanceSettings,
): readonly number[] {
  const usable = names.every((name) => name === "dualGeneration")
    ? indices.filter((index) => pool.hasDocstring(index))
    : indices;
  if (usable.length > 0) return usable;
  throw new DataError("pretrain.empty", "the corpus holds nothing to learn from", {
    expected: `examples for ${names.join(", ")}`,
    got: `${indices.length} examples, none of use`,
  });
}

function plannedLengths(numTokens: number, options: InstanceSettings) {
  const { objectives: names, maxSourceLength, maxTargetLength } = options;
  const sourceLength = Math.min(numTokens + 3, maxSourceLength);
  const share = Math.max(...names.map((name) => targetShare[name]));
  return { sourceLength, targetLength: Math.min(Math.ceil(share * sourceLength), maxTargetLength) };
}

/** Instances of an objective drawn for these examples; of the next one when it finds too few. */
function draw(
  pool: ExamplePool,
  tokenizer: Tokenizer,
  options: PretrainingSourceOptions & { readonly numBatches: number },
  indices: readonly number[],
  [epoch, group]: readonly [number, number],
): Draw {
  const { objectives: names, seed, numBatches } = options;
  const first = new Random(seed, "objective", epoch, group).below(names.length);
  const key = hash32(hash32(seed, 0x9e37), epoch);
  const wanted = Math.min(numBatches, indices.length);
  for (const least of [wanted, 1]) {
    for (let turn = 0; turn < names.length; turn++) {
      const name = names[(first + turn) % names.length]!;
      const instances = indices.flatMap((index) => {
        return instancesOf(name, pool, index, tokenizer, { ...options, seed: hash32(key, index) });
      });
      if (instances.length < least) continue;
      return { name, batches: cutEvenly(sortedByLength(instances), numBatches) };
    }
  }
  throw new DataError("pretrain.step", "no objective finds anything to ask of some functions", {
    expected: `instances for ${names.join(", ")}`,
    got: `none from ${indices.length} functions`,
    help: "add an objective that any code serves, such as identifierTagging",
  });
}

function targetLengthOf({ target }: Example): number {
  return typeof target === "number" ? 0 : target.length;
}

/** Ids that count as work done; labels of what is read are answers, not ids. */
function tokensOf(instance: Example, name: ObjectiveName): number {
  const isWritten = objectives[name].kind === "seq2seq";
  return instance.source.length + (isWritten ? targetLengthOf(instance) : 0);
}

function sortedByLength(instances: readonly Example[]): Example[] {
  return [...instances].sort((a, b) => {
    return a.source.length - b.source.length || targetLengthOf(a) - targetLengthOf(b);
  });
}

function cutEvenly<T>(items: readonly T[], parts: number): (readonly T[])[] {
  const size = Math.ceil(items.length / parts);
  const count = Math.ceil(items.length / size);
  return Array.from({ length: count }, (_, i) => items.slice(i * size, (i + 1) * size));
}
