import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { runCli } from "../../../test/run-cli.ts";

const folder = mkdtempSync(join(tmpdir(), "codet5-data-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const corpus = join(folder, "parallel.jsonl");
const rowsOf = (path: string) =>
  readFileSync(path, "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));

async function json(...words: string[]) {
  const { code, stdout, stderr } = await runCli(["data", ...words, "--json", "--quiet"]);
  return { code, stderr, result: JSON.parse(stdout) };
}

test("data generate: writes the corpus, with the same bytes for the same seed", async () => {
  const asked = ["--programs", "39", "--languages", "java,go", "--seed", "4"];
  const { code, result } = await json("generate", "--out", corpus, ...asked);
  expect(code).toBe(0);
  expect(result.samples).toBe(rowsOf(corpus).length);
  expect(rowsOf(corpus)[0]).toMatchObject({ source: "parallel", cwe: "CWE-89" });
  const again = join(folder, "again.jsonl");
  await json("generate", "--out", again, ...asked);
  expect(readFileSync(again)).toEqual(readFileSync(corpus));
});

test("data generate: what cannot be written is told in one line", async () => {
  const bad = await runCli("data generate --out x.jsonl --languages go --cwes CWE-787".split(" "));
  expect(bad).toMatchObject({ code: 2, stdout: "" });
  expect(bad.stderr.trim().split("\n")).toHaveLength(1);
  expect(existsSync("x.jsonl")).toBe(false);
});

test("data stats: counts what was generated", async () => {
  const { result } = await json("stats", corpus);
  const { samples, labels, pairs, oddPairs, copies } = result;
  expect(labels.safe).toBe(labels.vulnerable);
  expect({ pairs, oddPairs, copies }).toEqual({ pairs: samples / 2, oddPairs: 0, copies: 0 });
  expect(Object.keys(result.languages)).toEqual(["go", "java"]);
  const { stdout } = await runCli(["data", "stats", corpus]);
  expect(stdout).toMatch(/^language +samples +vulnerable +share$/m);
});

test("data dedup: a planted copy goes with its pair, the fields of the others stay", async () => {
  const rows = rowsOf(corpus);
  const planted = join(folder, "planted.jsonl");
  const copy = { ...rows[0], id: "copy", pair: null, group: "copy" };
  writeFileSync(planted, [...rows, copy].map((row) => `${JSON.stringify(row)}\n`).join(""));
  const out = join(folder, "clean.jsonl");
  const { result } = await json("dedup", planted, "--out", out, "--level", "renamed");
  expect(result).toMatchObject({ exact: 1, renamed: 0, near: 0, kept: rows.length });
  expect(rowsOf(out)).toEqual(rows);
});

test("data split: by group, then by language; groups are on one side", async () => {
  const out = join(folder, "parts");
  for (const by of [[], ["--by", "language", "--unseen", "go", "--test", "0.4"]]) {
    const { code, result } = await json("split", corpus, "--out", out, "--tie", "exact", ...by);
    expect(code).toBe(0);
    const parts = ["train", "validation", "test"].map((name) => rowsOf(join(out, `${name}.jsonl`)));
    const groups = parts.map((part) => new Set(part.map(({ group }) => group)));
    expect([...groups[2]!].filter((group) => groups[0]!.has(group))).toEqual([]);
    expect(parts[0]![0]).toHaveProperty("family");
    if (by.length > 0) {
      expect(new Set(parts[2]!.map(({ language }) => language))).toEqual(new Set(["go"]));
      expect(result.dropped["family on the other side"]).toBeGreaterThan(0);
    }
  }
  const undated = await runCli(["data", "split", corpus, "--out", out, "--by", "date"]);
  expect(undated).toMatchObject({ code: 1 });
  expect(undated.stderr).toContain("without a date");
});

test("data leaks: the corpus passes, a label in the code does not", async () => {
  const asked = ["--hold-out", "family", "--threshold", "0.55", "--words", "2"];
  const { code, result } = await json("leaks", corpus, ...asked);
  expect(code).toBe(0);
  expect(result).toMatchObject({ passed: true, order: 1 });
  const told = join(folder, "told.jsonl");
  const leaky = rowsOf(corpus).map((row) => ({
    ...row,
    code: `${row.label === 1 ? "bad" : "good"}() ${row.code}`,
  }));
  writeFileSync(told, leaky.map((row) => `${JSON.stringify(row)}\n`).join(""));
  const failed = await runCli(["data", "leaks", told, "--order", "2"]);
  expect(failed.code).toBe(1);
  expect(failed.stderr).toMatch(/words tell the label/);
  expect(failed.stdout).toMatch(/^bad +0 +\d+$/m);
  const unknown = await runCli(["data", "leaks", corpus, "--hold-out", "nothing"]);
  expect(unknown.stderr).toContain('in the field "nothing"');
});

test("data import: a table with its columns named; what it left out is told", async () => {
  const table = join(folder, "table.jsonl");
  const rows = [
    { func: "int f() { /* bad */ return 1; }", target: 1 },
    { func: "int g() { return 2; }", target: "unknown" },
  ];
  writeFileSync(table, rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
  const out = join(folder, "imported.jsonl");
  const columns = ["--columns", "code=func,label=target", "--language", "c"];
  const { code, result } = await json("import", "table", table, "--out", out, ...columns);
  expect(code).toBe(0);
  expect(result).toMatchObject({ samples: 1, comments: 1, dropped: { "no label": 1 } });
  expect(rowsOf(out)[0].code).toBe("int f() { return 1; }");
  const wrong = await runCli(["data", "import", "table", table, "--out", out, "--columns", "x=y"]);
  expect(wrong).toMatchObject({ code: 2 });
  const source = await runCli(["data", "import", "devgin", table, "--out", out]);
  expect(source).toMatchObject({ code: 2 });
  expect(source.stderr).toContain("devign");
});
