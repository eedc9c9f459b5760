/**
 * @file safetensors files, in and out: 8 bytes of header length (little-endian), a JSON header,
 * the tensors' bytes. https://github.com/huggingface/safetensors
 */
import { createHash } from "node:crypto";
import { DataError, writeFileAtomically } from "../base/index.ts";
import { defaultDType, dtypes, isDType, type RawArray, type SafetensorsDType } from "./dtype.ts";
import { byteSize, maxHeaderBytes, prefixBytes, readHeader } from "./header.ts";
import { bytesOf, type StoredTensor, withFile } from "./stored-tensor.ts";

/** The tensors of one file by name, in the order of their bytes, none read yet. */
export interface SafetensorsFile {
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * A tensor to write. `dtype` defaults to the array's own type (Float32Array: F32, ...); it is
 * needed for F16, BF16, BOOL and 8-bit floats, given as their bits, and for a lazy `data` getter.
 */
export interface WritableTensor {
  readonly shape: readonly number[];
  readonly data: RawArray;
  readonly dtype?: SafetensorsDType;
}

/** Named tensors in the order in which they are to be written. */
export type WritableTensors =
  | ReadonlyMap<string, WritableTensor>
  | Iterable<readonly [string, WritableTensor]>;

/**
 * Read and check the header of a safetensors file; tensors are read later, one by one.
 * @throws DataError `file.missing`, `file.unreadable` or `safetensors.*` (see header.ts)
 */
export function readSafetensors(path: string): SafetensorsFile {
  return withFile(path, (file, source) => {
    const { tensors, metadata } = readHeader(file, path);
    const stored = tensors.map((entry) => [entry.name, { ...entry, source }] as const);
    return { tensors: new Map(stored), metadata };
  });
}

/**
 * Write a safetensors file atomically, in the order given, tensor by tensor without a copy.
 * @param metadata texts for `__metadata__`; transformers wants `{ format: "pt" }`
 * @returns sha256 of the file, hexadecimal
 * @throws DataError `tensor.size` or `tensor.name` for a tensor that cannot be written,
 * `disk.full` or `file.unwritable`
 */
export function writeSafetensors(
  path: string,
  tensors: WritableTensors,
  metadata: Readonly<Record<string, string>> = {},
): string {
  const list = [...tensors];
  const header = buildHeader(path, list, metadata);
  const hash = createHash("sha256");
  writeFileAtomically(path, (write) => {
    const put = (bytes: Uint8Array) => {
      for (let at = 0; at < bytes.byteLength; at += 1 << 24) {
        const part = bytes.subarray(at, at + (1 << 24));
        hash.update(part);
        write(part);
      }
    };
    put(header);
    for (const [name, tensor] of list) put(bytesOf(checkData(path, name, tensor)));
  });
  return hash.digest("hex");
}

/** Bytes a tensor takes in a file. @throws DataError `tensor.size` */
export function writtenBytes(path: string, name: string, tensor: WritableTensor): number {
  const bytes = byteSize(dtypeOf(path, name, tensor), tensor.shape);
  const whole = tensor.shape.every((dimension) => Number.isInteger(dimension) && dimension >= 0);
  if (bytes !== undefined && whole) return bytes;
  throw badTensor(path, name, "a shape of whole numbers", `[${tensor.shape.join(", ")}]`);
}

function dtypeOf(path: string, name: string, tensor: WritableTensor): SafetensorsDType {
  const dtype = tensor.dtype ?? defaultDType(tensor.data);
  if (dtype !== undefined && isDType(dtype)) return dtype;
  throw badTensor(path, name, Object.keys(dtypes).join(", "), String(dtype));
}

function buildHeader(
  path: string,
  list: readonly (readonly [string, WritableTensor])[],
  metadata: Readonly<Record<string, string>>,
): Uint8Array {
  checkNames(path, list);
  // text by text: an object would put names that look like integers first
  const fields: string[] = [];
  if (Object.keys(metadata).length > 0) fields.push(`"__metadata__":${JSON.stringify(metadata)}`);
  let offset = 0;
  for (const [name, tensor] of list) {
    const end = offset + writtenBytes(path, name, tensor);
    const info = { dtype: dtypeOf(path, name, tensor), shape: tensor.shape };
    fields.push(
      `${JSON.stringify(name)}:${JSON.stringify({ ...info, data_offsets: [offset, end] })}`,
    );
    offset = end;
  }
  return padHeader(path, Buffer.from(`{${fields.join(",")}}`));
}

function padHeader(path: string, json: Buffer): Uint8Array {
  const length = Math.ceil(json.length / 8) * 8;
  if (length > maxHeaderBytes) {
    throw badTensor(path, "*", `a header of at most ${maxHeaderBytes} bytes`, `${length}`);
  }
  const bytes = Buffer.alloc(prefixBytes + length, " ");
  bytes.writeBigUInt64LE(BigInt(length), 0);
  json.copy(bytes, prefixBytes);
  return bytes;
}

function checkNames(path: string, list: readonly (readonly [string, WritableTensor])[]): void {
  const seen = new Set<string>(["__metadata__"]);
  for (const [name] of list) {
    if (seen.has(name) || /\p{Surrogate}/u.test(name)) {
      throw new DataError("tensor.name", "a tensor cannot have this name", {
        expected: "a name of valid Unicode, not used before, other than __metadata__",
        got: JSON.stringify(name),
        where: path,
      });
    }
    seen.add(name);
  }
}

function checkData(path: string, name: string, tensor: WritableTensor): RawArray {
  const { data } = tensor;
  const expected = writtenBytes(path, name, tensor);
  if (data.byteLength === expected) return data;
  throw badTensor(path, name, `${expected} bytes for its shape`, `${data.byteLength} bytes`);
}

function badTensor(path: string, name: string, expected: string, got: string): DataError {
  const where = `${path}, tensor ${JSON.stringify(name)}`;
  return new DataError("tensor.size", "this tensor cannot be written", { expected, got, where });
}
