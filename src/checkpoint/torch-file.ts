/**
 * @file `pytorch_model.bin`: a zip archive with `data.pkl`, a pickle that tells names and shapes, and
 * one stored entry of raw numbers for each storage. Written by `torch.save` since PyTorch 1.6;
 * reference: torch/serialization.py `_save`, torch/_utils.py `_rebuild_tensor_v2`.
 */
import { readSync } from "node:fs";
import { DataError, sizeOf } from "../base/index.ts";
import { dtypes, type SafetensorsDType } from "./dtype.ts";
import { readInto } from "./header.ts";
import { kindOf, type PickleGlobal, readPickle } from "./pickle.ts";
import { type SourceFile, type StoredTensor, withFile } from "./stored-tensor.ts";
import { readZipDirectory, type ZipEntry } from "./zip.ts";

/** A tensor as the pickle tells it: where it starts in a storage, and its shape. */
interface TorchTensor {
  readonly storage: TorchStorage;
  /** First element in the storage. */
  readonly start: number;
  readonly shape: readonly number[];
}

interface TorchStorage {
  readonly dtype: SafetensorsDType;
  readonly entry: ZipEntry;
}

/** Storages by their class in `torch`, and the type of their elements. */
const storageTypes = {
  FloatStorage: "F32",
  HalfStorage: "F16",
  BFloat16Storage: "BF16",
  DoubleStorage: "F64",
  LongStorage: "I64",
  IntStorage: "I32",
  ShortStorage: "I16",
  CharStorage: "I8",
  ByteStorage: "U8",
  BoolStorage: "BOOL",
} as const satisfies Record<string, SafetensorsDType>;

/** Far above the pickle of any model: some 300 bytes a tensor. */
const maxPickleBytes = 16_000_000;

/** Tied weights are one storage under several names; T5's embedding has four. */
const maxNamesPerByte = 4;

/**
 * Find the tensors of a file; none is read yet. Only names of {@link storageTypes}, `OrderedDict` and
 * PyTorch's two rebuilding functions may occur in the pickle, and they make plain data.
 * @throws DataError `torch.legacy` for files from before PyTorch 1.6, `torch.archive`, `torch.tensor`,
 * `torch.entry`, `torch.overlap`, `pickle.*`, `zip.*`, `file.missing`, `file.unreadable`
 */
export function readTorchFile(path: string): Map<string, StoredTensor> {
  return withFile(path, (file, source) => {
    refuseLegacy(file, path);
    const entries = readZipDirectory(file, path);
    const prefix = archivePrefix(entries, path);
    requireLittleEndian(file, entries.get(`${prefix}/byteorder`), path);
    const pickle = entries.get(`${prefix}/data.pkl`)!;
    const content = readPickle(entryBytes(file, pickle, path), {
      where: `${path}, data.pkl`,
      globals: allowedGlobals(path),
      persistent: (id) => storageOf(id, entries, prefix, path),
    });
    return storedTensors(content, source);
  });
}

/** Before 1.6 `torch.save` wrote a bare pickle, before 0.1.10 a tar file. */
function refuseLegacy(file: number, path: string): void {
  const start = new Uint8Array(4);
  readSync(file, start, 0, 4, 0);
  if (start[0] === 0x50 && start[1] === 0x4b) return;
  throw new DataError("torch.legacy", "not a file that PyTorch 1.6 or later wrote", {
    expected: "a zip archive",
    got: start[0] === 0x80 ? "the older layout, a bare pickle" : "something else",
    where: path,
    help: "load it in PyTorch and save it again, best as safetensors",
  });
}

/** All entries lie in one folder, whose name is that of the file when it was saved. */
function archivePrefix(entries: ReadonlyMap<string, ZipEntry>, path: string): string {
  const pickles = [...entries.keys()].filter((name) => /^[^/]+\/data\.pkl$/.test(name));
  if (pickles.length === 1) return pickles[0]!.slice(0, -"/data.pkl".length);
  throw badArchive(path, "one data.pkl", `${pickles.length} in ${entries.size} entries`);
}

