/** @file Files of a data set's folder, in a fixed order, within bounds. */
import { readdirSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { DataError, fileError, readTextFile } from "../../base/index.ts";

/** More files than this are no data set of functions. */
const maxFiles = 2_000_000;

/** Longest source file that is read, in bytes. */
const maxSourceBytes = 4 * 2 ** 20;

/**
 * Paths of all files below a folder, sorted; the path itself when it is a file. Links are not followed,
 * folders whose names begin with a dot are left out.
 * @throws DataError `file.missing`, `file.unreadable`, `import.tooMany`
 */
export function listFiles(folder: string): string[] {
  if (statOf(folder).isFile()) return [folder];
  const found: string[] = [];
  const folders = [folder];
  while (folders.length > 0) {
    const current = folders.pop()!;
    for (const entry of entriesOf(current)) {
      const path = join(current, entry.name);
      if (entry.isDirectory() && !entry.name.startsWith(".")) folders.push(path);
      if (entry.isFile()) found.push(path);
    }
    if (found.length > maxFiles) {
      throw new DataError("import.tooMany", "too many files", {
        expected: `at most ${maxFiles}`,
        got: "more",
        where: folder,
      });
    }
  }
  return found.sort();
}

function statOf(path: string) {
  try {
    return statSync(path);
  } catch (cause) {
    throw fileError(path, cause);
  }
}

function entriesOf(folder: string) {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch (cause) {
    throw fileError(folder, cause);
  }
}

/** Files whose names match, the path itself when it is one. */
export const filesNamed = (folder: string, name: RegExp): string[] =>
  listFiles(folder).filter((path) => name.test(basename(path)));

/** A source file's text; undefined when it is too long or no UTF-8, which real ones are now and then. */
export function readSource(path: string): string | undefined {
  try {
    return readTextFile(path, maxSourceBytes);
  } catch (error) {
    const isBad =
      error instanceof DataError && ["file.encoding", "file.tooLarge"].includes(error.code);
    if (isBad) return undefined;
    throw error;
  }
}

/** The error of a folder that does not look like the data set. */
export const wrongFolder = (folder: string, expected: string): DataError =>
  new DataError("import.layout", "this is not that data set", {
    expected,
    got: "no such files",
    where: folder,
  });
