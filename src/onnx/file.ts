/** @file Model files: atomic, with external data beside them when a model is too large for one file. */
import { existsSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { DataError, discard, fileError, writeFileAtomically } from "../base/index.ts";
import { decodeModel } from "./decode.ts";
import { encodeChunks } from "./encode.ts";
import { checkExternalData, planExternalData, writeExternalData } from "./external-data.ts";
import { maxModelBytes } from "./fields.ts";
import type { OnnxModel, TensorProto } from "./model.ts";

export interface WriteModelOptions {
  /** Constants of at least this many bytes go into the data file; default: none do. */
  readonly externalDataThresholdBytes?: number;
  /** Size past which all constants that matter go there; default: protobuf's 2 GiB. */
  readonly maxModelBytes?: number;
}

/**
 * When a model is too large, constants from this size on leave it; smaller ones stay, since ONNX
 * Runtime needs shapes and axes while it loads. onnx.external_data_helper has the same default.
 */
const overflowThresholdBytes = 1024;

/**
 * Write a model file, and `<file>_data` beside it when constants are to lie outside: data first,
 * then the model, each atomically. A data file that the model before refers to is not touched
 * until the new model stands, so a crash leaves the old pair or the new.
 * @throws DataError `onnx.tensor`, `onnx.external` (external data not loaded), `onnx.tooLarge`,
 * `disk.full` or `file.unwritable`
 */
export function writeModel(path: string, model: OnnxModel, options: WriteModelOptions = {}): void {
  const limit = options.maxModelBytes ?? maxModelBytes;
  const before = dataFilesOf(path);
  const { chunks, data, location } = layOut(path, model, limit, options.externalDataThresholdBytes);
  if (data.length > 0) {
    writeFileAtomically(join(dirname(path), location), (write) => writeExternalData(data, write));
  }
  writeFileAtomically(path, (write) => {
    for (const chunk of chunks) write(chunk);
  });
  const kept = data.length > 0 ? location : undefined;
  for (const name of before) if (name !== kept) discard(join(dirname(path), name));
}

interface Layout {
  readonly chunks: readonly Uint8Array[];
  readonly data: readonly TensorProto[];
  readonly location: string;
}

function layOut(path: string, model: OnnxModel, limit: number, threshold = Infinity): Layout {
  const location = freeDataName(path);
  const data = model.initializers.filter((tensor) => {
    if (tensor.external !== undefined) throw notLoaded(path, tensor);
    return tensor.raw.length >= Math.max(threshold, 1);
  });
  const planned = planExternalData(data, location);
  const initializers = model.initializers.map((tensor) => planned.get(tensor) ?? tensor);
  const chunks = encodeChunks({ ...model, initializers });
  const bytes = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  if (bytes <= limit) return { chunks, data, location };
  if (threshold > overflowThresholdBytes) return layOut(path, model, limit, overflowThresholdBytes);
  throw new DataError("onnx.tooLarge", "the model does not fit one protobuf message", {
    expected: `at most ${limit} bytes beside external data`,
    got: `${bytes} bytes`,
    where: path,
  });
}

function notLoaded(path: string, tensor: TensorProto): DataError {
  return new DataError("onnx.external", "a constant's data is still in another file", {
    expected: "constants in memory",
    got: `external data in ${tensor.external!.location}`,
    where: `${path}, tensor ${JSON.stringify(tensor.name)}`,
    help: "loadExternalData first",
  });
}

const dataNamePattern = (path: string) => `${basename(path)}_data`;

/** A name that no file has, so that the data of the model before stays whole. */
function freeDataName(path: string): string {
  const name = dataNamePattern(path);
  for (let i = 0; ; i++) {
    const candidate = i === 0 ? name : `${name}-${i}`;
    if (!existsSync(join(dirname(path), candidate))) return candidate;
  }
}

/** Data files of the model that stands at `path`, as far as they carry the names we give. */
function dataFilesOf(path: string): string[] {
  const name = dataNamePattern(path);
  if (!existsSync(path) || statSync(path).size > maxModelBytes) return [];
  try {
    const { initializers } = decodeModel(readFileSync(path), path);
    const locations = new Set(initializers.map(({ external }) => external?.location ?? ""));
    return [...locations].filter((location) => location.replace(/-\d+$/, "") === name);
  } catch {
    // not a model of ours: it has no data file that we may remove
    return [];
  }
}

/**
 * Read a model file. Constants in external data are checked (the file is there, in the model's
 * folder, long enough) but not read: see `readExternalData` and `loadExternalData`.
 * @throws DataError `file.missing`, `file.unreadable`, `onnx.*`
 */
export function readModel(path: string): OnnxModel {
  const model = decodeModel(readModelBytes(path), path);
  checkExternalData(path, model);
  return model;
}

function readModelBytes(path: string): Uint8Array {
  let bytes: number;
  try {
    const found = statSync(path);
    if (!found.isFile()) throw Object.assign(new Error(), { code: "not a regular file" });
    bytes = found.size;
    if (bytes <= maxModelBytes) return readFileSync(path);
  } catch (cause) {
    throw fileError(path, cause);
  }
  throw new DataError("onnx.malformed", "not a valid ONNX file", {
    expected: `at most ${maxModelBytes} bytes, a protobuf message's limit`,
    got: `${bytes} bytes`,
    where: path,
  });
}
