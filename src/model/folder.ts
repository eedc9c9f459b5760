/** @file A model folder in Hugging Face's layout: load, save, create. */

import { existsSync } from "node:fs";
import { join } from "node:path";
import {
  DataError,
  nearest,
  readJsonFile,
  type Tensor,
  writeFileAtomically,
} from "../base/index.ts";
import {
  type Checkpoint,
  currentFolder,
  readCheckpoint,
  type StoredTensor,
  writeCheckpoint,
  writeChecksums,
  writeFolderAtomically,
} from "../checkpoint/index.ts";
import type { Device } from "../runtime/index.ts";
import { writeAdapterFiles } from "./adapter-folder.ts";
import { blockWeights } from "./block-weights.ts";
import { configText } from "./config-text.ts";
import { type Family, familyOf, type Head, type ModelType, modelTypeNamed } from "./family.ts";
import type { GenerateOptions } from "./generation/index.ts";
import { generationOptionsFromJson, generationOptionsToJson } from "./generation-config.ts";
import { adaptedModules } from "./lora.ts";
import { Model, type ModelQuantization, type ModelSpec } from "./model.ts";
import type { ModelConfig } from "./model-config.ts";
import { initializeParameter, type ParameterSpec } from "./parameters.ts";
import {
  quantizationConfig,
  quantizeWeights,
  readWeight,
  scaleName,
  scalesIn,
} from "./quantized-weights.ts";
import { lazyWeights } from "./stored-weights.ts";

export interface LoadModelOptions {
  /** What to read off the model, where its checkpoint holds more than one head. */
  readonly head?: Head;
  readonly device?: Device;
  /** Default none: weights as they are. In 8 bits a model is several times faster, and cannot be trained. */
  readonly quantization?: ModelQuantization;
  /** Compare files with `checksums.json` first. */
  readonly verify?: boolean;
  /** Of 4-bit weights, which are made once; default `codet5` in the user's cache. */
  readonly cache?: string;
  /**
   * Of 4-bit weights: keep the layers' matrices in 8 bits as well and read prompts by them, several times as fast
   * in 2.3 times the memory. Default false.
   */
  readonly hasFastPrompts?: boolean;
  /** Told what is about to happen when it takes long. */
  readonly onNews?: (line: string) => void;
}

/**
 * Load a Hugging Face folder: `config.json` and its weights; the head is found from their names.
 * @throws DataError `file.missing`, `checkpoint.*`, `safetensors.*`, `model.missing`, `model.shape`,
 * `model.unexpected`, `model.memory`, `model.disk`; ConfigError `config.*`
 */
export async function loadModel(path: string, options: LoadModelOptions = {}): Promise<Model> {
  const description = describeModel(path, options);
  const { spec, parameters, checkpoint } = description;
  const { quantization = "none" } = options;
  const weights =
    quantization === "int4"
      ? await blockWeights(description, options)
      : weightsOf(parameters, checkpoint.tensors);
  // in memory nothing is quantized
  const { quantization_config: _stored, ...configJson } = spec.configJson;
  return new Model({ ...spec, configJson }, weights, options.device, quantization);
}

/** Smaller models are read at once, so that their folder may go. */
const leastLazyBytes = 5e8;

function weightsOf(
  parameters: readonly ParameterSpec[],
  tensors: ReadonlyMap<string, StoredTensor>,
): ReadonlyMap<string, Tensor> {
  const names = parameters.map(({ name }) => name);
  const bytes = names.reduce((sum, name) => sum + tensors.get(name)!.byteLength, 0);
  if (bytes >= leastLazyBytes) return lazyWeights(names, tensors);
  return new Map(names.map((name) => [name, readWeight(name, tensors)]));
}

/** What a model folder says of itself; no weight is read. */
export interface ModelDescription {
  readonly spec: ModelSpec;
  readonly parameters: readonly ParameterSpec[];
  readonly checkpoint: Checkpoint;
}

/**
 * Read a folder's configuration and the names and shapes of its weights.
 * @throws as {@link loadModel}
 */
