/** @file Text and JSON readers: bounded, UTF-8 checked, errors that name the file and the line. */
import { isUtf8 } from "node:buffer";
import { closeSync, openSync, readSync } from "node:fs";
import { DataError } from "./errors.ts";

/** Far above any configuration; at its worst such a file takes 350 MB when parsed. */
const maxJsonBytes = 16e6;
/** Far above what people write; a million levels would exhaust the stack of whoever walks them. */
const maxDepth = 1000;
/** Half of the longest string V8 can hold. */
const maxTextBytes = 2 ** 28;
const chunkBytes = 1 << 20;

/**
 * Parse JSON text.
 * @param where file (and line) named in the error
 * @throws DataError `json.syntax`, `json.depth` above 1000 levels
 */
export function parseJson(text: string, where: string): unknown {
  const value = parse(text, where);
  if (text.length > 2 * maxDepth && depthOf(text) > maxDepth) {
    const details = { expected: `at most ${maxDepth} levels`, got: "more", where };
    throw new DataError("json.depth", "lists and objects nested too deeply", details);
  }
  return value;
}

function parse(text: string, where: string): unknown {
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

/** Levels of nesting of a text that is valid JSON. */
function depthOf(text: string): number {
  let depth = 0;
  let deepest = 0;
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if (c === '"') i = endOfString(text, i);
    else if (c === "[" || c === "{") deepest = Math.max(deepest, ++depth);
    else if (c === "]" || c === "}") depth--;
  }
  return deepest;
}

/** Place of the quote that ends the string begun at `start`. */
function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (isEscaped(text, end)) end = text.indexOf('"', end + 1);
  return end;
}

function isEscaped(text: string, at: number): boolean {
  let first = at;
  while (text[first - 1] === "\\") first--;
  return (at - first) % 2 === 1;
}

/**
 * Read and parse a JSON file.
 * @param maxBytes larger ones are refused before they are parsed; default 16 MB
 * @throws DataError as {@link readTextFile}, and {@link parseJson}
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
