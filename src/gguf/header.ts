/**
 * @file The header of a GGUF file, read before llama.cpp sees it: a damaged file is refused in one line
 * instead of ending the process. Format: ggml, docs/gguf.md, versions 2 and 3, little-endian.
 */
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { DataError, fileError } from "../base/index.ts";
import { tensorBytes } from "./tensor-types.ts";

/** A tensor as the file describes it. */
export interface GgufTensor {
  readonly name: string;
  /** ggml's order: the fastest dimension first. */
  readonly shape: readonly number[];
  /** ggml_type. */
  readonly type: number;
}

/** What a file says of itself. */
export interface GgufHeader {
  /** Scalars by key; of a list its length alone. */
  readonly metadata: ReadonlyMap<string, string | number | boolean>;
  readonly tensors: ReadonlyMap<string, GgufTensor>;
}

const limits = { keys: 100_000, tensors: 200_000, string: 16e6, list: 16e6, dims: 4 } as const;
const chunkBytes = 1 << 18;

/** Bytes of a scalar, by its number: u8 i8 u16 i16 u32 i32 f32 bool, then u64 i64 f64. */
const scalarBytes = [1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8] as const;
const stringType = 8;
const listType = 9;

/**
 * Read the header and hold it against the length of the file.
 * @throws DataError `gguf.format`, `gguf.truncated`, `file.*`
 */
export function readGgufHeader(path: string): GgufHeader {
  const file = openFile(path);
  try {
    const reader = new Reader(file, path);
    return readHeader(reader, fstatSync(file).size, path);
  } finally {
    closeSync(file);
  }
}

function openFile(path: string): number {
  try {
    return openSync(path, "r");
  } catch (cause) {
    throw fileError(path, cause);
  }
}

function readHeader(reader: Reader, fileBytes: number, path: string): GgufHeader {
  if (reader.uint32() !== 0x46554747) throw bad("not a GGUF file", "GGUF at its beginning", path);
  const version = reader.uint32();
  if (version !== 2 && version !== 3) throw bad("another version of GGUF", "2 or 3", path, version);
  const numTensors = reader.count(limits.tensors);
  const numKeys = reader.count(limits.keys);
  const metadata = new Map<string, string | number | boolean>();
  for (let i = 0; i < numKeys; i++) metadata.set(reader.string(), reader.value(reader.uint32()));
  const tensors = new Map<string, GgufTensor>();
  let end = 0;
  for (let i = 0; i < numTensors; i++) {
    const name = reader.string();
    const numDims = reader.uint32();
    if (numDims > limits.dims) throw bad("a tensor of too many dimensions", "4", path, numDims);
    const shape = Array.from({ length: numDims }, () => reader.count(2 ** 40));
    const type = reader.uint32();
    end = Math.max(end, reader.count(2 ** 50) + tensorBytes(type, shape));
    tensors.set(name, { name, shape, type });
  }
  const alignment = Number(metadata.get("general.alignment") ?? 32);
  const isPower = Number.isInteger(Math.log2(alignment)) && alignment <= 1 << 20;
  if (!isPower) throw bad("a bad alignment", "a power of 2", path, alignment);
  const start = Math.ceil(reader.position / alignment) * alignment;
  if (start + end > fileBytes && numTensors > 0) throw truncated(path, start + end, fileBytes);
  return { metadata, tensors };
}

/** Reads forward through a file, a chunk at a time. */
class Reader {
  /** Bytes read so far. */
  position = 0;
  readonly #file: number;
  readonly #path: string;
  #chunk: Buffer = Buffer.alloc(0);
  #at = 0;

  constructor(file: number, path: string) {
    this.#file = file;
    this.#path = path;
  }

  uint32(): number {
    return this.#take(4).readUInt32LE();
  }

  /** An unsigned 64-bit number. @throws DataError above `most` */
  count(most: number): number {
    const value = Number(this.#take(8).readBigUInt64LE());
    if (value <= most) return value;
    throw bad("a length that cannot be", `at most ${most}`, this.#path, value);
  }

  string(): string {
    return this.#take(this.count(limits.string)).toString("utf8");
  }

  /** A value of a type; of a list its length. */
  value(type: number): string | number | boolean {
    if (type === stringType) return this.string();
    if (type === listType) return this.#list();
    const bytes = this.#take(this.#bytesOf(type));
    if (type === 6) return bytes.readFloatLE();
    if (type === 12) return bytes.readDoubleLE();
    if (type === 7) return bytes[0] !== 0;
    if (type === 10) return Number(bytes.readBigUInt64LE());
    if (type === 11) return Number(bytes.readBigInt64LE());
    const isSigned = type % 2 === 1;
    return isSigned ? bytes.readIntLE(0, bytes.length) : bytes.readUIntLE(0, bytes.length);
  }

  #bytesOf(type: number): number {
    const bytes = scalarBytes[type];
    if (bytes) return bytes;
    throw bad("a value of an unknown type", "0 to 12", this.#path, type);
  }

  #list(): number {
    const type = this.uint32();
    const length = this.count(limits.list);
    if (type === stringType) for (let i = 0; i < length; i++) this.string();
    else
      for (let left = length * this.#bytesOf(type); left > 0; left -= chunkBytes) {
        this.#take(Math.min(left, chunkBytes));
      }
    return length;
  }

  #take(count: number): Buffer {
    while (this.#chunk.length - this.#at < count) this.#fill();
    const bytes = this.#chunk.subarray(this.#at, this.#at + count);
    this.#at += count;
    this.position += count;
    return bytes;
  }

  #fill(): void {
    const next = Buffer.allocUnsafe(chunkBytes);
    const length = readSync(this.#file, next, 0, chunkBytes, null);
    if (length === 0) throw truncated(this.#path, this.position + 1, this.position);
    this.#chunk = Buffer.concat([this.#chunk.subarray(this.#at), next.subarray(0, length)]);
    this.#at = 0;
  }
}

function bad(message: string, expected: string, where: string, got?: number): DataError {
  const details = { expected, got: got === undefined ? "other bytes" : String(got), where };
  return new DataError("gguf.format", message, details);
}

function truncated(where: string, expected: number, got: number): DataError {
  return new DataError("gguf.truncated", "the GGUF file is cut short", {
    expected: `at least ${expected} bytes`,
    got: String(got),
    where,
    help: "fetch it again",
  });
}
