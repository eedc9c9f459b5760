/**
 * @file Constants kept beside the model file (`TensorProto.external_data`): only in files of the
 * model's own folder, whatever a model claims.
 */
import { closeSync, fstatSync, openSync, readSync, realpathSync, statSync } from "node:fs";
import { dirname, join, resolve, sep } from "node:path";
import { DataError, type WriteBytes } from "../base/index.ts";
import type { OnnxModel, TensorProto } from "./model.ts";

/** Offsets are multiples of a page, so that a reader may map the file; onnx.proto3. */
const alignment = 4096;

/**
 * Check that every reference of a model to external data can be followed.
 * @param path the model's file
 * @throws DataError `onnx.external`
 */
export function checkExternalData(path: string, model: OnnxModel): void {
  const bytes = new Map<string, number>();
  for (const tensor of model.initializers) {
    if (tensor.external === undefined) continue;
    const { location } = tensor.external;
    if (!bytes.has(location)) bytes.set(location, withDataFile(path, tensor, sizeOfFile));
    checkRange(path, tensor, bytes.get(location)!);
  }
}

/**
 * Read one constant that lies in external data.
 * @param path the model's file
 * @throws DataError `onnx.external`
 */
export function readExternalData(path: string, tensor: TensorProto): Uint8Array {
  const { external } = tensor;
  if (external === undefined) return tensor.raw;
  return withDataFile(path, tensor, (file) => {
    checkRange(path, tensor, sizeOfFile(file));
    const raw = new Uint8Array(external.length);
    for (let done = 0; done < raw.length; ) {
      const most = Math.min(raw.length - done, 1 << 30);
      const count = readSync(file, raw, done, most, external.offset + done);
      if (count === 0) throw externalError(path, tensor, `${raw.length} bytes`, `${done}`);
      done += count;
    }
    return raw;
  });
}

/** The same model with all external data loaded into `raw`. @throws DataError `onnx.external` */
export function loadExternalData(path: string, model: OnnxModel): OnnxModel {
  const initializers = model.initializers.map((tensor) => {
    const { external, ...inline } = tensor;
    return external === undefined ? tensor : { ...inline, raw: readExternalData(path, tensor) };
  });
  return { ...model, initializers };
}

const sizeOfFile = (file: number) => fstatSync(file).size;

function withDataFile<T>(path: string, tensor: TensorProto, use: (file: number) => T): T {
  const file = openInside(path, tensor);
  try {
    return use(file);
  } finally {
    closeSync(file);
  }
}

/** Follow a location, links included, and insist that it ends at a file inside the model's folder. */
function openInside(path: string, tensor: TensorProto): number {
  const { location } = tensor.external!;
  const parts = location.split(/[/\\]/);
  const plain = parts.every((part) => part !== "" && part !== "..") && !/[\0:]/.test(location);
  if (!plain) throw externalError(path, tensor, "a relative path without '..'", location);
  try {
    const folder = realpathSync(dirname(resolve(path)));
    const target = realpathSync(join(folder, location));
    const inside = target.startsWith(folder.endsWith(sep) ? folder : folder + sep);
    if (inside && statSync(target).isFile()) return openSync(target, "r");
  } catch (cause) {
    const reason = (cause as NodeJS.ErrnoException).code ?? String(cause);
    throw externalError(path, tensor, "a readable file", `${location} (${reason})`);
  }
  throw externalError(path, tensor, "a regular file inside the model's folder", location);
}

function checkRange(path: string, tensor: TensorProto, fileBytes: number): void {
  const { offset, length } = tensor.external!;
  if (offset + length <= fileBytes) return;
  const got = `bytes ${offset} to ${offset + length} of ${fileBytes}`;
  throw externalError(path, tensor, "bytes that are in the file", got);
}

function externalError(path: string, tensor: TensorProto, expected: string, got: string) {
  return new DataError("onnx.external", "external data cannot be read", {
    expected,
    got,
    where: `${path}, tensor ${JSON.stringify(tensor.name)}`,
  });
}

/** Where each constant will lie in a data file that holds them in this order. */
export function planExternalData(
  tensors: readonly TensorProto[],
  location: string,
): Map<TensorProto, TensorProto> {
  const planned = new Map<TensorProto, TensorProto>();
  let offset = 0;
  for (const tensor of tensors) {
    const external = { location, offset, length: tensor.raw.length };
    planned.set(tensor, { ...tensor, raw: new Uint8Array(0), external });
    offset = Math.ceil((offset + tensor.raw.length) / alignment) * alignment;
  }
  return planned;
}

/** Append constants to a data file as {@link planExternalData} laid them out. */
export function writeExternalData(tensors: readonly TensorProto[], write: WriteBytes): void {
  const padding = new Uint8Array(alignment);
  tensors.forEach(({ raw }, i) => {
    write(raw);
    const used = raw.length % alignment;
    if (used > 0 && i < tensors.length - 1) write(padding.subarray(used));
  });
}