export function describeModel(
  path: string,
  options: Pick<LoadModelOptions, "head" | "verify"> = {},
): ModelDescription {
  const folder = currentFolder(path);
  const stored = readCheckpoint(path, { verify: options.verify ?? false });
  const spec = readSpec(folder, new Set(stored.tensors.keys()), options.head);
  const family = familyOf(spec.modelType);
  const { parameters } = family.architecture(spec.config, spec.head);
  const tensors = withOwnNames(family, spec.config, parameters, stored.tensors);
  const redundant = [...family.redundant(spec.config, spec.head), ...scalesIn(tensors)];
  checkTensors(parameters, tensors, redundant, folder);
  return { spec, parameters, checkpoint: { ...stored, tensors } };
}

/** Tensors under the names that the architecture has for them, whatever a checkpoint calls them. */
export function withOwnNames(
  family: Family,
  config: ModelConfig,
  parameters: readonly ParameterSpec[],
  tensors: ReadonlyMap<string, StoredTensor>,
): ReadonlyMap<string, StoredTensor> {
  const renamed = new Map<string, string>();
  for (const { name } of parameters) {
    if (tensors.has(name)) continue;
    const other = family.namesInCheckpoint(config, name).find((known) => tensors.has(known));
    if (other === undefined) continue;
    renamed.set(other, name);
    renamed.set(scaleName(other), scaleName(name));
  }
  if (renamed.size === 0) return tensors;
  return new Map([...tensors].map(([name, tensor]) => [renamed.get(name) ?? name, tensor]));
}

/** Read `config.json` and `generation_config.json`. @param names of the checkpoint's tensors */
function readSpec(folder: string, names: ReadonlySet<string>, asked: Head | undefined): ModelSpec {
  const path = join(folder, "config.json");
  const written = readJsonFile(path) as Record<string, unknown>;
  const modelType = modelTypeNamed(written?.model_type ?? "t5", path);
  const family = familyOf(modelType);
  const configJson = family.configOfCheckpoint?.(written, names) ?? written;
  const config = family.parseConfig(configJson, path);
  const head = asked ?? family.detectHead(names);
  const generationPath = join(folder, "generation_config.json");
  const generationJson = existsSync(generationPath) ? readJsonFile(generationPath) : configJson;
  const options = generationOptionsFromJson(generationJson, generationPath);
  const generationDefaults = withoutKnownTokens(options, config);
  return { modelType, config, head, configJson, generationDefaults };
}

/** Special tokens are settings where they are others than those of the configuration. */
function withoutKnownTokens(options: GenerateOptions, config: ModelConfig): GenerateOptions {
  const { eosTokenId, padTokenId, ...rest } = options;
  const isOther = (
    given: number | readonly number[] | undefined,
    own: number | readonly number[],
  ) => given !== undefined && [given].flat().join() !== [own].flat().join();
  return {
    ...rest,
    ...(isOther(eosTokenId, config.eosTokenId) ? { eosTokenId: eosTokenId! } : {}),
    ...(isOther(padTokenId, config.padTokenId) ? { padTokenId: padTokenId! } : {}),
  };
}

function checkTensors(
  parameters: readonly ParameterSpec[],
  tensors: ReadonlyMap<string, StoredTensor>,
  redundant: readonly string[],
  where: string,
): void {
  for (const { name, shape } of parameters) {
    const stored = tensors.get(name);
    if (stored === undefined) throw missingTensor(name, [...tensors.keys()], where);
    if (stored.shape.join() !== shape.join()) {
      throw new DataError("model.shape", `${name} has another shape than config.json implies`, {
        expected: `[${shape.join(", ")}]`,
        got: `[${stored.shape.join(", ")}]`,
        where,
        help: "config.json and the weights belong to different models",
      });
    }
  }
  const known = new Set([...parameters.map(({ name }) => name), ...redundant]);
  const unexpected = [...tensors.keys()].find((name) => !known.has(name));
  if (unexpected === undefined) return;
  throw new DataError(
    "model.unexpected",
    `the checkpoint holds ${unexpected}, which the model lacks`,
    {
      expected: `${parameters.length} tensors of the architecture in config.json`,
      got: unexpected,
      where,
    },
  );
}

