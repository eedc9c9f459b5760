/** @file `results.parquet`: the results as a table, written by DuckDB. */

import { renameSync } from "node:fs";
import { discard, RuntimeFailure, temporaryPath } from "../base/index.ts";

const sqlText = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/**
 * Write JSON lines as Parquet; nested fields become structs.
 * @throws RuntimeFailure `lab.parquet` when DuckDB cannot
 */
export async function writeResultsTable(jsonLines: string, path: string): Promise<void> {
  const { DuckDBInstance } = await import("@duckdb/node-api");
  const settings = { autoinstall_known_extensions: "false", autoload_known_extensions: "false" };
  const instance = await DuckDBInstance.create(":memory:", settings);
  const connection = await instance.connect();
  const temporary = temporaryPath(path);
  try {
    const rows = `read_json(${sqlText(jsonLines)}, format = 'newline_delimited', sample_size = -1)`;
    await connection.run(`COPY (SELECT * FROM ${rows}) TO ${sqlText(temporary)} (FORMAT parquet)`);
    renameSync(temporary, path);
  } catch (cause) {
    discard(temporary);
    const got = String(cause instanceof Error ? cause.message : cause).slice(0, 200);
    throw new RuntimeFailure(
      "lab.parquet",
      "the results' table cannot be written",
      {
        got,
        where: path,
      },
      cause,
    );
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}
