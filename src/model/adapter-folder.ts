/**
 * @file Adapters on disk in PEFT's layout: `adapter_config.json` and `adapter_model.safetensors`, whose names are
 * the model's behind `base_model.model.`. Nothing of the base is written but a few of its values, to tell it by.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import {
  ConfigError,
  DataError,
  describeIssue,
  readJsonFile,
  type Tensor,
  writeFileAtomically,
} from "../base/index.ts";
import {
  readFloat32,
  readSafetensors,
  type StoredTensor,
  writeSafetensors,
} from "../checkpoint/index.ts";
import { baseSampleOf, decodeSample, encodeSample } from "./base-sample.ts";
import { type AdaptedModule, isTrainedWhole, type LoraConfig } from "./lora.ts";
import type { Model } from "./model.ts";

const configFile = "adapter_config.json";
const weightsFile = "adapter_model.safetensors";
const prefix = "base_model.model.";
const sampleKey = "base_sample";

const rate = z.number().min(0).lt(1);
const schema = z.looseObject({
  peft_type: z.literal("LORA"),
  base_model_name_or_path: z.string().min(1),
  r: z.int().min(1).max(65_536),
  lora_alpha: z.number().positive(),
  lora_dropout: rate.default(0),
  use_rslora: z.boolean().nullish(),
  use_dora: z.literal(false).nullish(),
  bias: z.literal("none").default("none"),
  rank_pattern: z.strictObject({}).nullish(),
  alpha_pattern: z.strictObject({}).nullish(),
});

/** An adapter folder, as read. */
export interface StoredAdapter {
  readonly lora: LoraConfig;
  /** As written: a folder, or a name on the hub. */
  readonly base: string;
  /** By the model's own names. */
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  /** Values of the base it was trained on, where the file has them. */
  readonly baseSample?: Float32Array | undefined;
}

export function isAdapterFolder(folder: string): boolean {
  return existsSync(join(folder, configFile)) && existsSync(join(folder, weightsFile));
}

/** Write a model's adapters. @returns sha256 of the weight file by name, for `writeChecksums` */
export function writeAdapterFiles(
  model: Model,
  modules: readonly AdaptedModule[],
  folder: string,
): Record<string, string> {
  const text = JSON.stringify(adapterConfig(model, modules), null, 2);
  writeFileAtomically(join(folder, configFile), `${text}\n`);
  const tensors = model.trainable.map(({ name }) => {
    return [prefix + name, model.weights.get(name)!] as const;
  });
  const sample = baseSampleOf(model, modules);
  const metadata = { format: "pt", [sampleKey]: encodeSample(sample) };
  return { [weightsFile]: writeSafetensors(join(folder, weightsFile), tensors, metadata) };
}

function adapterConfig(
  { adapter, trainable, head, config }: Model,
  modules: readonly AdaptedModule[],
) {
  const { lora, base } = adapter!;
  const whole = trainable.map(({ name }) => name).filter(isTrainedWhole);
  const saved = [...new Set(whole.map((name) => name.split(".")[0]!))];
  const isPlain = lora.targets.every((target) => !/\*|^all-linear$/.test(target));
  const writes = config.decoderStartTokenId === undefined ? "CAUSAL_LM" : "SEQ_2_SEQ_LM";
  const tasks: Readonly<Partial<Record<typeof head, string>>> = {
    generation: writes,
    classification: "SEQ_CLS",
  };
  return {
    peft_type: "LORA",
    task_type: tasks[head] ?? null,
    base_model_name_or_path: base,
    r: lora.rank,
    lora_alpha: lora.alpha,
    lora_dropout: lora.dropout,
    target_modules: isPlain ? lora.targets : modules.map(({ module }) => module),
    modules_to_save: saved.length > 0 ? saved : null,
    fan_in_fan_out: modules.some(({ isInputFirst }) => isInputFirst),
    bias: "none",
    use_rslora: false,
    inference_mode: true,
  };
}

/**
 * Read an adapter folder; the modules are those that the file has tensors for.
 * @throws DataError `adapter.config`, `adapter.names`, ConfigError `adapter.unsupported`
 */
export function readAdapter(folder: string): StoredAdapter {
  const file = readConfig(join(folder, configFile));
  const path = join(folder, weightsFile);
  const { tensors: stored, metadata } = readSafetensors(path);
  const tensors = new Map<string, StoredTensor>();
  for (const [name, tensor] of stored) {
    if (!name.startsWith(prefix)) throw foreignName(name, path);
    tensors.set(name.slice(prefix.length), tensor);
  }
  const modules = [...tensors.keys()].flatMap(
    (name) => /^(.*)\.lora_A\.weight$/.exec(name)?.[1] ?? [],
  );
  if (modules.length === 0) throw foreignName("no lora_A.weight", path);
  const { r: rank, lora_alpha: alpha, lora_dropout: dropout } = file;
  return {
    // the scale of rank-stabilised adapters is alpha / √rank
    lora: {
      rank,
      alpha: file.use_rslora ? alpha * Math.sqrt(rank) : alpha,
      dropout,
      targets: modules,
    },
    base: file.base_model_name_or_path,
    tensors,
    baseSample: decodeSample(metadata[sampleKey]),
  };
}

function readConfig(path: string): z.output<typeof schema> {
  const json = readJsonFile(path);
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  const field = issue.path.join(".") || "not an object";
  const details = { ...describeIssue(issue, json), where: path };
  const help = "plain LoRA of one rank is read: no biases, no DoRA, no ranks of their own";
  throw new ConfigError("adapter.unsupported", `bad adapter config: ${field}`, {
    ...details,
    help,
  });
}

function foreignName(name: string, where: string): DataError {
  return new DataError("adapter.names", "the file holds no adapters in PEFT's layout", {
    expected: `${prefix}<module>.lora_A.weight`,
    got: name,
    where,
  });
}

/** The values of an adapter folder, by the model's own names. @throws as {@link readAdapter} */
export function readAdapterWeights(folder: string): Map<string, Tensor> {
  const { tensors } = readAdapter(folder);
  const read = ([name, tensor]: readonly [string, StoredTensor]) =>
    [name, { shape: tensor.shape, data: readFloat32(tensor) }] as const;
  return new Map([...tensors].map(read));
}
