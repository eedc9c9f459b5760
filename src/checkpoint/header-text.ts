/**
 * @file The JSON text of a safetensors header, read strictly and by its schema: anything else in it
 * is refused where it stands, so a hostile header never becomes a large object, and a key given
 * twice (which `JSON.parse` forgives) is an error.
 */
import { DataError } from "../base/index.ts";

/** One tensor as the header tells it, unchecked but for its form. */
export interface HeaderEntry {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  /** First byte and end, counted from the end of the header. */
  readonly offsets: readonly [number, number];
}

export interface HeaderText {
  readonly entries: readonly HeaderEntry[];
  readonly metadata: Readonly<Record<string, string>>;
}

interface Cursor {
  readonly text: string;
  readonly file: string;
  at: number;
}

/** More dimensions than any tensor has; NumPy's ceiling. */
const maxRank = 64;
/** More keys than any checkpoint has in one file, so that 100 MB of header stay below 1 GB. */
const maxKeys = 1 << 18;

/**
 * Parse a header.
 * @param file named in errors
 * @throws DataError `safetensors.header` (form) or `safetensors.duplicate` (a key given twice)
 */
export function parseHeaderText(text: string, file: string): HeaderText {
  const cursor = { text, file, at: 0 };
  const entries: HeaderEntry[] = [];
  let metadata: Record<string, string> = {};
  if (text[0] !== "{") fail(cursor, "'{'");
  eachKey(cursor, (name) => {
    if (name === "__metadata__") metadata = readStrings(cursor);
    else entries.push(readEntry(cursor, name));
  });
  skipSpace(cursor);
  if (cursor.at < text.length) fail(cursor, "nothing after the last '}'");
  return { entries, metadata };
}

function readStrings(cursor: Cursor): Record<string, string> {
  const pairs: [string, string][] = [];
  eachKey(cursor, (key) => pairs.push([key, readString(cursor)]));
  // fromEntries, so that a key called __proto__ is a key
  return Object.fromEntries(pairs);
}

function readEntry(cursor: Cursor, name: string): HeaderEntry {
  let dtype: string | undefined;
  let shape: number[] | undefined;
  let offsets: number[] | undefined;
  eachKey(cursor, (key) => {
    if (key === "dtype") dtype = readString(cursor);
    else if (key === "shape") shape = readIntegers(cursor, maxRank);
    else if (key === "data_offsets") offsets = readIntegers(cursor, 2);
    else fail(cursor, `dtype, shape or data_offsets of tensor ${JSON.stringify(name)}`);
  });
  const [start, end] = offsets ?? [];
  if (dtype === undefined || shape === undefined || start === undefined || end === undefined) {
    return fail(cursor, `dtype, shape and two data_offsets for tensor ${JSON.stringify(name)}`);
  }
  return { name, dtype, shape, offsets: [start, end] };
}

/** Read `{ "key": value, ... }`; `each` reads the value. */
function eachKey(cursor: Cursor, each: (key: string) => void): void {
  const seen = new Set<string>();
  expect(cursor, "{");
  if (accept(cursor, "}")) return;
  do {
    const key = readString(cursor);
    if (seen.has(key)) throw duplicateKey(cursor, key);
    if (seen.size === maxKeys) fail(cursor, `at most ${maxKeys} keys`);
    seen.add(key);
    expect(cursor, ":");
    each(key);
  } while (accept(cursor, ","));
  expect(cursor, "}");
}

function readIntegers(cursor: Cursor, most: number): number[] {
  const values: number[] = [];
  expect(cursor, "[");
  if (accept(cursor, "]")) return values;
  do {
    if (values.length === most) fail(cursor, `at most ${most} numbers in a list`);
    values.push(readInteger(cursor));
  } while (accept(cursor, ","));
  expect(cursor, "]");
  return values;
}

const zero = 48;
const nine = 57;

function readInteger(cursor: Cursor): number {
  skipSpace(cursor);
  const { text, at: start } = cursor;
  let value = 0;
  let end = start;
  for (
    let code = text.charCodeAt(end);
    code >= zero && code <= nine;
    code = text.charCodeAt(++end)
  ) {
    value = value * 10 + (code - zero);
  }
  const leadingZero = text.charCodeAt(start) === zero && end > start + 1;
  if (end === start || leadingZero || /[.eE]/.test(text[end] ?? "")) {
    fail(cursor, "a whole number, 0 or more");
  }
  if (!Number.isSafeInteger(value)) fail(cursor, "a number below 2^53");
  cursor.at = end;
  return value;
}

const quote = 34;
const backslash = 92;
const firstPrintable = 32;

function readString(cursor: Cursor): string {
  skipSpace(cursor);
  const { text, at: start } = cursor;
  if (text.charCodeAt(start) !== quote) fail(cursor, "a string");
  let end = start + 1;
  let isPlain = true;
  for (let code = text.charCodeAt(end); code !== quote; code = text.charCodeAt(end)) {
    if (end >= text.length) fail(cursor, "a closing quote");
    if (code === backslash || code < firstPrintable) isPlain = false;
    end += code === backslash ? 2 : 1;
  }
  const value = isPlain ? text.slice(start + 1, end) : decode(cursor, text.slice(start, end + 1));
  cursor.at = end + 1;
  return value;
}

/** A string with escapes; control characters are refused by `JSON.parse`. */
function decode(cursor: Cursor, literal: string): string {
  let value: string;
  try {
    value = JSON.parse(literal);
  } catch {
    return fail(cursor, "a valid string");
  }
  // half of a surrogate pair has no UTF-8, so such a name could not be written back
  return /\p{Surrogate}/u.test(value) ? fail(cursor, "a string of valid Unicode") : value;
}

function skipSpace(cursor: Cursor): void {
  for (;;) {
    const code = cursor.text.charCodeAt(cursor.at);
    if (code !== 32 && code !== 10 && code !== 13 && code !== 9) return;
    cursor.at++;
  }
}

function accept(cursor: Cursor, character: string): boolean {
  skipSpace(cursor);
  if (cursor.text[cursor.at] !== character) return false;
  cursor.at++;
  return true;
}

function expect(cursor: Cursor, character: string): void {
  if (!accept(cursor, character)) fail(cursor, `'${character}'`);
}

function fail({ text, at, file }: Cursor, expected: string): never {
  const rest = text.slice(at, at + 24);
  throw new DataError("safetensors.header", "malformed safetensors header", {
    expected,
    got: rest === "" ? "the end of the header" : JSON.stringify(rest),
    where: `${file}, header character ${at}`,
  });
}

function duplicateKey({ at, file }: Cursor, key: string): DataError {
  return new DataError("safetensors.duplicate", "a key appears twice in a safetensors header", {
    expected: "each key once",
    got: JSON.stringify(key),
    where: `${file}, header character ${at}`,
  });
}
