/** @file Rows of tables: JSON lines and JSON lists by our own readers, CSV and Parquet through DuckDB. */
import { DataError, parseJson, readJsonFile } from "../../base/index.ts";
import { forEachLine } from "../lines.ts";

/** A row: columns by name. */
export type Row = Readonly<Record<string, unknown>>;

/** Unpacked size of a table that is read line by line. */
const maxBytes = 64 * 2 ** 30;
/** Longest line of a table, in bytes. */
const maxLineBytes = 64 * 2 ** 20;
/** Longest file that is one JSON list, in bytes. */
const maxListBytes = 480 * 2 ** 20;

/**
 * Call `onRow` with every row of a table, by the file's ending; a `.json` file may be one list or have
 * one object a line.
 * @throws DataError `data.table` when the table cannot be read; those of the readers
 */
export async function forEachRow(path: string, onRow: (row: Row) => void): Promise<void> {
  if (/\.(?:csv|tsv|parquet)(?:\.gz)?$/i.test(path)) return forEachTableRow(path, onRow);
  if (/\.json$/i.test(path) && (await isList(path))) {
    const list = readJsonFile(path, maxListBytes) as unknown[];
    for (const [index, row] of list.entries()) onRow(rowOf(row, `${path}[${index}]`));
    return;
  }
  await forEachLine(path, { lineEnds: "lf", maxBytes, maxLineBytes }, (line, number) => {
    const where = `${path}:${number}`;
    if (line.trim() !== "") onRow(rowOf(parseJson(line, where), where));
  });
}

/** Thrown to end the reading of a file whose beginning was all that was asked. */
class Enough extends Error {}

async function isList(path: string): Promise<boolean> {
  let first = "";
  try {
    await forEachLine(
      path,
      { lineEnds: "universal", maxBytes, maxLineBytes: maxListBytes },
      (line) => {
        first = line.trim();
        if (first !== "") throw new Enough();
      },
    );
  } catch (error) {
    if (!(error instanceof Enough)) throw error;
  }
  return first.startsWith("[");
}

function rowOf(value: unknown, where: string): Row {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Row;
  throw new DataError("data.table", "a row that is no object", {
    expected: "one JSON object a row",
    got: Array.isArray(value) ? "a list" : JSON.stringify(value).slice(0, 60),
    where,
  });
}

const sqlText = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** How DuckDB reads a file; every value becomes a text. */
function query(path: string): string {
  if (/\.parquet$/i.test(path))
    return `SELECT COLUMNS(*)::VARCHAR FROM read_parquet(${sqlText(path)})`;
  const delimiter = /\.tsv/i.test(path) ? "'\t'" : "','";
  const options = [
    "all_varchar = true",
    "header = true",
    "quote = '\"'",
    "escape = '\"'",
    `delim = ${delimiter}`,
    "null_padding = true",
    "parallel = false",
    `max_line_size = ${maxLineBytes}`,
  ];
  return `SELECT * FROM read_csv(${[sqlText(path), ...options].join(", ")})`;
}

async function forEachTableRow(path: string, onRow: (row: Row) => void): Promise<void> {
  const { DuckDBInstance } = await import("@duckdb/node-api");
  const settings = { autoinstall_known_extensions: "false", autoload_known_extensions: "false" };
  const instance = await DuckDBInstance.create(":memory:", settings);
  const connection = await instance.connect();
  try {
    for await (const rows of batchesOf(connection, path)) for (const row of rows) onRow(row);
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

/** What is used of DuckDB's connection. */
interface Connection {
  stream(sql: string): Promise<{ yieldRowObjectJs(): AsyncIterable<readonly Row[]> }>;
}

async function* batchesOf(connection: Connection, path: string): AsyncGenerator<readonly Row[]> {
  try {
    const result = await connection.stream(query(path));
    yield* result.yieldRowObjectJs();
  } catch (cause) {
    throw new DataError(
      "data.table",
      "the table cannot be read",
      {
        expected: "CSV with a line of headings, or Parquet",
        got: String(cause instanceof Error ? cause.message : cause).slice(0, 200),
        where: path,
      },
      cause,
    );
  }
}
