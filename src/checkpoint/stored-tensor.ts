/** @file A tensor on disk: where its bytes lie, and reading them when they are wanted. */
import { closeSync, fstatSync, openSync, statSync } from "node:fs";
import { DataError, fileError, sizeOf, type Tensor } from "../base/index.ts";
import { dtypeRow, dtypes, type RawArray, type SafetensorsDType } from "./dtype.ts";
import { readInto } from "./header.ts";

/** The file a tensor was found in, and how to tell that it is still the same file. */
export interface SourceFile {
  readonly path: string;
  readonly bytes: number;
  readonly inode: number;
  readonly modifiedMs: number;
}

/** A tensor that has been found and checked but not read: plain data, about 200 bytes each. */
export interface StoredTensor {
  readonly name: string;
  readonly dtype: SafetensorsDType;
  readonly shape: readonly number[];
  readonly byteLength: number;
  readonly source: SourceFile;
  /** First byte in the file. */
  readonly offset: number;
}

/** Bytes converted at a time, so that a 16-bit tensor is never held twice. */
const chunkBytes = 1 << 20;

/**
 * Open a regular file for reading, run `use`, close it.
 * @throws DataError `file.missing` or `file.unreadable`
 */
export function withFile<T>(path: string, use: (file: number, source: SourceFile) => T): T {
  let file: number;
  try {
    // a named pipe would block in open
    if (!statSync(path).isFile()) throw Object.assign(new Error(), { code: "not a regular file" });
    file = openSync(path, "r");
  } catch (cause) {
    throw fileError(path, cause);
  }
  try {
    const { size, ino, mtimeMs } = fstatSync(file);
    return use(file, { path, bytes: size, inode: ino, modifiedMs: mtimeMs });
  } finally {
    closeSync(file);
  }
}

/**
 * Read a floating tensor as float32; F16, BF16 and F64 are converted (F64 rounds to nearest).
 * @param into destination of exactly that many elements; may be a view of a SharedArrayBuffer
 * @returns [...tensor.shape] float32, row-major: `into` if given
 * @throws DataError `tensor.dtype` for other types, `tensor.size` for a wrong `into`,
 * `file.changed` when the file was replaced since its header was read
 */
export function readFloat32(tensor: StoredTensor, into?: Float32Array): Float32Array {
  const { toFloat32 } = dtypeRow(tensor.dtype);
  if (toFloat32 === undefined) throw notFloating(tensor);
  const out = into ?? new Float32Array(sizeOf(tensor.shape));
  if (out.length !== sizeOf(tensor.shape)) {
    throw new DataError("tensor.size", "destination of another size than the tensor", {
      expected: `${sizeOf(tensor.shape)} elements`,
      got: `${out.length}`,
      where: describe(tensor),
    });
  }
  withTensorFile(tensor, (file) => {
    if (tensor.dtype === "F32") readInto(file, bytesOf(out), tensor.offset, tensor.source.path);
    else readConverted(file, tensor, out, toFloat32);
  });
  return out;
}

function readConverted(
  file: number,
  tensor: StoredTensor,
  out: Float32Array,
  toFloat32: (raw: RawArray, out: Float32Array) => void,
): void {
  const { bytes: width, array } = dtypes[tensor.dtype];
  const step = chunkBytes / width;
  const raw = new array(new ArrayBuffer(Math.min(chunkBytes, tensor.byteLength)));
  for (let start = 0; start < out.length; start += step) {
    const end = Math.min(start + step, out.length);
    const part = raw.subarray(0, end - start);
    readInto(file, bytesOf(part), tensor.offset + start * width, tensor.source.path);
    toFloat32(part, out.subarray(start, end));
  }
}

/**
 * Read a tensor of any type as it is stored (16-bit and 8-bit floats: their bits).
 * @throws DataError `file.changed`
 */
export function readRaw(tensor: StoredTensor): RawArray {
  const { array } = dtypes[tensor.dtype];
  const raw = new array(new ArrayBuffer(tensor.byteLength));
  withTensorFile(tensor, (file) => {
    readInto(file, bytesOf(raw), tensor.offset, tensor.source.path);
  });
  return raw;
}

/** {@link readFloat32} with its shape. */
export function readTensor(tensor: StoredTensor): Tensor {
  return { shape: tensor.shape, data: readFloat32(tensor) };
}

/** The bytes under a typed array, shared with it. */
export function bytesOf(array: RawArray): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}

function withTensorFile(tensor: StoredTensor, use: (file: number) => void): void {
  const { source } = tensor;
  withFile(source.path, (file, now) => {
    const same =
      now.bytes === source.bytes &&
      now.inode === source.inode &&
      now.modifiedMs === source.modifiedMs;
    if (!same) {
      throw new DataError("file.changed", "the file was replaced while it was being read", {
        expected: "the file whose header was read",
        got: "another",
        where: describe(tensor),
        help: "load it again",
      });
    }
    use(file);
  });
}

function notFloating(tensor: StoredTensor): DataError {
  return new DataError("tensor.dtype", "not a floating-point tensor", {
    expected: "F32, F16, BF16 or F64",
    got: tensor.dtype,
    where: describe(tensor),
  });
}

function describe(tensor: StoredTensor): string {
  return `${tensor.source.path}, tensor ${JSON.stringify(tensor.name)}`;
}
