/** @file JSON files whose size is checked before they are read: what a folder claims may be hostile. */
import { statSync } from "node:fs";
import { DataError, fileError, readJsonFile } from "../base/index.ts";

/** Some 100,000 tensor names; a larger list is not one of a model's. */
const maxBytes = 32_000_000;

/**
 * Read a list that stands beside a model's weights.
 * @returns the parsed value; entries in file order
 * @throws DataError `file.missing`, `file.unreadable`, `file.tooLarge` or `json.syntax`
 */
export function readBoundedJson(path: string): unknown {
  let bytes: number;
  try {
    const found = statSync(path);
    // a named pipe would block
    if (!found.isFile()) throw Object.assign(new Error(), { code: "not a regular file" });
    bytes = found.size;
  } catch (cause) {
    throw fileError(path, cause);
  }
  if (bytes <= maxBytes) return readJsonFile(path, maxBytes);
  throw new DataError("file.tooLarge", "a list of files of improbable size", {
    expected: `at most ${maxBytes} bytes`,
    got: `${bytes} bytes`,
    where: path,
  });
}
