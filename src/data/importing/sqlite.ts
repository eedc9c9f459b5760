/**
 * @file Reads the rows of an SQLite database file, and nothing else: no index, no query, no journal.
 * The file format: sqlite.org/fileformat2.html.
 */
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { DataError, fileError } from "../../base/index.ts";

/** A value as stored; blobs are not needed and come as null. */
export type SqliteValue = string | number | null;

/** A database open for reading. */
export interface Sqlite {
  /** Names of its tables. */
  readonly tables: readonly string[];
  /**
   * Every row of a table, in order of its row ids, as the wanted columns by name.
   * @throws DataError `sqlite.table`, `sqlite.column`, `sqlite.file`
   */
  rows<Column extends string>(
    table: string,
    columns: readonly Column[],
  ): Generator<Record<Column, SqliteValue>>;
  close(): void;
}

interface File {
  readonly path: string;
  readonly descriptor: number;
  readonly pageSize: number;
  /** Bytes of a page that hold data. */
  readonly usable: number;
  readonly numPages: number;
}

const magic = "SQLite format 3\0";

/** Longest row that is read, in bytes. */
const maxRowBytes = 256 * 2 ** 20;

function broken(path: string, got: string): DataError {
  return new DataError("sqlite.file", "not an SQLite database that can be read", {
    expected: "a whole database file, its text in UTF-8",
    got,
    where: path,
  });
}

/**
 * Open a database.
 * @throws DataError `file.missing`, `file.unreadable`, `sqlite.file`
 */
export function openSqlite(path: string): Sqlite {
  const file = openFile(path);
  const schema = readSchema(file);
  return {
    tables: [...schema.keys()],
    rows: (table, columns) => tableRows(file, schema, table, columns),
    close: () => closeSync(file.descriptor),
  };
}

function openFile(path: string): File {
  let descriptor: number;
  let size: number;
  try {
    descriptor = openSync(path, "r");
    size = fstatSync(descriptor).size;
  } catch (cause) {
    throw fileError(path, cause);
  }
  const header = Buffer.alloc(100);
  const isWhole = size >= 100 && readSync(descriptor, header, 0, 100, 0) === 100;
  const stored = header.readUInt16BE(16);
  const pageSize = stored === 1 ? 65_536 : stored;
  const isPower = pageSize >= 512 && (pageSize & (pageSize - 1)) === 0;
  const usable = pageSize - header[20]!;
  const isRight = isWhole && header.toString("latin1", 0, 16) === magic && isPower && usable >= 480;
  if (!isRight || header.readUInt32BE(56) !== 1) {
    closeSync(descriptor);
    throw broken(path, isRight ? "text in UTF-16" : "another kind of file");
  }
  return { path, descriptor, pageSize, usable, numPages: Math.floor(size / pageSize) };
}

function readPage({ path, descriptor, pageSize, numPages }: File, number: number): Buffer {
  if (number < 1 || number > numPages) throw broken(path, `a reference to page ${number}`);
  const page = Buffer.allocUnsafe(pageSize);
  const count = readSync(descriptor, page, 0, pageSize, (number - 1) * pageSize);
  if (count !== pageSize) throw broken(path, "a page cut short");
  return page;
}

/** A big-endian integer of 1 to 9 bytes; returns its value and where it ends. */
function varint(bytes: Buffer, start: number): [value: number, end: number] {
  let value = 0;
  for (let i = 0; i < 9; i++) {
    const byte = bytes[start + i] ?? 0;
    if (i === 8) return [value * 256 + byte, start + 9];
    value = value * 128 + (byte & 127);
    if (byte < 128) return [value, start + i + 1];
  }
  return [value, start + 9];
}

/** The payloads of a table's leaves, from left to right. */
function* payloads(file: File, root: number): Generator<Buffer> {
  const pages = [root];
  let numSeen = 0;
  while (pages.length > 0) {
    const number = pages.pop()!;
    // a tree has no page twice
    if (++numSeen > file.numPages) throw broken(file.path, "a circle of pages");
    const page = readPage(file, number);
    const head = number === 1 ? 100 : 0;
    const kind = page[head]!;
    const numCells = page.readUInt16BE(head + 3);
    const cells = head + (kind === 5 ? 12 : 8);
    if ((kind !== 5 && kind !== 13) || cells + 2 * numCells > page.length) {
      throw broken(file.path, `page ${number} is none of a table`);
    }
    const cellAt = (index: number) => page.readUInt16BE(cells + 2 * index);
    if (kind === 13) {
      for (let i = 0; i < numCells; i++) yield readPayload(file, page, cellAt(i));
      continue;
    }
    pages.push(page.readUInt32BE(head + 8));
    for (let i = numCells - 1; i >= 0; i--) {
      const at = cellAt(i);
      if (at + 4 > page.length) throw broken(file.path, "a cell outside of its page");
      pages.push(page.readUInt32BE(at));
    }
  }
}