function missingTensor(name: string, names: readonly string[], where: string): DataError {
  const close = nearest(name, names);
  return new DataError("model.missing", `the checkpoint lacks ${name}`, {
    expected: name,
    got: close === undefined ? "no tensor at all" : `the nearest is ${close}`,
    where,
  });
}

/**
 * A model with freshly drawn weights.
 * @param seed decides every weight; each depends on the seed and its own name alone
 */
export function createModel(
  modelType: ModelType,
  configJson: Readonly<Record<string, unknown>>,
  options: { readonly head?: Head; readonly seed: number; readonly device?: Device },
): Model {
  const family = familyOf(modelType);
  const config = family.parseConfig(configJson, "config");
  const spec = {
    modelType,
    config,
    head: options.head ?? family.defaultHead,
    configJson: family.configToJson(config),
    generationDefaults: {},
  };
  const { parameters } = family.architecture(config, spec.head);
  return new Model(spec, drawWeights(parameters, options.seed), options.device);
}

function drawWeights(parameters: readonly ParameterSpec[], seed: number): Map<string, Tensor> {
  const weights = new Map<string, Tensor>();
  for (const spec of parameters) {
    const size = spec.shape.reduce((product, dim) => product * dim, 1);
    const data = new Float32Array(size);
    initializeParameter(spec, seed, data);
    weights.set(spec.name, { shape: spec.shape, data });
  }
  return weights;
}

/**
 * The same body under another head: weights of shared parameters are taken over, new ones drawn.
 * Where a head puts a prefix before the names of the body, they move under it, and back.
 */
export function withHead(model: Model, head: Head, seed: number): Model {
  if (head === model.head) return model;
  const spec: ModelSpec = { ...specOf(model), head };
  const { parameters } = familyOf(model.modelType).architecture(model.config, head);
  const weights = drawWeights(parameters, seed);
  for (const [name, { data }] of weights) {
    const known = bodyWeight(model, name);
    if (known !== undefined) data.set(known.data);
  }
  return new Model(spec, weights, model.device);
}

function bodyWeight(model: Model, name: string): Tensor | undefined {
  const known = familyOf(model.modelType).namesInHeads(name);
  return known.map((other) => model.weights.get(other)).find((weight) => weight !== undefined);
}

function specOf({ modelType, config, head, configJson, generationDefaults }: Model): ModelSpec {
  return { modelType, config, head, configJson, generationDefaults };
}

export interface SaveModelOptions {
  readonly maxShardBytes?: number;
  /** `int8`: matrices in 8 bits with a scale per row, a quarter of the size. */
  readonly quantize?: "none" | "int8";
}

/**
 * Write `config.json`, `generation_config.json` and the weights into an existing folder; of a model with
 * adapters these alone.
 * @returns sha256 of each weight file by name, for `writeChecksums`
 */
export function writeModelFiles(
  model: Model,
  folder: string,
  options: SaveModelOptions = {},
): Record<string, string> {
  if (model.adapter !== undefined) {
    const { modelType, config, head, adapter } = model;
    const plain = familyOf(modelType).architecture(config, head);
    return writeAdapterFiles(model, adaptedModules(plain, adapter.lora.targets), folder);
  }
  const json = (name: string, value: unknown) =>
    writeFileAtomically(join(folder, name), configText(value));
  const isQuantized = options.quantize === "int8";
  const quantization = isQuantized ? { quantization_config: quantizationConfig } : {};
  json("config.json", { ...model.configJson, ...quantization });
  json("generation_config.json", generationOptionsToJson(model.generationDefaults, model.config));
  const weights = isQuantized ? quantizeWeights(model.weights) : model.weights;
  return writeCheckpoint(folder, weights, options);
}

/**
 * Save a model folder atomically, with `checksums.json`: a reader sees the old one or the new one, whole.
 * @throws DataError `disk.full`, `file.unwritable`; the old folder is then intact
 */
export async function saveModel(
  model: Model,
  path: string,
  options: SaveModelOptions = {},
): Promise<void> {
  await writeFolderAtomically(path, (folder) => {
    writeChecksums(folder, writeModelFiles(model, folder, options));
  });
}
