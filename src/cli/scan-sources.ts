/** @file The functions of files, folders and standard input, as a stream; what is left out is counted. */
import { statSync } from "node:fs";
import type { Readable } from "node:stream";
import { CodeT5Error, fileError } from "../base/index.ts";
import { type Counts, count, emptyCounts, sourceTrees, walkTree } from "../data/index.ts";
import { type Language, languageOfPath } from "../syntax/index.ts";
import { type FunctionSource, functionsOfFile, readFunctionSources } from "./function-sources.ts";

/** Larger files are generated, or data. */
const maxFileBytes = 2 ** 20;

/** What a scan has met so far. */
export interface ScanCounts {
  files: number;
  /** Files and folders of which nothing was read, by reason. */
  readonly skipped: Counts;
}

export interface ScanOptions {
  /** Files and folders; standard input when there is none. */
  readonly paths: readonly string[];
  /** Of standard input and of the files named; of folders, only files in it are read. */
  readonly language: Language | undefined;
  readonly stdin: Readable;
}

/**
 * Functions one after another, so that a large tree takes no more memory than a file. In folders a file
 * without a function, or one that cannot be read, is counted; one that was named is read as a whole, or
 * is an error.
 * @throws DataError for a path that is not there, or a file named that cannot be read
 */
export async function* scanSources(
  { paths, language, stdin }: ScanOptions,
  counts: ScanCounts,
): AsyncGenerator<FunctionSource> {
  const visited = new Set<string>();
  if (paths.length === 0) {
    counts.files++;
    yield* await readFunctionSources([], language, stdin);
  }
  for (const path of paths) {
    if (isFolder(path)) yield* scanFolder(path, language, counts, visited);
    else {
      counts.files++;
      yield* await readFunctionSources([path], language, stdin);
    }
  }
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch (cause) {
    throw fileError(path, cause);
  }
}

async function* scanFolder(
  folder: string,
  language: Language | undefined,
  counts: ScanCounts,
  visited: Set<string>,
): AsyncGenerator<FunctionSource> {
  const met = emptyCounts();
  const options = { maxFileBytes, groupDepth: 1, isTreeGroup: true, languageOf: languageOfPath };
  for (const tree of sourceTrees([folder])) {
    for (const file of walkTree(tree, options, met, visited)) {
      if (language !== undefined && file.language !== language) {
        count(counts.skipped, "other-language");
        continue;
      }
      const found = await functionsIn(file.path, file.language as Language);
      if (typeof found === "string") count(counts.skipped, found);
      else {
        counts.files++;
        yield* found;
      }
    }
  }
  for (const [reason, amount] of Object.entries(met.files)) count(counts.skipped, reason, amount);
  for (const [reason, amount] of Object.entries(met.folders)) {
    count(counts.skipped, `folder-${reason}`, amount);
  }
}

/** @returns the reason why there are none */
async function functionsIn(path: string, language: Language): Promise<FunctionSource[] | string> {
  try {
    const found = await functionsOfFile(path, language);
    const isWhole = found.length === 1 && found[0]!.name === "";
    return isWhole ? "no-function" : found;
  } catch (error) {
    if (!(error instanceof CodeT5Error)) throw error;
    return error.code === "file.encoding" ? "not-utf-8" : "unreadable";
  }
}
