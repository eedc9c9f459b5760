/** @file Records from JSON-lines files, plain or gzip, checked line by line. */
import type { z } from "zod";
import { DataError, parseJson, writeFileAtomically } from "../base/index.ts";
import { emptyDataset, forEachLine, type LineLimits } from "./lines.ts";

/** What a line must hold, for the check and for its error. */
export interface RecordFormat<T> {
  /** Used in errors: "labelled sample". */
  readonly name: string;
  readonly schema: z.ZodType<T>;
  /** For each field, what it must be, in words. */
  readonly expected: Readonly<Record<string, string>>;
}

/**
 * Read every line as one record with an id of its own.
 * @throws DataError as {@link readJsonLines}; `data.duplicateId`
 */
export async function readRecords<T extends { readonly id: string }>(
  path: string,
  format: RecordFormat<T>,
  limits: LineLimits = {},
): Promise<T[]> {
  const lineOfId = new Map<string, number>();
  return readJsonLines(path, format, limits, ({ id }, number) => {
    requireFreshId(lineOfId, id, path, number);
  });
}

/**
 * Read every line as one record. Blank lines are allowed at the end only; fields that the format
 * does not name are dropped, so they cost no memory.
 * @param check looks at each record with its line number; what it throws ends the reading
 * @throws DataError naming file and line: `json.syntax`, `data.record`; `data.empty` without any
 *   record; and those of {@link forEachLine}
 */
export async function readJsonLines<T>(
  path: string,
  format: RecordFormat<T>,
  limits: LineLimits = {},
  check: (record: T, number: number) => void = () => {},
): Promise<T[]> {
  const records: T[] = [];
  let blankLine: number | undefined;
  await forEachLine(path, { ...limits, lineEnds: "lf" }, (line, number) => {
    if (line.trim() === "") {
      blankLine ??= number;
      return;
    }
    if (blankLine !== undefined) parseJson("", `${path}:${blankLine}`);
    const where = `${path}:${number}`;
    const record = checkRecord(parseJson(line, where), format, where);
    check(record, number);
    records.push(record);
  });
  if (records.length === 0) throw emptyDataset(path, `at least one ${format.name}`);
  return records;
}

function checkRecord<T>(
  value: unknown,
  { name, schema, expected }: RecordFormat<T>,
  where: string,
): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const field = result.error.issues[0]?.path[0];
  if (typeof field !== "string") {
    throw new DataError("data.record", `not a ${name}`, {
      expected: `an object with ${Object.keys(expected).join(", ")}`,
      got: preview(value),
      where,
    });
  }
  const got = (value as Record<string, unknown>)[field];
  throw new DataError("data.record", `bad ${name}: "${field}"`, {
    expected: expected[field] ?? "another value",
    got: got === undefined ? "nothing" : preview(got),
    where,
  });
}

function preview(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}

function requireFreshId(
  lineOfId: Map<string, number>,
  id: string,
  path: string,
  number: number,
): void {
  const first = lineOfId.get(id);
  if (first === undefined) {
    lineOfId.set(id, number);
    return;
  }
  throw new DataError("data.duplicateId", "an id occurs twice", {
    expected: "ids that occur once",
    got: `${preview(id)} again, first in line ${first}`,
    where: `${path}:${number}`,
  });
}

/** Lines that are one text when they are written. */
const linesAtOnce = 1000;

/**
 * Write objects as JSON lines, whole or not at all; the file may be longer than a text can be.
 * @throws DataError `disk.full`, `file.unwritable`
 */
export function writeJsonLines(path: string, rows: readonly object[]): void {
  writeFileAtomically(path, (write) => {
    for (let at = 0; at < rows.length; at += linesAtOnce) {
      const lines = rows.slice(at, at + linesAtOnce).map((row) => `${JSON.stringify(row)}\n`);
      write(Buffer.from(lines.join("")));
    }
  });
}
