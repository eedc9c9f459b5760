/**
 * @file The header of a safetensors file: length, JSON, and the checks of safetensors' Rust
 * (`SafeTensors::read_metadata` and `Metadata::validate` in tensor.rs): tensors in file order are
 * contiguous from 0, without hole or overlap, cover the data exactly, and each is as long as its
 * shape and type say. Stricter than it in one point: the header must start with `{`, unknown keys
 * and keys given twice are refused.
 */
import { fstatSync, readSync } from "node:fs";
import { DataError } from "../base/index.ts";
import { dtypes, isDType, type SafetensorsDType } from "./dtype.ts";
import { type HeaderEntry, parseHeaderText } from "./header-text.ts";

/** One checked tensor; `offset` counts from the start of the file, in bytes. */
interface TensorEntry {
  readonly name: string;
  readonly dtype: SafetensorsDType;
  readonly shape: readonly number[];
  readonly offset: number;
  readonly byteLength: number;
}

interface Header {
  /** In the order of their bytes. */
  readonly tensors: readonly TensorEntry[];
  readonly metadata: Readonly<Record<string, string>>;
}

/** Bytes of the length in front of the header. */
export const prefixBytes = 8;
/** The format's ceiling for a header, in bytes. */
export const maxHeaderBytes = 100_000_000;

/**
 * Read and check the header of an open file.
 * @param path named in errors
 * @throws DataError `safetensors.*`
 */
export function readHeader(file: number, path: string): Header {
  const fileBytes = fstatSync(file).size;
  const headerBytes = readHeaderLength(file, path, fileBytes);
  const text = decodeUtf8(readBytes(file, prefixBytes, headerBytes, path), path);
  const { entries, metadata } = parseHeaderText(text, path);
  const dataStart = prefixBytes + headerBytes;
  return { tensors: checkEntries(entries, dataStart, fileBytes - dataStart, path), metadata };
}

function readHeaderLength(file: number, path: string, fileBytes: number): number {
  if (fileBytes < prefixBytes) {
    throw truncated(path, `at least ${prefixBytes} bytes`, `${fileBytes} bytes`);
  }
  const prefix = readBytes(file, 0, prefixBytes, path);
  const length = new DataView(prefix.buffer).getBigUint64(0, true);
  if (length > maxHeaderBytes) {
    throw new DataError("safetensors.headerLength", "not a safetensors file, or a broken one", {
      expected: `a header of at most ${maxHeaderBytes} bytes`,
      got: `a claim of ${length} bytes`,
      where: `${path}, byte 0`,
    });
  }
  const headerBytes = Number(length);
  if (prefixBytes + headerBytes > fileBytes) {
    throw truncated(path, `a header of ${headerBytes} bytes`, `a file of ${fileBytes} bytes`);
  }
  return headerBytes;
}

/** Read exactly `length` bytes at `position`. @throws DataError `safetensors.truncated` */
function readBytes(
  file: number,
  position: number,
  length: number,
  path: string,
): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  readInto(file, bytes, position, path);
  return bytes;
}

/** Fill `bytes` from `position` on. @throws DataError `safetensors.truncated` */
export function readInto(file: number, bytes: Uint8Array, position: number, path: string): void {
  let done = 0;
  while (done < bytes.byteLength) {
    // one read call moves less than 2 GiB
    const most = Math.min(bytes.byteLength - done, 1 << 30);
    const count = readSync(file, bytes, done, most, position + done);
    if (count === 0) throw truncated(path, `${bytes.byteLength} bytes`, `${done} bytes`, position);
    done += count;
  }
}

function decodeUtf8(bytes: Uint8Array, path: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new DataError(
      "safetensors.header",
      "malformed safetensors header",
      { expected: "UTF-8 text", got: "other bytes", where: `${path}, header` },
      cause,
    );
  }
}

function checkEntries(
  entries: readonly HeaderEntry[],
  dataStart: number,
  dataBytes: number,
  path: string,
): TensorEntry[] {
  const sorted = [...entries].sort(
    (a, b) => a.offsets[0] - b.offsets[0] || a.offsets[1] - b.offsets[1],
  );
  let position = 0;
  const checked = sorted.map((entry) => {
    const tensor = checkEntry(entry, position, path);
    position += tensor.byteLength;
    return { ...tensor, offset: dataStart + tensor.offset };
  });
  if (position !== dataBytes) {
    throw new DataError("safetensors.offsets", "tensors do not cover the file's data exactly", {
      expected: `${position} bytes of data, as the header tells`,
      got: `${dataBytes} bytes`,
      where: path,
      ...(position > dataBytes ? { help: "the file is truncated: copy or download it again" } : {}),
    });
  }
  return checked;
}

function checkEntry(entry: HeaderEntry, position: number, path: string): TensorEntry {
  const { name, dtype, shape, offsets } = entry;
  const where = `${path}, tensor ${JSON.stringify(name)}`;
  const [start, end] = offsets;
  if (start !== position || end < start) {
    throw new DataError("safetensors.offsets", "a hole, an overlap or a negative length", {
      expected: `data_offsets that start at ${position}, where the tensor before ends`,
      got: `[${start}, ${end}]`,
      where,
    });
  }
  if (!isDType(dtype)) {
    throw new DataError("safetensors.dtype", "unknown element type", {
      expected: Object.keys(dtypes).join(", "),
      got: JSON.stringify(dtype),
      where,
    });
  }
  const byteLength = byteSize(dtype, shape);
  if (byteLength !== end - start) {
    throw new DataError("safetensors.shape", "shape, type and offsets disagree", {
      expected: `${byteLength ?? "fewer than 2^53"} bytes for ${dtype}[${shape.join(", ")}]`,
      got: `${end - start} bytes`,
      where,
    });
  }
  return { name, dtype, shape, offset: start, byteLength };
}

/** Bytes of a tensor, or undefined when a partial product passes 2^53, even if a 0 follows. */
export function byteSize(dtype: SafetensorsDType, shape: readonly number[]): number | undefined {
  let bytes: number = dtypes[dtype].bytes;
  for (const dimension of shape) {
    bytes *= dimension;
    if (!Number.isSafeInteger(bytes)) return undefined;
  }
  return bytes;
}

function truncated(path: string, expected: string, got: string, position = 0): DataError {
  return new DataError("safetensors.truncated", "safetensors file is truncated", {
    expected,
    got,
    where: `${path}, byte ${position}`,
    help: "copy or download it again",
  });
}
