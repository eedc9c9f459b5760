/** @file GGUF files, written piece by piece: metadata, what tensors there are, their data. ggml, docs/gguf.md, version 3. */
import { writeFileAtomically } from "../base/index.ts";
import { type GgufType, ggufTypeRows } from "./ggml-blocks.ts";
import { tensorBytes } from "./tensor-types.ts";

/** A number is uint32 unless it says otherwise. */
export type GgufValue =
  | string
  | number
  | boolean
  | { readonly f32: number }
  | readonly string[]
  | Int32Array
  | Float32Array;

export type GgufMetadata = Readonly<Record<string, GgufValue>>;

/** A tensor to write. */
export interface GgufData {
  /** As of a weight, the slowest dimension first; the file has them turned around. */
  readonly shape: readonly number[];
  readonly type: GgufType;
  /** Asked for once, when its turn has come. */
  readonly data: Float32Array;
}

const alignment = 32;

/**
 * Write a file, whole or not at all; one tensor is in memory at a time.
 * @throws DataError `disk.full`, `file.unwritable`
 */
export function writeGguf(
  path: string,
  metadata: GgufMetadata,
  tensors: ReadonlyMap<string, GgufData>,
): void {
  const header = headerBytes(metadata, tensors);
  writeFileAtomically(path, (write) => {
    const padded = (bytes: Uint8Array) => {
      write(bytes);
      if (paddingOf(bytes.byteLength) > 0) write(new Uint8Array(paddingOf(bytes.byteLength)));
    };
    padded(header);
    for (const tensor of tensors.values()) padded(ggufTypeRows[tensor.type].encode(tensor.data));
  });
}

const paddingOf = (bytes: number) => (alignment - (bytes % alignment)) % alignment;

function headerBytes(metadata: GgufMetadata, tensors: ReadonlyMap<string, GgufData>): Buffer {
  const parts: Buffer[] = [Buffer.from("GGUF"), uint32(3), uint64(tensors.size)];
  parts.push(uint64(Object.keys(metadata).length));
  for (const [key, value] of Object.entries(metadata)) parts.push(string(key), ...typed(value));
  let offset = 0;
  for (const [name, { shape, type }] of tensors) {
    const { number } = ggufTypeRows[type];
    const sizes = [...shape].reverse().map(uint64);
    parts.push(string(name), uint32(shape.length), ...sizes, uint32(number), uint64(offset));
    const bytes = tensorBytes(number, shape);
    offset += bytes + paddingOf(bytes);
  }
  return Buffer.concat(parts);
}

const uint32 = (value: number) => Buffer.from(Uint32Array.of(value).buffer);
const uint64 = (value: number) => Buffer.from(BigUint64Array.of(BigInt(value)).buffer);

function string(text: string): Buffer {
  const bytes = Buffer.from(text);
  return Buffer.concat([uint64(bytes.length), bytes]);
}

/** `gguf_metadata_value_type`. */
const numbers = { uint32: 4, int32: 5, float32: 6, bool: 7, string: 8, list: 9 } as const;

/** A value behind its type. */
function typed(value: GgufValue): Buffer[] {
  if (typeof value === "string") return [uint32(numbers.string), string(value)];
  if (typeof value === "number") return [uint32(numbers.uint32), uint32(value)];
  if (typeof value === "boolean") return [uint32(numbers.bool), Buffer.of(Number(value))];
  if (value instanceof Int32Array || value instanceof Float32Array) {
    const type = value instanceof Int32Array ? numbers.int32 : numbers.float32;
    const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
    return [uint32(numbers.list), uint32(type), uint64(value.length), bytes];
  }
  if ("f32" in value)
    return [uint32(numbers.float32), Buffer.from(Float32Array.of(value.f32).buffer)];
  return [uint32(numbers.list), uint32(numbers.string), uint64(value.length), ...value.map(string)];
}
