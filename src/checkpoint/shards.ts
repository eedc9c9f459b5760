/**
 * @file A checkpoint in several files, tied by `model.safetensors.index.json` or
 * `pytorch_model.bin.index.json`:
 * `{ "metadata": { "total_size": bytes }, "weight_map": { tensor: file } }`.
 * As huggingface_hub `split_state_dict_into_shards_factory` and transformers' loader.
 */
import { basename, join } from "node:path";
import { DataError, writeFileAtomically } from "../base/index.ts";
import { readBoundedJson } from "./bounded-json.ts";
import {
  type WritableTensor,
  type WritableTensors,
  writeSafetensors,
  writtenBytes,
} from "./safetensors.ts";
import type { StoredTensor } from "./stored-tensor.ts";

/** What is read from or written to a folder of shards. */
export interface ShardedTensors {
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  readonly metadata: Readonly<Record<string, string>>;
  readonly files: readonly string[];
}

/** A format that shards may have. */
export interface ShardFormat {
  /** End of a shard's name, such as `.safetensors`. */
  readonly suffix: string;
  readonly read: (path: string) => Pick<ShardedTensors, "tensors" | "metadata">;
}

/**
 * Read an index and the headers of all its shards. Tensors of a shard that the index does not
 * list are returned too, as transformers does.
 * @throws DataError `shards.index`, `shards.name`, `shards.missing`, `shards.duplicate`,
 * `shards.tensor`, or what a shard throws
 */
export function readShards(folder: string, indexFile: string, format: ShardFormat): ShardedTensors {
  const path = join(folder, indexFile);
  const weightMap = readWeightMap(path, format.suffix);
  const files = [...new Set(Object.values(weightMap))].sort();
  const tensors = new Map<string, StoredTensor>();
  let metadata: Readonly<Record<string, string>> = {};
  for (const file of files) {
    const shard = readShard(folder, file, path, format);
    metadata = { ...metadata, ...shard.metadata };
    for (const [name, tensor] of shard.tensors) {
      const other = tensors.get(name);
      if (other !== undefined) throw inTwoShards(path, name, fileOf(other), file);
      tensors.set(name, tensor);
    }
  }
  for (const [name, file] of Object.entries(weightMap)) {
    const tensor = tensors.get(name);
    const found = tensor && fileOf(tensor);
    if (found !== file) throw notInShard(path, name, file, found);
  }
  return { tensors, metadata, files };
}

const fileOf = (tensor: StoredTensor) => basename(tensor.source.path);

function readShard(folder: string, file: string, index: string, format: ShardFormat) {
  try {
    return format.read(join(folder, file));
  } catch (error) {
    if (!(error instanceof DataError) || error.code !== "file.missing") throw error;
    throw new DataError(
      "shards.missing",
      `shard ${file} is missing`,
      {
        expected: "every file that the index names",
        got: `no ${file}`,
        where: index,
        help: "copy or download the missing file",
      },
      error,
    );
  }
}

/**
 * The files that an index of shards names, each once, sorted.
 * @param suffix what every name must end in
 * @throws DataError `shards.index`, `shards.name`, `file.*`, `json.*`
 */
export function shardFiles(path: string, suffix: string): string[] {
  return [...new Set(Object.values(readWeightMap(path, suffix)))].sort();
}

function readWeightMap(path: string, suffix: string): Record<string, string> {
  const index = readBoundedJson(path);
  const map = isObject(index) ? index.weight_map : undefined;
  if (!isObject(map) || Object.keys(map).length === 0) {
    throw new DataError("shards.index", "not an index of shards", {
      expected: '{ "weight_map": { tensor: file, ... } }',
      got: map === undefined ? "no weight_map" : "a weight_map without entries",
      where: path,
    });
  }
  for (const [name, file] of Object.entries(map)) checkShardName(path, suffix, name, file);
  return map as Record<string, string>;
}

/** A shard lies in the index's own folder: a plain file name, so that no path leads elsewhere. */
function checkShardName(path: string, suffix: string, tensor: string, file: unknown): void {
  const isPlain = typeof file === "string" && /^[^/\\:\0]+$/.test(file);
  if (isPlain && file.endsWith(suffix) && file !== suffix) return;
  throw new DataError("shards.name", "a shard must be a file of its kind beside the index", {
    expected: `a plain file name that ends in ${suffix}`,
    got: JSON.stringify(file) ?? "nothing",
    where: `${path}, tensor ${JSON.stringify(tensor)}`,
  });
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function inTwoShards(index: string, name: string, first: string, second: string): DataError {
  return new DataError("shards.duplicate", "a tensor is in two shards", {
    expected: "each tensor in one shard",
    got: `${first} and ${second}`,
    where: `${index}, tensor ${JSON.stringify(name)}`,
  });
}

function notInShard(
  index: string,
  name: string,
  file: string,
  found: string | undefined,
): DataError {
  return new DataError("shards.tensor", "a tensor is not in the shard that the index tells", {
    expected: `in ${file}`,
    got: found === undefined ? "in no shard" : `in ${found}`,
    where: `${index}, tensor ${JSON.stringify(name)}`,
  });
}

type Named = readonly [string, WritableTensor];

/**
 * Split into shards of at most `maxBytes` of tensor data, in the order given; a tensor larger
 * than that has a shard of its own.
 */
export function splitIntoShards(
  folder: string,
  tensors: WritableTensors,
  maxBytes: number,
): { readonly shards: readonly (readonly Named[])[]; readonly totalBytes: number } {
  const shards: Named[][] = [[]];
  let [filled, totalBytes] = [0, 0];
  for (const [name, tensor] of tensors) {
    const bytes = writtenBytes(folder, name, tensor);
    if (filled + bytes > maxBytes && shards.at(-1)!.length > 0) {
      shards.push([]);
      filled = 0;
    }
    shards.at(-1)!.push([name, tensor]);
    filled += bytes;
    totalBytes += bytes;
  }
  return { shards, totalBytes };
}

/**
 * Write shards `model-00001-of-0000N.safetensors`, then the index.
 * @returns sha256 of each shard by file name
 */
export function writeShards(
  folder: string,
  indexFile: string,
  split: ReturnType<typeof splitIntoShards>,
  metadata: Readonly<Record<string, string>>,
): Record<string, string> {
  const hashes: Record<string, string> = {};
  const weightMap: [string, string][] = [];
  const count = number5(split.shards.length);
  split.shards.forEach((shard, i) => {
    const file = `model-${number5(i + 1)}-of-${count}.safetensors`;
    hashes[file] = writeSafetensors(join(folder, file), shard, metadata);
    for (const [name] of shard) weightMap.push([name, file]);
  });
  const index = {
    metadata: { total_size: split.totalBytes },
    weight_map: Object.fromEntries(weightMap.sort(([a], [b]) => (a < b ? -1 : 1))),
  };
  writeFileAtomically(join(folder, indexFile), `${JSON.stringify(index, null, 2)}\n`);
  return hashes;
}

function number5(value: number): string {
  return String(value).padStart(5, "0");
}