function readPayload(file: File, page: Buffer, cell: number): Buffer {
  const [size, afterSize] = varint(page, cell);
  const [, start] = varint(page, afterSize);
  if (size > Math.min(maxRowBytes, file.numPages * file.pageSize))
    throw broken(file.path, `a row of ${size} bytes`);
  const most = file.usable - 35;
  const least = Math.floor(((file.usable - 12) * 32) / 255) - 23;
  const wanted = least + ((size - least) % (file.usable - 4));
  const local = size <= most ? size : wanted <= most ? wanted : least;
  if (start + local > page.length) throw broken(file.path, "a cell outside of its page");
  const chunks = [page.subarray(start, start + local)];
  let missing = size - local;
  let next = missing > 0 ? page.readUInt32BE(Math.min(start + local, page.length - 4)) : 0;
  while (missing > 0) {
    const overflow = readPage(file, next);
    const part = overflow.subarray(4, 4 + Math.min(missing, file.usable - 4));
    chunks.push(part);
    missing -= part.length;
    next = overflow.readUInt32BE(0);
  }
  return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, size);
}

const integerSizes = [0, 1, 2, 3, 4, 6, 8];

/** The value of one serial type, and its size in bytes. */
function readValue(bytes: Buffer, at: number, type: number): [SqliteValue, number] {
  if (type === 0) return [null, 0];
  if (type === 8 || type === 9) return [type - 8, 0];
  const size = type < 7 ? integerSizes[type]! : type === 7 ? 8 : Math.floor((type - 12) / 2);
  if (at + size > bytes.length || size < 0) return [null, size];
  if (type === 7) return [bytes.readDoubleBE(at), 8];
  if (type === 6) return [Number(bytes.readBigInt64BE(at)), 8];
  if (type < 7) return [bytes.readIntBE(at, size), size];
  return [type % 2 === 1 ? bytes.toString("utf8", at, at + size) : null, size];
}

/** The values at these places of a record, places beyond its end null. */
function readRecord(bytes: Buffer, places: readonly number[]): SqliteValue[] {
  const [headerSize, first] = varint(bytes, 0);
  const values = new Map<number, SqliteValue>();
  const last = Math.max(...places);
  let [at, body] = [first, headerSize];
  for (let place = 0; at < headerSize && at < bytes.length && place <= last; place++) {
    const [type, next] = varint(bytes, at);
    const [value, size] = readValue(bytes, body, type);
    if (places.includes(place)) values.set(place, value);
    at = next;
    body += size;
  }
  return places.map((place) => values.get(place) ?? null);
}

interface Table {
  readonly root: number;
  readonly columns: readonly string[];
}

function readSchema(file: File): Map<string, Table> {
  const tables = new Map<string, Table>();
  for (const payload of payloads(file, 1)) {
    const [type, name, root, sql] = readRecord(payload, [0, 1, 3, 4]);
    if (type !== "table" || typeof name !== "string" || typeof root !== "number") continue;
    tables.set(name.toLowerCase(), { root, columns: columnsOf(String(sql ?? "")) });
  }
  return tables;
}

/** The columns of a `CREATE TABLE` statement. */
function columnsOf(sql: string): string[] {
  const inside = sql.slice(sql.indexOf("(") + 1, sql.lastIndexOf(")"));
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  for (let i = 0; i <= inside.length; i++) {
    const sign = inside[i];
    if (sign === "(") depth += 1;
    if (sign === ")") depth -= 1;
    if (i < inside.length && (sign !== "," || depth > 0)) continue;
    parts.push(inside.slice(start, i).trim());
    start = i + 1;
  }
  const isColumn = (part: string) =>
    part !== "" && !/^(?:primary\s+key|foreign\s+key|unique|check|constraint)\b/i.test(part);
  return parts.filter(isColumn).map((part) => {
    const quoted = /^(?:"([^"]+)"|`([^`]+)`|\[([^\]]+)\]|(\S+))/.exec(part)!;
    return (quoted[1] ?? quoted[2] ?? quoted[3] ?? quoted[4]!).toLowerCase();
  });
}

function* tableRows<Column extends string>(
  file: File,
  schema: ReadonlyMap<string, Table>,
  table: string,
  columns: readonly Column[],
): Generator<Record<Column, SqliteValue>> {
  const found = schema.get(table.toLowerCase());
  if (found === undefined) {
    throw new DataError("sqlite.table", "a table is missing", {
      expected: table,
      got: [...schema.keys()].join(", ") || "no tables",
      where: file.path,
    });
  }
  const places = columns.map((column) => found.columns.indexOf(column.toLowerCase()));
  const missing = columns.filter((_, index) => places[index]! < 0);
  if (missing.length > 0) {
    throw new DataError("sqlite.column", `columns are missing in ${table}`, {
      expected: missing.join(", "),
      got: found.columns.join(", "),
      where: file.path,
    });
  }
  for (const payload of payloads(file, found.root)) {
    const values = readRecord(payload, places);
    yield Object.fromEntries(columns.map((column, i) => [column, values[i]])) as Record<
      Column,
      SqliteValue
    >;
  }
}
