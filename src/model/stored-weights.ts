/**
 * @file Weights that are read when they are asked for. A session can take those nobody has read yet straight from
 * their file, mapped into memory, so that a large model is not in memory twice.
 */
import { realpathSync, statSync } from "node:fs";
import { basename, dirname } from "node:path";
import type { Tensor } from "../base/index.ts";
import type { StoredTensor } from "../checkpoint/index.ts";
import type { StoredWeight } from "../rewrite/index.ts";
import { readWeight } from "./quantized-weights.ts";
import type { Weights } from "./weights.ts";

/** Files that sessions read weights from. */
export interface WeightStorage {
  /** All files lie in it. */
  readonly folder: string;
  /** What a session may take from there now. */
  available(): ReadonlyMap<string, StoredWeight>;
}

/** By the very map: other weights than those of a file have no file. */
const storages = new WeakMap<Weights, WeightStorage>();

/** Where a model's weights lie, if they do. */
export const storageOf = (weights: Weights): WeightStorage | undefined => storages.get(weights);

/** Say that sessions of these weights may read them from files. */
export function setStorage(weights: Weights, storage: WeightStorage): void {
  storages.set(weights, storage);
}

/**
 * Weights of a checkpoint, each read when its data is first asked for and kept from then on. Whoever asks may
 * change them, so sessions take only the others from the file.
 */
export function lazyWeights(
  names: readonly string[],
  tensors: ReadonlyMap<string, StoredTensor>,
): Map<string, Tensor> {
  const untouched = new Map<string, StoredWeight>();
  const paths = new Map<string, string>();
  const weights = new Map<string, Tensor>();
  for (const name of names) {
    const stored = tensors.get(name)!;
    const { path } = stored.source;
    // the hub's cache holds links, which a session must not follow out of their folder
    if (!paths.has(path)) paths.set(path, realpathSync(path));
    if (stored.dtype === "F32") {
      const location = basename(paths.get(path)!);
      const external = { location, offset: stored.offset, length: stored.byteLength };
      untouched.set(name, { shape: stored.shape, floats: { dtype: "float32", external } });
    }
    weights.set(
      name,
      lazyTensor(stored.shape, () => {
        untouched.delete(name);
        return readWeight(name, tensors).data;
      }),
    );
  }
  const [folder, ...others] = new Set([...paths.values()].map(dirname));
  if (folder === undefined || others.length > 0) return weights;
  const isAsBefore = () => names.every((name) => isUnchanged(tensors.get(name)!.source));
  // what has been replaced is refused by name when it is read
  setStorage(weights, { folder, available: () => new Map(isAsBefore() ? untouched : []) });
  return weights;
}

/** Weights of a checkpoint, read whenever they are asked for and kept by nobody. */
export function passingWeights(
  names: readonly string[],
  tensors: ReadonlyMap<string, StoredTensor>,
): Map<string, Tensor> {
  const passing = (name: string): Tensor => ({
    shape: tensors.get(name)!.shape,
    get data() {
      return readWeight(name, tensors).data;
    },
  });
  return new Map(names.map((name) => [name, passing(name)]));
}

function isUnchanged({ path, bytes, inode, modifiedMs }: StoredTensor["source"]): boolean {
  const now = statSync(path, { throwIfNoEntry: false });
  return now?.size === bytes && now.ino === inode && now.mtimeMs === modifiedMs;
}

function lazyTensor(shape: readonly number[], read: () => Float32Array): Tensor {
  let data: Float32Array | undefined;
  return {
    shape,
    get data() {
      data ??= read();
      return data;
    },
  };
}
