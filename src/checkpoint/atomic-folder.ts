/**
 * @file Folders that are whole, old or new, whatever happens to the process that replaces them.
 *
 * No system call replaces one non-empty folder by another, so three names stand beside `folder`:
 * 1. `.folder.tmp-…` is filled, every file and folder of it flushed to the disk;
 * 2. it is renamed `.folder.new`: from here on the new content is complete and will win;
 * 3. `folder` is renamed `.folder.old`;
 * 4. `.folder.new` is renamed `folder`, and `.folder.old` removed.
 * After a crash between 1 and 2 `folder` is the old one; between 2 and 3 old and new are both
 * whole; between 3 and 4 `folder` is missing and `.folder.new` is whole. {@link recoverFolder}
 * completes step 3 or 4; {@link currentFolder} lets a reader find the whole one without changing
 * anything, even while a writer is between 3 and 4. One writer at a time: hold a lock.
 */
import { existsSync, lstatSync, mkdirSync, readdirSync, renameSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import {
  DataError,
  discard,
  sweepTemporaries,
  syncFolder,
  syncPath,
  temporaryPath,
  writeError,
} from "../base/index.ts";

const sibling = (folder: string, suffix: string) =>
  join(dirname(resolve(folder)), `.${basename(resolve(folder))}.${suffix}`);
const nextOf = (folder: string) => sibling(folder, "new");
const previousOf = (folder: string) => sibling(folder, "old");

/**
 * Replace (or create) a folder as a whole; what was in it before is gone afterwards.
 * @param fill writes the new content into the empty folder it is given
 * @returns what `fill` returned
 * @throws DataError `disk.full` or `file.unwritable`, and whatever `fill` throws; the old folder
 * is then intact and nothing is left beside it
 */
export async function writeFolderAtomically<T>(
  folder: string,
  fill: (temporary: string) => T | Promise<T>,
): Promise<T> {
  recoverFolder(folder);
  const temporary = temporaryPath(folder);
  try {
    mkdirSync(temporary);
    const result = await fill(temporary);
    syncTree(temporary);
    renameSync(temporary, nextOf(folder));
    syncFolder(dirname(resolve(folder)));
    promote(folder);
    return result;
  } catch (cause) {
    discard(temporary);
    throw writeError(folder, cause);
  }
}

function promote(folder: string): void {
  if (existsSync(folder)) {
    discard(previousOf(folder));
    renameSync(folder, previousOf(folder));
  }
  renameSync(nextOf(folder), folder);
  syncFolder(dirname(resolve(folder)));
  discard(previousOf(folder));
}

/**
 * Bring a folder back to one whole state after a writer was killed; harmless otherwise.
 * Call it, holding the lock, before reading or writing a folder that may have been interrupted.
 * @throws DataError `folder.notFolder` when the path is something else, `file.unwritable`
 */
export function recoverFolder(folder: string): void {
  checkIsFolder(folder);
  if (!existsSync(dirname(resolve(folder)))) return;
  try {
    if (existsSync(nextOf(folder))) promote(folder);
    else if (!existsSync(folder) && existsSync(previousOf(folder))) {
      renameSync(previousOf(folder), folder);
    }
    discard(previousOf(folder));
    sweepTemporaries(folder);
  } catch (cause) {
    throw writeError(folder, cause);
  }
}

/**
 * Where the whole content of a folder is at this moment: the folder itself, or, while it is being
 * replaced, its successor beside it. Changes nothing.
 */
export function currentFolder(folder: string): string {
  if (existsSync(folder)) return folder;
  return [nextOf(folder), previousOf(folder)].find((path) => existsSync(path)) ?? folder;
}

function checkIsFolder(folder: string): void {
  const found = lstatSync(folder, { throwIfNoEntry: false });
  if (found === undefined || found.isDirectory()) return;
  throw new DataError("folder.notFolder", "a folder is to be written where something else is", {
    expected: "a folder, or nothing",
    got: found.isSymbolicLink() ? "a symbolic link" : "a file",
    where: folder,
  });
}

/** Flush every file, then the folders that name them. */
function syncTree(folder: string): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) syncTree(path);
    else if (entry.isFile()) syncPath(path);
  }
  syncFolder(folder);
}
