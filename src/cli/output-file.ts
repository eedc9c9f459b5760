/** @file A result file of a long job: its place is tried first, and losing it loses nothing else. */
import { existsSync, statSync, writeFileSync } from "node:fs";
import { DataError, discard, formatError, temporaryPath, writeError } from "../base/index.ts";
import { writeJsonLines } from "../data/index.ts";

/**
 * Make and remove an empty file beside a path that is to be written when the work is done.
 * @throws DataError `file.unwritable`, `disk.full`
 */
export function requireWritable(path: string): void {
  if (existsSync(path) && statSync(path).isDirectory()) {
    const details = { expected: "a file, or nothing", got: "a folder", where: path };
    throw new DataError("file.unwritable", "a file is to be written where a folder is", details);
  }
  const probe = temporaryPath(path);
  try {
    writeFileSync(probe, "");
  } catch (cause) {
    throw writeError(path, cause);
  } finally {
    discard(probe);
  }
}

/**
 * Write objects as JSON lines; a failure is told and leaves the rest of the result to be printed.
 * @returns the exit code of the verb
 */
export function writeLines(
  path: string,
  rows: readonly object[],
  warn: (line: string) => void,
): 0 | 1 {
  try {
    writeJsonLines(path, rows);
    return 0;
  } catch (error) {
    warn(`codet5: ${formatError(error)}`);
    return 1;
  }
}