function requireLittleEndian(file: number, entry: ZipEntry | undefined, path: string): void {
  if (entry === undefined) return;
  const order = Buffer.from(entryBytes(file, entry, path)).toString("latin1");
  if (order !== "little") throw badArchive(path, "numbers in little-endian order", kindOf(order));
}

function entryBytes(file: number, entry: ZipEntry, path: string): Uint8Array {
  if (entry.byteLength > maxPickleBytes) {
    const got = `${entry.byteLength} bytes`;
    throw badArchive(path, `${entry.name} of at most ${maxPickleBytes} bytes`, got);
  }
  const bytes = new Uint8Array(entry.byteLength);
  readInto(file, bytes, entry.offset, path);
  return bytes;
}

function badArchive(path: string, expected: string, got: string): DataError {
  const message = "not the archive that torch.save writes";
  return new DataError("torch.archive", message, { expected, got, where: path });
}

function allowedGlobals(path: string): Map<string, PickleGlobal> {
  const storages = Object.keys(storageTypes).map((name) => {
    return [`torch ${name}`, { name: `torch.${name}` }] as const;
  });
  const calls = [
    ["collections OrderedDict", { name: "collections.OrderedDict", call: newDictionary }],
    [
      "torch._utils _rebuild_tensor_v2",
      {
        name: "torch._utils._rebuild_tensor_v2",
        call: (args: readonly unknown[]) => rebuildTensor(args, path),
      },
    ],
    [
      "torch._utils _rebuild_parameter",
      { name: "torch._utils._rebuild_parameter", call: ([tensor]: readonly unknown[]) => tensor },
    ],
  ] as const;
  return new Map<string, PickleGlobal>([...storages, ...calls]);
}

/** PyTorch fills it by SETITEMS; the form with pairs in the call is Python 2's. */
const newDictionary = (args: readonly unknown[]): Map<string, unknown> => {
  const pairs = Array.isArray(args[0]) ? args[0] : [];
  return new Map(pairs.filter((pair) => Array.isArray(pair) && typeof pair[0] === "string"));
};

/** `("storage", torch.FloatStorage, key, location, number of elements)` */
function storageOf(
  id: unknown,
  entries: ReadonlyMap<string, ZipEntry>,
  prefix: string,
  path: string,
): TorchStorage {
  const [tag, type, key, , count] = Array.isArray(id) ? id : [];
  const name = (type as PickleGlobal | null | undefined)?.name?.replace(/^torch\./, "");
  const dtype = Object.entries(storageTypes).find(([known]) => known === name)?.[1];
  if (tag !== "storage" || dtype === undefined || typeof key !== "string") {
    throw badTensor(path, "a storage of numbers", kindOf(tag));
  }
  const entry = entries.get(`${prefix}/data/${key}`);
  if (entry === undefined) throw badArchive(path, `an entry data/${kindOf(key)}`, "none");
  const bytes = isCount(count) ? count * dtypes[dtype].bytes : undefined;
  if (bytes === entry.byteLength) return { dtype, entry };
  throw badTensor(path, `${bytes ?? "a number of"} bytes in ${entry.name}`, `${entry.byteLength}`);
}

/** A pickle makes lists, dictionaries and what its rules return: nothing else has these keys. */
function isStorage(value: unknown): value is TorchStorage {
  return typeof value === "object" && value !== null && "entry" in value && "dtype" in value;
}

