/** @file Text and JSON readers: bounded, UTF-8 checked, errors that name the file and the line. */
import { isUtf8 } from "node:buffer";
import { closeSync, openSync, readSync } from "node:fs";
import { DataError } from "./errors.ts";

/** Three times the largest tokenizer.json in use; parsed, such a file fits the smallest heap. */
const maxJsonBytes = 100e6;
/** Half of the longest string V8 can hold. */
const maxTextBytes = 2 ** 28;
const chunkBytes = 1 << 20;

/**
 * Parse JSON text.
 * @param where file (and line) named in the error
 * @throws DataError `json.syntax`
 */
export function parseJson(text: string, where: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new DataError(
      "json.syntax",
      "not valid JSON",
      { expected: "a JSON value", got: preview(text), where },
      cause,
    );
  }
}

/**
 * Read and parse a JSON file.
 * @param maxBytes larger ones are refused before they are parsed; default 100 MB
 * @throws DataError as {@link readTextFile}, `json.syntax` when it is not JSON
 */
export function readJsonFile(path: string, maxBytes = maxJsonBytes): unknown {
  return parseJson(readTextFile(path, maxBytes), path);
}

/**
 * Read a whole text; a byte-order mark is dropped. Devices and pipes are read to their end.
 * @param maxBytes default 256 MiB
 * @throws DataError `file.missing` or `file.unreadable`, naming the reason, `file.tooLarge`,
 * `file.encoding` when it is not UTF-8
 */
export function readTextFile(path: string, maxBytes = maxTextBytes): string {
  const bytes = readBytes(path, maxBytes);
  if (isUtf8(bytes)) return bytes.toString("utf8").replace(/^\ufeff/, "");
  throw new DataError("file.encoding", "text is not UTF-8", {
    expected: "UTF-8",
    got: "bytes of another encoding",
    where: path,
    help: "convert the file, for example with iconv -t UTF-8",
  });
}

function readBytes(path: string, maxBytes: number): Buffer {
  const chunks: Buffer[] = [];
  let total = 0;
  try {
    const file = openSync(path, "r");
    try {
      while (total <= maxBytes) {
        const chunk = Buffer.allocUnsafe(chunkBytes);
        const count = readSync(file, chunk, 0, chunkBytes, null);
        if (count === 0) return Buffer.concat(chunks, total);
        chunks.push(chunk.subarray(0, count));
        total += count;
      }
    } finally {
      closeSync(file);
    }
  } catch (cause) {
    throw fileError(path, cause);
  }
  throw new DataError("file.tooLarge", "file too large", {
    expected: `at most ${maxBytes} bytes`,
    got: "more",
    where: path,
  });
}

/** Map a file-system failure to a one-line error that names the path and the reason. */
export function fileError(path: string, cause: unknown): DataError {
  const reason = (cause as NodeJS.ErrnoException).code ?? String(cause);
  const missing = reason === "ENOENT";
  return new DataError(
    missing ? "file.missing" : "file.unreadable",
    missing ? "file not found" : `cannot read file (${reason})`,
    { expected: "a readable file", got: reason, where: path },
    cause,
  );
}

function preview(text: string): string {
  const clipped = text.length > 60 ? `${text.slice(0, 60)}…` : text;
  return JSON.stringify(clipped);
}
