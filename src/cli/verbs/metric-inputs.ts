/** @file What `codet5 metric` reads: texts, or classes and scores, in the layouts of the evaluators. */
import { DataError, parseJson } from "../../base/index.ts";
import { forEachLine } from "../../data/index.ts";

/** Fields of JSON lines that hold a text, in the order they are looked for. */
const textFields = ["code", "text", "target", "reference", "prediction"];
/** Fields that tell which example a record is about. */
const keyFields = ["id", "idx"];

async function readLines(path: string): Promise<string[]> {
  const lines: string[] = [];
  await forEachLine(path, { lineEnds: "universal" }, (line) => void lines.push(line));
  return lines;
}

function isJsonLines(path: string): boolean {
  return /\.jsonl?$/i.test(path);
}

function record(path: string, line: string, number: number): Readonly<Record<string, unknown>> {
  const value = parseJson(line, `${path}:${number}`);
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    return value as Readonly<Record<string, unknown>>;
  }
  throw badRecord(path, number, "a JSON object", line);
}

function badRecord(path: string, number: number, expected: string, got: string): DataError {
  const where = `${path}:${number}`;
  return new DataError("metric.record", "record without the value asked for", {
    expected,
    got: got.length > 60 ? `${got.slice(0, 60)}...` : got,
    where,
  });
}

/**
 * One text a line, an empty line an empty text; of JSON lines (`.json`, `.jsonl`) the text field.
 * @throws DataError as of the readers; `metric.record` for a record without text
 */
export async function readTexts(path: string): Promise<string[]> {
  const lines = await readLines(path);
  if (!isJsonLines(path)) return lines;
  return lines.map((line, i) => {
    const fields = record(path, line, i + 1);
    const field = textFields.find((name) => typeof fields[name] === "string");
    if (field === undefined) {
      throw badRecord(path, i + 1, `a text in one of ${textFields.join(", ")}`, line);
    }
    return fields[field] as string;
  });
}

/** A number for an example, which a key may name. */
export interface KeyedNumber {
  readonly key: string | undefined;
  readonly value: number;
}

/**
 * One number an example: a line holds the number, or keys and the number apart by tabs, or is a JSON record
 * with one of `fields`.
 * @throws DataError as of the readers; `metric.record` for a line without a number
 */
export async function readNumbers(
  path: string,
  fields: readonly string[],
): Promise<readonly KeyedNumber[]> {
  const lines = await readLines(path);
  return lines.map((line, i) => {
    if (isJsonLines(path)) return numberOfRecord(path, line, i + 1, fields);
    const parts = line.trim().split(/\t/);
    const text = parts.pop()!.trim();
    const value = Number(text);
    if (text === "" || Number.isNaN(value)) {
      throw badRecord(path, i + 1, "a number at the end of the line", JSON.stringify(line));
    }
    return { key: parts.length === 0 ? undefined : parts.join("\t"), value };
  });
}

function numberOfRecord(
  path: string,
  line: string,
  number: number,
  fields: readonly string[],
): KeyedNumber {
  const found = record(path, line, number);
  const field = fields.find((name) => typeof found[name] === "number");
  if (field === undefined) {
    throw badRecord(path, number, `a number in one of ${fields.join(", ")}`, line);
  }
  const key = keyFields.map((name) => found[name]).find((value) => value !== undefined);
  return { key: key === undefined ? undefined : String(key), value: found[field] as number };
}

/**
 * The predictions in the order of the references: by key where all have one, else by place.
 * @throws DataError `metric.length` with both counts; `metric.key` for a reference without prediction
 */
export function pairNumbers(
  predictions: readonly KeyedNumber[],
  references: readonly KeyedNumber[],
): { readonly predictions: number[]; readonly references: number[] } {
  if (predictions.length !== references.length) {
    throw new DataError("metric.length", "predictions and references do not pair up", {
      expected: `${references.length} predictions, one for each reference`,
      got: `${predictions.length} predictions`,
    });
  }
  const values = references.map(({ value }) => value);
  const isKeyed = [...predictions, ...references].every(({ key }) => key !== undefined);
  if (!isKeyed) return { predictions: predictions.map(({ value }) => value), references: values };
  const byKey = new Map(predictions.map(({ key, value }) => [key, value]));
  const ordered = references.map(({ key }) => {
    const value = byKey.get(key);
    if (value !== undefined) return value;
    throw new DataError("metric.key", "a reference without prediction", {
      expected: `a prediction for ${JSON.stringify(key)}`,
      got: "none",
    });
  });
  return { predictions: ordered, references: values };
}