/** @param args storage, first element, shape, strides; what follows concerns gradients */
function rebuildTensor(args: readonly unknown[], path: string): TorchTensor {
  const [storage, start, shape, strides] = args;
  if (!isStorage(storage) || !isCount(start) || !isShape(shape) || !isShape(strides)) {
    throw badTensor(path, "storage, offset, shape and strides", "something else");
  }
  if (!isContiguous(shape, strides)) {
    throw badTensor(path, "numbers in row-major order", `strides [${strides.join(", ")}]`);
  }
  const width = dtypes[storage.dtype].bytes;
  const held = storage.entry.byteLength / width;
  const size = sizeOf(shape);
  if (start + size <= held) return { storage, start, shape };
  throw badTensor(path, `at most ${held} elements`, `${size} from ${start} on`);
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

/** Eight axes at most, and fewer than 2^53 elements, whatever partial product. */
function isShape(value: unknown): value is number[] {
  if (!Array.isArray(value) || value.length > 8 || !value.every(isCount)) return false;
  return Number.isSafeInteger(value.reduce((product, dim) => product * Math.max(dim, 1), 1));
}

function isContiguous(shape: readonly number[], strides: readonly number[]): boolean {
  if (shape.length !== strides.length) return false;
  let expected = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    // the stride of an axis of size 1 is never used
    if (shape[axis] !== 1 && strides[axis] !== expected) return sizeOf(shape) === 0;
    expected *= shape[axis]!;
  }
  return true;
}

function storedTensors(content: unknown, source: SourceFile): Map<string, StoredTensor> {
  const { path } = source;
  if (!(content instanceof Map)) throw notStateDict(path, "the file", kindOf(content));
  const tensors = new Map<string, StoredTensor>();
  for (const [name, value] of content) {
    if (typeof name !== "string" || !isTorchTensor(value)) {
      throw notStateDict(path, kindOf(name), kindOf(value));
    }
    tensors.set(name, storedTensor(name, value, source));
  }
  checkSharing([...tensors.values()], path);
  return tensors;
}

function isTorchTensor(value: unknown): value is TorchTensor {
  return typeof value === "object" && value !== null && "storage" in value && "start" in value;
}

function storedTensor(name: string, tensor: TorchTensor, source: SourceFile): StoredTensor {
  const { storage, start, shape } = tensor;
  const { dtype, entry } = storage;
  const width = dtypes[dtype].bytes;
  const byteLength = sizeOf(shape) * width;
  return { name, dtype, shape, byteLength, source, offset: entry.offset + start * width };
}

/** Tensors lie apart, or are one under several names; so many names that a file cannot swell. */
function checkSharing(tensors: readonly StoredTensor[], path: string): void {
  const sorted = tensors.filter(({ byteLength }) => byteLength > 0);
  sorted.sort((a, b) => a.offset - b.offset || a.byteLength - b.byteLength);
  let [own, named] = [0, 0];
  for (const [i, tensor] of sorted.entries()) {
    named += tensor.byteLength;
    const before = sorted[i - 1];
    const isTied =
      before?.offset === tensor.offset &&
      before.byteLength === tensor.byteLength &&
      before.dtype === tensor.dtype;
    if (isTied) continue;
    own += tensor.byteLength;
    if (before !== undefined && before.offset + before.byteLength > tensor.offset) {
      throw overlapping(
        path,
        "tensors apart, or the same",
        `${kindOf(before.name)} and ${kindOf(tensor.name)}`,
      );
    }
  }
  if (named <= maxNamesPerByte * own) return;
  const expected = `at most ${maxNamesPerByte} names for the same numbers`;
  throw overlapping(path, expected, `${named} bytes named, ${own} held`);
}

function overlapping(path: string, expected: string, got: string): DataError {
  const message = "tensors share numbers in a way no model does";
  return new DataError("torch.overlap", message, { expected, got, where: path });
}

function notStateDict(path: string, what: string, got: string): DataError {
  return new DataError("torch.entry", `${what} is not a tensor`, {
    expected: "a state dict: tensors by name",
    got,
    where: path,
    help: "save the state dict alone: torch.save(model.state_dict(), file)",
  });
}

function badTensor(path: string, expected: string, got: string): DataError {
  return new DataError("torch.tensor", "a tensor of the file cannot be read", {
    expected,
    got,
    where: `${path}, data.pkl`,
  });
}
