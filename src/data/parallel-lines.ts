/** @file Parallel text files: line by line, a source and its target. */
import { DataError } from "../base/index.ts";
import { pythonStrip } from "../metrics/index.ts";
import { emptyDataset, forEachLine, type LineLimits } from "./lines.ts";

/** One line of the source file and the line of the same number in the target file. */
export interface TextPair {
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
): Promise<TextPair[]> {
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
