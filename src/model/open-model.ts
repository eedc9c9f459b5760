/** @file Models by their folder, whichever kind it is: weights of its own, or an adapter for another's. */
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { ConfigError, DataError } from "../base/index.ts";
import { currentFolder, readFloat32 } from "../checkpoint/index.ts";
import { findModelFolder } from "../hub/index.ts";
import { withoutAdapter } from "./adapted-model.ts";
import { isAdapterFolder, readAdapter, type StoredAdapter } from "./adapter-folder.ts";
import { baseSampleOf, isSameBase } from "./base-sample.ts";
import { type Family, familyOf, type Head } from "./family.ts";
import {
  describeModel as describeFolder,
  type LoadModelOptions,
  loadModel as loadFolder,
  type ModelDescription,
  withHead,
} from "./folder.ts";
import { adaptedModules } from "./lora.ts";
import { Model } from "./model.ts";

export interface OpenModelOptions extends LoadModelOptions {
  /** Of an adapter: the model underneath, instead of the one it names. */
  readonly base?: string | undefined;
}

/**
 * Load a Hugging Face folder, or an adapter in PEFT's layout together with its base.
 * @throws as `loadModel` of a folder; DataError `adapter.base` for an adapter of another base
 */
export async function loadModel(path: string, options: OpenModelOptions = {}): Promise<Model> {
  const { base: asked, ...own } = options;
  const folder = currentFolder(path);
  if (!isAdapterFolder(folder)) return loadFolder(path, own);
  const adapter = readAdapter(folder);
  const base = asked ?? localBase(adapter, folder) ?? (await findModelFolder(adapter.base));
  const { head, quantization, ...plain } = own;
  const model = adaptedBy(adapter, await loadFolder(base, plain), { head, base, folder });
  if (quantization === undefined || quantization === "none") return model;
  if (quantization !== "int8") throw notMerged(quantization, folder);
  // in 8 bits nothing is beside the weights
  const merged = withoutAdapter(model);
  return new Model(merged, merged.weights, merged.device, quantization);
}

/** Read a folder's configuration; of an adapter, its base's. @throws as {@link loadModel} */
export function describeModel(
  path: string,
  options: Pick<LoadModelOptions, "head" | "verify"> = {},
): ModelDescription {
  const folder = currentFolder(path);
  if (!isAdapterFolder(folder)) return describeFolder(path, options);
  const adapter = readAdapter(folder);
  const base = localBase(adapter, folder);
  if (base === undefined) throw noBase(adapter, folder);
  const description = describeFolder(base, { verify: options.verify ?? false });
  const { spec, checkpoint } = description;
  const names = new Set([...adapter.tensors.keys(), ...checkpoint.tensors.keys()]);
  const head = options.head ?? familyOf(spec.modelType).detectHead(names);
  return { ...description, spec: { ...spec, head } };
}

/** The folder it names, seen from the working folder or from its own. */
function localBase({ base }: StoredAdapter, folder: string): string | undefined {
  return [base, resolve(folder, base)].find((path) => existsSync(currentFolder(path)));
}

function noBase({ base }: StoredAdapter, where: string): DataError {
  return new DataError("adapter.base", "the adapter's base is not on this machine", {
    expected: base,
    got: "no such folder",
    where,
  });
}

/** Weights that stay in a file have nothing added to them. */
function notMerged(quantization: string, where: string): ConfigError {
  return new ConfigError("adapter.quantization", "an adapter is not read in 4 bits", {
    expected: 'quantization "none" or "int8"',
    got: quantization,
    where,
    help: "codet5 model merge makes a model folder of it, which is",
  });
}

function adaptedBy(
  adapter: StoredAdapter,
  base: Model,
  { head: asked, ...place }: { head: Head | undefined; base: string; folder: string },
): Model {
  const family: Family = familyOf(base.modelType);
  const names = new Set([...adapter.tensors.keys(), ...base.weights.keys()]);
  const plain = withHead(base, asked ?? family.detectHead(names), 0);
  requireModules(adapter, plain, place);
  const spec = { ...plain, adapter: { lora: adapter.lora, base: place.base } };
  const weights = new Map(plain.weights);
  const { architecture } = new Model(spec, weights, plain.device);
  for (const { name, shape } of architecture.parameters) {
    const stored = adapter.tensors.get(name);
    if (stored === undefined && weights.has(name)) continue;
    if (stored?.shape.join() !== shape.join()) {
      const got = stored === undefined ? "nothing" : `[${stored.shape.join(", ")}]`;
      throw otherBase(`${name} of [${shape.join(", ")}]`, got, place);
    }
    weights.set(name, { shape, data: readFloat32(stored) });
  }
  const model = new Model(spec, weights, plain.device);
  requireSample(adapter, model, place);
  return model;
}

interface Place {
  readonly base: string;
  readonly folder: string;
}

/** The file names its modules one by one: each is to be a linear map of the base. */
function requireModules({ lora }: StoredAdapter, { architecture }: Model, place: Place): void {
  const known = new Set(architecture.parameters.map(({ name }) => name));
  const missing = lora.targets.find((module) => !known.has(`${module}.weight`));
  if (missing !== undefined) throw otherBase(`a module ${missing}`, "none of that name", place);
}

function requireSample({ baseSample, lora }: StoredAdapter, model: Model, place: Place): void {
  if (baseSample === undefined) return;
  const { modelType, config, head } = model;
  const modules = adaptedModules(familyOf(modelType).architecture(config, head), lora.targets);
  if (isSameBase(baseSample, baseSampleOf(model, modules))) return;
  throw otherBase("the weights it was trained on", "other weights of the same shapes", place);
}

function otherBase(expected: string, got: string, { base, folder }: Place): DataError {
  return new DataError("adapter.base", "the adapter belongs to another base", {
    expected,
    got: `${got} in ${base}`,
    where: folder,
  });
}
