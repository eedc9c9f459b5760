/** @file Bytes of a file, unpacked when it is gzip, streamed and bounded whatever the file claims. */
import { createReadStream } from "node:fs";
import { pipeline, Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { DataError, fileError } from "../base/index.ts";

/** Bytes asked for at once from the disk and from the unpacker. */
const chunkBytes = 1 << 18;
/** A gzip file may grow to this size whatever its ratio; beyond it the ratio counts. */
const freeBytes = 16 * 2 ** 20;
/** Source code packs 3 to 20 times smaller; gzip's limit, reached by bombs only, is about 1030. */
const maxRatio = 200;

/**
 * The bytes of a file in chunks; a gzip file, told by its first two bytes, comes unpacked. A few
 * chunks are in memory at any time.
 * @throws DataError `file.missing`, `file.unreadable`; `data.gzip` for damaged or truncated gzip and
 *   for a gzip bomb (over 16 MiB and more than 200 times its file)
 */
export async function* readBytes(path: string): AsyncGenerator<Uint8Array> {
  const packed = { bytes: 0 };
  const file = countBytes(readFile(path), packed);
  const head = await takeHead(file);
  const bytes = prepend(head, file);
  if (head[0] !== 0x1f || head[1] !== 0x8b) return yield* bytes;
  let unpacked = 0;
  for await (const chunk of gunzip(path, bytes)) {
    unpacked += chunk.length;
    if (unpacked > freeBytes && unpacked > maxRatio * packed.bytes) throw bomb(path, packed.bytes);
    yield chunk;
  }
}

async function* readFile(path: string): AsyncGenerator<Uint8Array> {
  try {
    yield* createReadStream(path, { highWaterMark: chunkBytes }) as AsyncIterable<Uint8Array>;
  } catch (cause) {
    throw fileError(path, cause);
  }
}

async function* countBytes(
  chunks: AsyncIterable<Uint8Array>,
  count: { bytes: number },
): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    count.bytes += chunk.length;
    yield chunk;
  }
}

/** The first chunk, joined with the second if it is a single byte (a pipe may be that slow). */
async function takeHead(chunks: AsyncIterator<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for (let length = 0; length < 2; ) {
    const { value, done } = await chunks.next();
    if (done) break;
    parts.push(value);
    length += value.length;
  }
  return parts.length === 1 ? parts[0]! : Buffer.concat(parts);
}

async function* prepend(
  head: Uint8Array,
  rest: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  if (head.length > 0) yield head;
  yield* rest;
}

async function* gunzip(
  path: string,
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  const unpacker = createGunzip({ chunkSize: chunkBytes });
  // a failure of either end reaches the loop below through `unpacker`
  pipeline(Readable.from(chunks), unpacker, () => {});
  try {
    yield* unpacker as AsyncIterable<Uint8Array>;
  } catch (cause) {
    if (cause instanceof DataError) throw cause;
    const got = cause instanceof Error ? cause.message : String(cause);
    throw new DataError(
      "data.gzip",
      "cannot unpack gzip file",
      { expected: "a whole gzip file", got, where: path },
      cause,
    );
  }
}

function bomb(path: string, packedBytes: number): DataError {
  return new DataError("data.gzip", "gzip file unpacks to far more than data would", {
    expected: `at most ${maxRatio} times its size`,
    got: `more than ${maxRatio} times ${packedBytes} bytes`,
    where: path,
    help: "unpack it by hand if you trust it",
  });
}
