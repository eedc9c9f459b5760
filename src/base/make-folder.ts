/** @file Folders made with their parents; a file in the way is told. */
import { existsSync, mkdirSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { writeError } from "./atomic-file.ts";
import { DataError } from "./errors.ts";

/**
 * Make a folder and those above it; one that is there stays as it is. Not `mkdir` with `recursive`,
 * which in Node 20 never returns where the system says "no such file" to every attempt, as /proc does.
 * @throws DataError `file.unwritable`, also when a file is in the way; `disk.full`
 */
export function makeFolder(path: string): void {
  const folder = resolve(path);
  if (isFolder(folder)) return;
  if (existsSync(folder)) {
    throw new DataError("file.unwritable", "a folder is to be made where something else is", {
      expected: "a folder, or nothing",
      got: "a file",
      where: folder,
    });
  }
  makeFolder(dirname(folder));
  try {
    mkdirSync(folder);
  } catch (cause) {
    // another process may have been faster
    if (!isFolder(folder)) throw writeError(folder, cause);
  }
}

function isFolder(path: string): boolean {
  return existsSync(path) && statSync(path).isDirectory();
}
