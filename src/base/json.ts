/** @file JSON and JSON-lines readers whose errors name the file and the line. */
import { readFileSync } from "node:fs";
import { DataError } from "./errors.ts";

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
 * @throws DataError `file.missing` when it cannot be read, `json.syntax` when it is not JSON
 */
export function readJsonFile(path: string): unknown {
  return parseJson(readTextFile(path), path);
}

/** @throws DataError `file.missing` when the file cannot be read, naming the reason */
export function readTextFile(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    throw fileError(path, cause);
  }
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
