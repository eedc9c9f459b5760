/** @file Parallel text files: CodeXGLUE's layout for translation and refinement. */
import { join } from "node:path";
import { DataError } from "../base/index.ts";
import { pythonStrip } from "../metrics/index.ts";
import { emptyDataset, forEachLine, type LineLimits } from "./lines.ts";
import type { SplitName } from "./split.ts";

/** One line of the source file and the line of the same number in the target file. */
export interface ParallelExample {
  readonly source: string;
  readonly target: string;
}

/**
 * Read two files line by line as pairs. Lines are those of Python's text mode (`\n`, `\r\n` and `\r`
 * end a line, nothing else; a final end opens no further line), stripped of Python's white space;
 * a blank line is an empty text, not skipped. UTF-8, with or without byte-order mark; gzip is unpacked.
 *
 * Source: salesforce/CodeT5 _utils.py `read_translate_examples`, `read_refine_examples` at 7de7f69.
 * Departure: files of different lengths are refused, where the reference drops the longer one's rest.
 * @throws DataError `data.parallel` with both counts, `data.empty`, and those of {@link forEachLine}
 */
export async function readParallel(
  sourcePath: string,
  targetPath: string,
  limits: LineLimits = {},
): Promise<ParallelExample[]> {
  const sources = await readStrippedLines(sourcePath, limits);
  const targets = await readStrippedLines(targetPath, limits);
  if (sources.length !== targets.length) {
    throw new DataError("data.parallel", "parallel files have different numbers of lines", {
      expected: `${sources.length} lines, as in ${sourcePath}`,
      got: `${targets.length} lines`,
      where: targetPath,
    });
  }
  if (sources.length === 0) throw emptyDataset(sourcePath, "at least one line");
  return sources.map((source, i) => ({ source, target: targets[i]! }));
}

async function readStrippedLines(path: string, limits: LineLimits): Promise<string[]> {
  const lines: string[] = [];
  await forEachLine(path, { ...limits, lineEnds: "universal" }, (line) => {
    lines.push(pythonStrip(line));
  });
  return lines;
}

/** The two directions of CodeXGLUE's translation task, by the endings of its files. */
export const translateDirections = {
  "java-cs": { source: "java", target: "cs" },
  "cs-java": { source: "cs", target: "java" },
} as const;

export type TranslateDirection = keyof typeof translateDirections;

/** The two files of one part. */
export interface ParallelPaths {
  readonly source: string;
  readonly target: string;
}

/**
 * Where CodeXGLUE's translation data lies in a folder: `{train,valid,test}.java-cs.txt.{java,cs}`,
 * the same files for both directions. Whether they are there shows when they are read.
 */
export function translatePaths(
  folder: string,
  direction: TranslateDirection,
): Record<SplitName, ParallelPaths> {
  const { source, target } = translateDirections[direction];
  const files = (part: string) => ({
    source: join(folder, `${part}.java-cs.txt.${source}`),
    target: join(folder, `${part}.java-cs.txt.${target}`),
  });
  return { train: files("train"), validation: files("valid"), test: files("test") };
}

/**
 * Read all three parts of CodeXGLUE's translation data.
 * @throws DataError `file.missing` naming the file, and those of {@link readParallel}
 */
export async function readTranslate(
  folder: string,
  direction: TranslateDirection,
): Promise<Record<SplitName, ParallelExample[]>> {
  const paths = translatePaths(folder, direction);
  const read = ({ source, target }: ParallelPaths) => readParallel(source, target);
  return {
    train: await read(paths.train),
    validation: await read(paths.validation),
    test: await read(paths.test),
  };
}
