/** @file Reads the texts a tokenizer is trained on: plain files, or fields of JSON lines. */
import { DataError, nearest, parseJson } from "../base/index.ts";
import { forEachLine } from "../data/index.ts";

/** How to read the files. */
export interface TrainingTextOptions {
  /** String fields of JSON lines that hold text; without any, files are plain text. */
  readonly fields: readonly string[];
  /** Texts may be joined at line ends, which takes less memory. */
  readonly isByLine: boolean;
}

/** Characters gathered before a block is closed. */
const blockLength = 1 << 20;

/**
 * Read files, plain or gzip, into memory.
 * @returns blocks that end at a line end; when not by line a text per file, or per field
 * @throws DataError naming file and line; `data.empty` when there is no text at all
 */
export async function readTrainingTexts(
  files: readonly string[],
  { fields, isByLine }: TrainingTextOptions,
): Promise<string[]> {
  const texts: string[] = [];
  for (const file of files) {
    const gather = gatherer(texts, isByLine ? blockLength : Number.POSITIVE_INFINITY);
    await forEachLine(file, { lineEnds: "lf" }, (line, number) => {
      if (fields.length === 0) return gather.add(line);
      if (line.trim() === "") return;
      for (const text of fieldTexts(line, fields, `${file}:${number}`)) {
        gather.add(text);
        if (!isByLine) gather.close();
      }
    });
    gather.close();
  }
  if (texts.every((text) => text.trim() === "")) {
    const where = files.join(", ");
    throw new DataError("data.empty", "no text to train on", { expected: "some text", where });
  }
  return texts;
}

function gatherer(texts: string[], maxLength: number) {
  let lines: string[] = [];
  let length = 0;
  const close = () => {
    if (lines.length > 0) texts.push(`${lines.join("\n")}\n`);
    lines = [];
    length = 0;
  };
  const add = (line: string) => {
    lines.push(line);
    length += line.length;
    if (length >= maxLength) close();
  };
  return { add, close };
}

function* fieldTexts(line: string, fields: readonly string[], where: string): Generator<string> {
  const record = parseJson(line, where) as Readonly<Record<string, unknown>> | null;
  for (const field of fields) {
    const value = record === null ? undefined : record[field];
    if (typeof value !== "string") throw badField(record, field, where);
    yield value;
  }
}

function badField(record: unknown, field: string, where: string): DataError {
  const keys = typeof record === "object" && record !== null ? Object.keys(record) : [];
  const isThere = keys.includes(field);
  const close = nearest(field, keys);
  return new DataError("data.record", `no text in field ${JSON.stringify(field)}`, {
    expected: "a string",
    got: isThere ? typeof (record as Record<string, unknown>)[field] : "no such field",
    where,
    ...(isThere || close === undefined ? {} : { help: `did you mean ${close}?` }),
  });
}
