/** @file Importers of commit data sets, each on a small folder of its real layout. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { DuckDBInstance } from "@duckdb/node-api";
import { afterAll, expect, test } from "vitest";
import { DataError, UsageError } from "../../base/index.ts";
import { type ImportOptions, importSamples } from "./index.ts";

const root = mkdtempSync(join(tmpdir(), "codet5-import-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

let numFolders = 0;

/** A folder with these files. */
function folderOf(files: Readonly<Record<string, string | Uint8Array>>): string {
  const folder = join(root, `set-${numFolders++}`);
  for (const [name, content] of Object.entries(files)) {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
  }
  return folder;
}

const lines = (...rows: object[]) => rows.map((row) => `${JSON.stringify(row)}\n`).join("");

async function imported(source: string, folder: string, more: Partial<ImportOptions> = {}) {
  const out = join(root, `out-${numFolders++}.jsonl`);
  const report = await importSamples({ source, folder, out, ...more });
  const rows = readFileSync(out, "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  return { report, rows };
}

const weak = "int copy(char *to) {\n  // CVE-2017-1: overflow!\n  strcpy(to, from); return 0;\n}";
const mended = "int copy(char *to) {\n  strlcpy(to, from, 8); /* fixed */ return 0;\n}";
const plain = "int one(void) { return 1; }";

test("devign: a JSON list; project and commit make the group, comments go", async () => {
  const row = { project: "qemu", commit_id: "abc", func: weak, target: 1 };
  const folder = folderOf({
    "function.json": JSON.stringify([
      row,
      { ...row, func: plain, target: 0 },
      { ...row, func: "" },
    ]),
  });
  const { report, rows } = await imported("devign", folder);
  expect(report).toMatchObject({ samples: 2, vulnerable: 1, safe: 1, groups: 1, comments: 1 });
  expect(report.dropped).toEqual({ "no code": 1 });
  expect(rows[0]).toEqual({
    id: "devign-1",
    language: "c",
    code: "int copy(char *to) {\n  strcpy(to, from); return 0;\n}",
    label: 1,
    cwe: null,
    pair: null,
    group: "devign:qemu@abc",
    source: "devign",
  });
});

test("devign: CodeXGLUE's JSON lines, packed or not", async () => {
  const row = { project: "FFmpeg", commit_id: "d", func: plain, target: 0, idx: 3 };
  const packed = gzipSync(lines({ ...row, target: true, func: weak }));
  const folder = folderOf({ "train.jsonl": lines(row), "test.jsonl.gz": packed, "readme.md": "x" });
  expect((await imported("devign", folder)).report).toMatchObject({ samples: 2, vulnerable: 1 });
});

test("bigvul: a vulnerable row is a pair, another one a sample without weakness", async () => {
  const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
  const head = ",CVE ID,CWE ID,Publish Date,commit_id,func_after,func_before,lang,project,vul";
  const rowOf = (...cells: string[]) => cells.map(quoted).join(",");
  const folder = folderOf({
    "MSR_data_cleaned.csv": [
      head,
      rowOf("0", "CVE-2017-1", "CWE-119", "2017-02-03", "c1", mended, weak, "C", "linux", "1"),
      rowOf("1", "CVE-2017-1", "CWE-119", "2017-02-03", "c1", plain, plain, "CPP", "linux", "0"),
      rowOf("2", "CVE-2017-2", "", "", "c2", weak, weak, "C", "linux", "1"),
    ].join("\n"),
  });
  const { report, rows } = await imported("bigvul", folder);
  expect(rows.map(({ label, language, pair, cwe }) => [label, language, pair, cwe])).toEqual([
    [1, "c", "bigvul-0", "CWE-119"],
    [0, "c", "bigvul-0", "CWE-119"],
    [0, "cpp", null, "CWE-119"],
  ]);
  expect(rows[0]).toMatchObject({ group: "bigvul:linux@c1", date: "2017-02-03" });
  expect(rows[1].code).toBe("int copy(char *to) {\n  strlcpy(to, from, 8); return 0;\n}");
  expect(report.dropped).toEqual({ "the fix changed nothing in the function": 1 });
});

test("diversevul: one object a line in a .json file; C++ is told by its looks", async () => {
  const row = { func: weak, target: 1, cwe: ["CWE-787"], project: "p", commit_id: "c" };
  const cpp = "int size(const std::string &s) { return s.size(); }";
  const folder = folderOf({
    "diversevul_20230702.json": lines(row, { ...row, func: cpp, target: 0, cwe: [] }),
  });
  const { rows } = await imported("diversevul", folder);
  expect(rows.map(({ language, cwe, label }) => [language, cwe, label])).toEqual([
    ["c", "CWE-787", 1],
    ["cpp", null, 0],
  ]);
});

test("primevul: pairs of the paired file, and what the others add to them", async () => {
  const row = { project: "p", commit_id: "c", func_hash: 1, cwe: ["CWE-125"], cve: "CVE-1" };
  const [first, second] = [
    { ...row, idx: 1, func: weak, target: 1 },
    { ...row, idx: 2, func: mended, target: 0, func_hash: 2 },
  ];
  const folder = folderOf({
    "primevul_train_paired.jsonl": lines(first, second),
    "primevul_train.jsonl": lines(first, second, { ...second, func: plain, func_hash: 3 }),
  });
  const { report, rows } = await imported("primevul", folder);
  expect(report).toMatchObject({ samples: 3, pairs: 1, groups: 1 });
  expect(rows.map(({ pair, label }) => [pair, label])).toEqual([
    ["primevul-0", 1],
    ["primevul-0", 0],
    [null, 0],
  ]);
  expect(report.dropped).toEqual({ "also in a paired file, or twice": 2 });
});

test.each(["sven", "safecoder"])(
  "%s: a pair a line; the file's name tells the language",
  async (source) => {
    const before =
      '    def load(self, body):\n        """Loads."""\n        return yaml.load(body)';
    const after = before.replace("yaml.load", "yaml.safe_load");
    const row = {
      func_name: "load",
      func_src_before: before,
      func_src_after: after,
      commit_link: "github.com/a/b/commit/1",
      file_name: "x.py",
      vul_type: "cwe-502",
    };
    const folder = folderOf({
      "data_train_val/train/cwe-502.jsonl": lines(row, { ...row, file_name: "x.scala" }),
      "data_train_val/train/chat.jsonl": lines({ instruction: "hello" }),
    });
    const { report, rows } = await imported(source, folder);
    expect(rows.map(({ code }) => code)).toEqual([
      "def load(self, body):\n\n    return yaml.load(body)",
      "def load(self, body):\n\n    return yaml.safe_load(body)",
    ]);
    expect(rows[0]).toMatchObject({ language: "python", cwe: "CWE-502", pair: `${source}-0` });
    expect(rows[0].group).toBe("commit:github.com/a/b/commit/1");
    expect(report.dropped).toEqual({
      "a language without a grammar": 1,
      "not a pair before and after a fix": 1,
    });
  },
);

test("table: CSV, TSV and Parquet through a column map, all the same", async () => {
  const csv =
    'body,verdict,lang,id\n"int a() { return 1; }",vulnerable,C,7\n"int b() {}",0,C++,8\n';
  const folder = folderOf({ "a.csv": csv, "b.tsv": csv.replaceAll(",", "\t") });
  const parquet = join(folder, "c.parquet");
  const instance = await DuckDBInstance.create(":memory:");
  const connection = await instance.connect();
  await connection.run(`COPY (SELECT * FROM read_csv('${folder}/a.csv')) TO '${parquet}'`);
  connection.closeSync();
  const columns = { code: "body", label: "verdict", language: "lang", group: "id" };
  for (const name of ["a.csv", "b.tsv", "c.parquet"]) {
    const { rows } = await imported("table", join(folder, name), { columns });
    expect(rows.map(({ language, label, group, code }) => [language, label, group, code])).toEqual([
      ["c", 1, "7", "int a() { return 1; }"],
      ["cpp", 0, "8", "int b() {}"],
    ]);
  }
});

test("table: a missing column, an unreadable table, no rows and no file are told", async () => {
  const fails = (folder: string, code: string) =>
    expect(imported("table", folder)).rejects.toMatchObject({ code });
  await fails(folderOf({ "a.jsonl": lines({ func: plain, target: 1 }) }), "import.columns");
  await fails(folderOf({ "a.parquet": "no table" }), "data.table");
  await fails(folderOf({ "a.jsonl": "[1]\n" }), "data.table");
  await fails(folderOf({ "a.jsonl": "{broken\n" }), "json.syntax");
  await fails(folderOf({ "a.jsonl": "" }), "data.empty");
  await fails(folderOf({ "a.txt": "" }), "import.layout");
  await expect(imported("devign", join(root, "nowhere"))).rejects.toThrow(DataError);
  await expect(imported("devgin", root)).rejects.toThrow(UsageError);
});

test("importSamples: a failure leaves the old file as it was", async () => {
  const out = join(root, "old.jsonl");
  writeFileSync(out, "old");
  const folder = folderOf({
    "a.jsonl": `${lines({ code: plain, label: 1, language: "c" })}{broken`,
  });
  await expect(importSamples({ source: "table", folder, out })).rejects.toThrow(DataError);
  expect(readFileSync(out, "utf8")).toBe("old");
});
