/** @file Lines of a text file, streamed: UTF-8 checked, line ends as asked, sizes bounded. */
import { isUtf8 } from "node:buffer";
import { getHeapStatistics } from "node:v8";
import { DataError } from "../base/index.ts";
import { readBytes } from "./byte-stream.ts";

export interface LineLimits {
  /** Longest line in bytes; default 16 MiB. */
  readonly maxLineBytes?: number;
  /** Most bytes of the whole (unpacked) file; default three quarters of the JavaScript heap. */
  readonly maxBytes?: number;
}

export interface LineOptions extends LineLimits {
  /** `lf`: `\n` alone ends a line (JSON lines). `universal`: `\n`, `\r\n` or `\r`, as Python's text mode. */
  readonly lineEnds: "lf" | "universal";
}

const lineFeed = 0x0a;
const carriageReturn = 0x0d;
const byteOrderMark = [0xef, 0xbb, 0xbf];

/** The next place of a byte in a chunk, searched once and kept until it is passed. */
function finder(chunk: Uint8Array, byte: number): (from: number) => number {
  let at = -1;
  return (from) => {
    if (at < from) {
      const found = chunk.indexOf(byte, from);
      at = found < 0 ? chunk.length : found;
    }
    return at;
  };
}

/**
 * Call `onLine` with every line of a file, plain or gzip, without its end. A last line without an
 * end counts, an empty one after the last end does not; a byte-order mark at the start is dropped.
 * @param onLine receives the text and its number, counted from 1; what it throws ends the reading
 * @throws DataError as {@link readBytes}; `data.lineTooLong`, `data.tooLarge`; `data.encoding` when a
 *   line is not UTF-8
 */
export async function forEachLine(
  path: string,
  options: LineOptions,
  onLine: (line: string, number: number) => void,
): Promise<void> {
  const maxLineBytes = options.maxLineBytes ?? 16 * 2 ** 20;
  const maxBytes = options.maxBytes ?? Math.floor(getHeapStatistics().heap_size_limit * 0.75);
  let pending: Uint8Array[] = []; // the pieces of a line whose end has not been seen
  let pendingBytes = 0;
  let number = 1;
  let totalBytes = 0;
  let skipLineFeed = false; // a chunk ended between \r and \n

  const hold = (piece: Uint8Array) => {
    pendingBytes += piece.length;
    if (pendingBytes > maxLineBytes) throw tooLong(path, number, maxLineBytes);
    pending.push(piece);
  };
  const finish = () => {
    onLine(pendingBytes === 0 ? "" : decodeLine(pending, path, number), number);
    if (pendingBytes > 0) pending = [];
    pendingBytes = 0;
    number++;
  };

  for await (const chunk of readBytes(path)) {
    totalBytes += chunk.length;
    if (totalBytes > maxBytes) throw tooLarge(path, maxBytes);
    const nextFeed = finder(chunk, lineFeed);
    const nextReturn =
      options.lineEnds === "lf" ? () => chunk.length : finder(chunk, carriageReturn);
    let start: number = skipLineFeed && chunk[0] === lineFeed ? 1 : 0;
    skipLineFeed = false;
    while (start < chunk.length) {
      const end = Math.min(nextFeed(start), nextReturn(start));
      if (end > start) hold(chunk.subarray(start, end));
      start = end + 1;
      if (end === chunk.length) break;
      finish();
      if (chunk[end] !== carriageReturn) continue;
      if (chunk[start] === lineFeed) start++;
      skipLineFeed = start === chunk.length && chunk[start - 1] === carriageReturn;
    }
  }
  if (pendingBytes > 0) finish();
}

function decodeLine(pieces: readonly Uint8Array[], path: string, number: number): string {
  const bytes = pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces);
  const marked = number === 1 && byteOrderMark.every((byte, i) => bytes[i] === byte);
  const text = marked ? bytes.subarray(3) : bytes;
  if (isUtf8(text)) return Buffer.from(text.buffer, text.byteOffset, text.length).toString("utf8");
  throw new DataError("data.encoding", "text is not UTF-8", {
    expected: "UTF-8",
    got: "bytes of another encoding",
    where: `${path}:${number}`,
    help: "convert the file, for example with iconv -t UTF-8",
  });
}

function tooLong(path: string, number: number, maxLineBytes: number): DataError {
  return new DataError("data.lineTooLong", "line too long", {
    expected: `at most ${maxLineBytes} bytes`,
    got: "more",
    where: `${path}:${number}`,
  });
}

function tooLarge(path: string, maxBytes: number): DataError {
  return new DataError("data.tooLarge", "file too large for memory", {
    expected: `at most ${maxBytes} bytes (three quarters of the JavaScript heap unless set)`,
    got: "more",
    where: path,
    help: "raise the heap with NODE_OPTIONS=--max-old-space-size=<MiB>",
  });
}

/** The error for a data file without a single example. */
export function emptyDataset(path: string, expected: string): DataError {
  return new DataError("data.empty", "empty dataset", { expected, got: "nothing", where: path });
}
