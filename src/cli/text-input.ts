/** @file Text for a verb: from its command line, from a file, or from standard input. */
import { isUtf8 } from "node:buffer";
import type { Readable } from "node:stream";
import { DataError, readTextFile, UsageError } from "../base/index.ts";
import { forEachLine } from "../data/index.ts";

/** Where text may come from; the first that is given is used, stdin when none is. */
export interface TextSource {
  readonly text?: string | undefined;
  readonly file?: string | undefined;
  readonly stdin: Readable;
  /** Each line is a text of its own. */
  readonly isByLine: boolean;
}

/**
 * Read one text, or one per line.
 * @throws UsageError when both a text and a file are given; DataError on a missing file or text
 * that is not UTF-8
 */
export async function readTexts(source: TextSource): Promise<string[]> {
  const { text, file, stdin, isByLine } = source;
  if (text !== undefined && file !== undefined) {
    throw new UsageError("usage.text", "both a text and --file", { expected: "one of them" });
  }
  if (file !== undefined && isByLine) return readLines(file);
  const whole = text ?? (file === undefined ? await readAll(stdin) : readTextFile(file));
  return isByLine ? splitLines(whole) : [whole];
}

async function readLines(file: string): Promise<string[]> {
  const lines: string[] = [];
  await forEachLine(file, { lineEnds: "lf" }, (line) => void lines.push(line));
  return lines;
}

function splitLines(text: string): string[] {
  const lines = text.split("\n");
  if (lines.at(-1) === "") lines.pop();
  return lines;
}

async function readAll(stdin: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stdin) chunks.push(chunk as Buffer);
  const bytes = Buffer.concat(chunks);
  if (isUtf8(bytes)) return bytes.toString("utf8").replace(/^\ufeff/, "");
  throw new DataError("data.encoding", "text is not UTF-8", { where: "standard input" });
}
