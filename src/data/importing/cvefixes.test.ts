import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { CodeT5Error } from "../../base/index.ts";
import { importSamples } from "./index.ts";
import { smallSqlite } from "./small-sqlite.test-data.ts";
import { openSqlite } from "./sqlite.ts";

const root = mkdtempSync(join(tmpdir(), "codet5-cvefixes-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const method = ["method_change_id", "file_change_id", "name", "signature", "code", "before_change"];
const weak = "int copy() {\n  /* see CVE */ strcpy(a, b);\n}";
const long = `int copy() {\n  ${"call();\n  ".repeat(300)}}`;

const database = smallSqlite({
  fixes: { columns: ["cve_id", "hash", "repo_url"], rows: [["CVE-1", "aa", "url"]] },
  cwe_classification: { columns: ["cve_id", "cwe_id"], rows: [["CVE-1", "CWE-787"]] },
  commits: { columns: ["hash", "committer_date"], rows: [["aa", "2019-01-02 03:04:05+00:00"]] },
  file_change: {
    columns: ["file_change_id", "hash", "filename", "diff"],
    rows: [
      ["f1", "aa", "copy.c", "x".repeat(2000)],
      ["f2", "aa", "notes.txt", ""],
    ],
  },
  method_change: {
    columns: method,
    rowsPerPage: 1,
    rows: [
      ["1", "f1", "copy", "int copy()", weak, "True"],
      ["2", "f1", "copy", "int copy()", long, "False"],
      ["3", "f1", "same", "int same()", "int same() {}", "True"],
      ["4", "f1", "same", "int same()", "int same() {}", "False"],
      ["5", "f1", "added", "int added()", "int added() {}", "False"],
      ["6", "f2", "copy", "x", "x", "True"],
    ],
  },
});

test("cvefixes: pairs of what the fix changed, with weakness and date", async () => {
  const path = join(root, "CVEfixes.db");
  writeFileSync(path, database);
  const out = join(root, "out.jsonl");
  const report = await importSamples({ source: "cvefixes", folder: path, out });
  const rows = readFileSync(out, "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(rows.map(({ label, pair, cwe, group, date }) => [label, pair, cwe, group, date])).toEqual(
    [1, 0].map((label) => {
      return [label, "cvefixes-0", "CWE-787", "commit:aa", "2019-01-02 03:04:05+00:00"];
    }),
  );
  expect(rows[0].code).not.toContain("CVE");
  expect(rows[1].code.match(/call/g)).toHaveLength(300);
  expect(report.dropped).toEqual({
    "the fix changed nothing in the function": 1,
    "a function that the fix added": 1,
    "a language without a grammar": 1,
  });
});

test("openSqlite: what is missing, or no database, is told", async () => {
  const path = join(root, "other.sqlite");
  writeFileSync(path, smallSqlite({ notes: { columns: ["a"], rows: [[1]] } }));
  const small = openSqlite(path);
  expect([...small.rows("notes", ["a"])]).toEqual([{ a: 1 }]);
  expect(() => [...small.rows("fixes", ["a"])]).toThrow(/table is missing/);
  expect(() => [...small.rows("notes", ["b"])]).toThrow(/columns are missing/);
  small.close();
  writeFileSync(path, "no database at all".repeat(20));
  expect(() => openSqlite(path)).toThrow(/not an SQLite database/);
});

test("openSqlite: a file with any byte changed, or cut, is read or refused, never worse", () => {
  const path = join(root, "hostile.db");
  const byte = fc.record({ at: fc.nat(database.length - 1), to: fc.nat(255), cut: fc.nat(512) });
  fc.assert(
    fc.property(byte, ({ at, to, cut }) => {
      const bytes = Buffer.from(database.subarray(0, database.length - (cut < 100 ? cut * 8 : 0)));
      if (at < bytes.length) bytes[at] = to;
      writeFileSync(path, bytes);
      try {
        const hostile = openSqlite(path);
        try {
          let count = 0;
          for (const _ of hostile.rows("method_change", ["code", "before_change"])) count += 1;
          expect(count).toBeLessThan(2000);
        } finally {
          hostile.close();
        }
      } catch (error) {
        expect(error).toBeInstanceOf(CodeT5Error);
      }
    }),
    { numRuns: 80 },
  );
});

function pythonWrites(path: string): boolean {
  const script = `
import sqlite3, sys
db = sqlite3.connect(sys.argv[1])
db.execute('create table "t" (id integer, name text, size real, note)')
db.executemany('insert into t values (?, ?, ?, ?)',
  [(i * 1000003, 'name %d ' % i * (i % 400), i / 3, None if i % 2 else i) for i in range(3000)])
db.commit()
`;
  try {
    execFileSync("python3", ["-c", script, path], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

const real = join(root, "real.db");

describe.runIf(pythonWrites(real))("a database that SQLite itself wrote", () => {
  test("openSqlite: reads every row, through inner and overflow pages", () => {
    const db = openSqlite(real);
    const rows = [...db.rows("t", ["id", "name", "size", "note"])];
    db.close();
    expect(rows).toHaveLength(3000);
    for (const [i, row] of rows.entries()) {
      const name = `name ${i} `.repeat(i % 400);
      expect(row).toEqual({ id: i * 1000003, name, size: i / 3, note: i % 2 === 1 ? null : i });
    }
  });
});
