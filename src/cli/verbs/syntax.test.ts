import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { runCli } from "../../../test/run-cli.ts";
import { restore } from "../../syntax/index.ts";

const folder = mkdtempSync(join(tmpdir(), "codet5-syntax-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const source =
  "// Größe.\n\n/// Adds two.\n/// Slowly.\nint add(int a, int b)\n{\n  return a + b;\n}\n";

function file(name: string, text: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const path = file("add.c", source);

test("syntax: lists functions with line and first line of documentation", async () => {
  const { code, stdout } = await runCli(["syntax", path]);
  expect(code).toBe(0);
  expect(stdout).toMatch(/\n +5 +function +add +\d+ +5 +Adds two\.\n/);
  const { stdout: json } = await runCli(["syntax", path, "--functions", "--json"]);
  const { language, hasError, functions } = JSON.parse(json);
  expect({ language, hasError }).toEqual({ language: "c", hasError: false });
  const start = source.indexOf("int add");
  expect(functions).toEqual([
    expect.objectContaining({
      name: "add",
      start,
      byteStart: start + 2,
      docstring: "Adds two.\nSlowly.",
    }),
  ]);
});

test("syntax: lists each identifier with all its ranges", async () => {
  const { stdout } = await runCli(["syntax", path, "--identifiers"]);
  expect(stdout).toMatch(/\na +2 +5\nb +2 +5\n/);
  const { stdout: json } = await runCli(["syntax", path, "--identifiers", "--json"]);
  const { identifiers } = JSON.parse(json) as {
    identifiers: { name: string; ranges: [number, number][] }[];
  };
  expect(identifiers.map(({ name, ranges }) => [name, ranges.length])).toEqual([
    ["add", 1],
    ["a", 2],
    ["b", 2],
  ]);
  for (const { name, ranges } of identifiers) {
    for (const range of ranges) expect(source.slice(...range)).toBe(name);
  }
});

test("syntax: obfuscates, and the names restore the file", async () => {
  const { stdout } = await runCli(["syntax", path, "--obfuscate", "--json"]);
  const { text, names } = JSON.parse(stdout);
  expect(text).toContain("int <extra_id_0>(int <extra_id_1>, int <extra_id_2>)");
  expect(restore(text, names)).toBe(source);
});

test("syntax: the language is told when the name does not tell", async () => {
  const unknown = file("add.txt", source);
  const refused = await runCli(["syntax", unknown]);
  expect(refused.code).toBe(2);
  expect(refused.stderr).toMatch(/no language known by this name.*--language, one of c, cpp, /);
  const { code } = await runCli(["syntax", unknown, "--language", "c"]);
  expect(code).toBe(0);
});

test("syntax: two views at once, a missing file, a binary and a huge file are refused in one line", async () => {
  const two = await runCli(["syntax", path, "--functions", "--obfuscate"]);
  expect(two).toMatchObject({ code: 2, stdout: "" });
  const paths = [
    join(folder, "none.c"),
    file("x.c", Uint8Array.of(0xff, 0)),
    file("y.c", "a;".repeat(5e6)),
  ];
  for (const bad of [...paths, file("z.c", "a;".repeat(2 ** 20 + 1))]) {
    const { code, stderr } = await runCli(["syntax", bad]);
    expect(code).toBe(1);
    expect(stderr.trim().split("\n")).toHaveLength(1);
  }
});
