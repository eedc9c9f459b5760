/** @file The weights of a Hugging Face model folder, in one file or in shards. */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { DataError, discard } from "../base/index.ts";
import { currentFolder } from "./atomic-folder.ts";
import { verifyChecksums } from "./checksums.ts";
import { readSafetensors, type WritableTensors, writeSafetensors } from "./safetensors.ts";
import { readShards, type ShardFormat, splitIntoShards, writeShards } from "./shards.ts";
import type { StoredTensor } from "./stored-tensor.ts";
import { readTorchFile } from "./torch-file.ts";

const singleFile = "model.safetensors";
const indexFile = "model.safetensors.index.json";

/** A way in which a folder may hold weights: one file, or shards with their index. */
export interface WeightLayout extends ShardFormat {
  readonly single: string;
  readonly index: string;
}

/** In the order of preference, which is transformers'. */
export const weightLayouts: readonly WeightLayout[] = [
  { single: singleFile, index: indexFile, suffix: ".safetensors", read: readSafetensors },
  {
    single: "pytorch_model.bin",
    index: "pytorch_model.bin.index.json",
    suffix: ".bin",
    read: (path) => ({ tensors: readTorchFile(path), metadata: {} }),
  },
];

/** The weights of a folder by state-dict name; headers are checked, no tensor is read yet. */
export interface Checkpoint {
  /** The folder they lie in (see {@link currentFolder}). */
  readonly folder: string;
  /** Names of the files that hold weights. */
  readonly files: readonly string[];
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * Find the weights of a model folder: `model.safetensors` or `pytorch_model.bin`, or the index of
 * either and its shards.
 * @param options.verify compare every file with `checksums.json` first (reads them whole)
 * @throws DataError `checkpoint.missing` without weights, `checksums.*` from verifying,
 * `safetensors.*`, `torch.*`, `pickle.*`, `zip.*`, `shards.*`
 */
export function readCheckpoint(path: string, options: { verify?: boolean } = {}): Checkpoint {
  const folder = currentFolder(path);
  if (options.verify) verifyChecksums(folder);
  for (const layout of weightLayouts) {
    const { single, index, read } = layout;
    const file = join(folder, single);
    if (existsSync(file)) return { folder, files: [single], ...read(file) };
    if (existsSync(join(folder, index))) return { folder, ...readShards(folder, index, layout) };
  }
  throw noWeights(folder);
}

function noWeights(folder: string): DataError {
  const names = existsSync(folder) ? readdirSync(folder) : undefined;
  return new DataError("checkpoint.missing", "no weights in this folder", {
    expected: weightLayouts.flatMap(({ single, index }) => [single, index]).join(", "),
    got: names === undefined ? "no such folder" : "none of them",
    where: folder,
    ...(names?.includes("best") ? { help: `a run folder's model is ${join(folder, "best")}` } : {}),
  });
}

/** How to lay out the weights of a folder. */
export interface WriteCheckpointOptions {
  /** Tensor data in one file at most, in bytes; default 5 GB as transformers does. */
  readonly maxShardBytes?: number;
  /** Default `{ format: "pt" }`, without which transformers refuses the file. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/**
 * Write the weights of a model folder, which must exist: one file if they fit, else shards and
 * their index; files of an earlier layout are removed last. Each file is atomic; to replace a
 * whole folder atomically call this inside `writeFolderAtomically`.
 * @returns sha256 of each weight file by name, for `writeChecksums`
 * @throws DataError `tensor.*`, `disk.full`, `file.unwritable`
 */
export function writeCheckpoint(
  folder: string,
  tensors: WritableTensors,
  options: WriteCheckpointOptions = {},
): Record<string, string> {
  const { maxShardBytes = 5e9, metadata = { format: "pt" } } = options;
  const split = splitIntoShards(folder, tensors, maxShardBytes);
  if (split.shards.length > 1) {
    const hashes = writeShards(folder, indexFile, split, metadata);
    removeOthers(folder, [...Object.keys(hashes), indexFile]);
    return hashes;
  }
  const hash = writeSafetensors(join(folder, singleFile), split.shards[0]!, metadata);
  removeOthers(folder, [singleFile]);
  return { [singleFile]: hash };
}

function removeOthers(folder: string, kept: readonly string[]): void {
  const ours = /^model(-\d{5}-of-\d{5})?\.safetensors(\.index\.json)?$/;
  for (const name of readdirSync(folder)) {
    if (ours.test(name) && !kept.includes(name)) discard(join(folder, name));
  }
}
