/** @file `codet5 classify` end to end: folders, files, standard input; tables, JSON, lines; one clear error. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runCli } from "../../../test/run-cli.ts";
import { expectOneLine, saveTinyModel } from "../../../test/tiny-runs.ts";
import { classifierSettings, writeTaskFile } from "../../tasks/index.ts";

const scratch = mkdtempSync(join(tmpdir(), "codet5-classify-"));
const pathOf = (name: string) => join(scratch, name);
const [writes, heads, bare] = [pathOf("writes"), pathOf("heads"), pathOf("bare")];
const source = pathOf("source");

const files: Readonly<Record<string, string | Buffer>> = {
  "a.py": "x = 1\n\ndef first(a):\n    return a + 1\n\n\ndef second(b):\n    return eval(b)\n",
  "deep/b.c": "int third(int a) { return a; }\n",
  "deep/none.py": "x = 1\n",
  "notes.txt": "text\n",
  "latin.py": Buffer.from([0x64, 0x65, 0x66, 0xff, 0x0a]),
  "node_modules/m/x.js": "function no() { return 1; }\n",
};

const tuned = { task: "vulnerability", subTask: "", prompt: "Vulnerability: " };
const lengths = { maxSourceLength: 64, maxTargetLength: 5 };
const decision = { threshold: 0, temperature: 2, trainLanguages: ["python"] };

beforeAll(async () => {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(source, name)), { recursive: true });
    writeFileSync(join(source, name), text);
  }
  await saveTinyModel(writes);
  await saveTinyModel(heads, "defect");
  await saveTinyModel(bare);
  for (const folder of [writes, heads]) writeTaskFile(folder, [{ ...tuned, ...lengths, decision }]);
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const classify = (...argv: string[]) => runCli(["classify", ...argv]);

describe("codet5 classify", () => {
  test.each([
    ["by generated words", writes],
    ["by the classification head", heads],
  ])("classify: a folder %s, its functions, and what was left out by reason", async (_, model) => {
    const { code, stdout } = await classify(source, "--model", model, "--json", "--quiet");
    expect(code).toBe(0);
    const report = JSON.parse(stdout);
    expect(report).toMatchObject({
      functions: 3,
      vulnerable: 3,
      files: 2,
      threshold: 0,
      temperature: 2,
      trainLanguages: ["python"],
      skipped: {
        "folder-vendored": 1,
        "no-function": 1,
        "not-utf-8": 1,
        "unknown-language": 1,
      },
    });
    const places = report.results.map(
      ({ name, line, language, seen }: Record<string, unknown>) => ({ name, line, language, seen }),
    );
    expect(places).toEqual(
      expect.arrayContaining([
        { name: "first", line: 3, language: "python", seen: true },
        { name: "second", line: 7, language: "python", seen: true },
        { name: "third", line: 1, language: "c", seen: false },
      ]),
    );
    const scores = report.results.map(({ probability }: { probability: number }) => probability);
    expect(scores).toEqual([...scores].sort((a, b) => b - a));
    for (const score of scores) expect(score).toBeGreaterThan(0);
  });

  test("classify: a table with the likeliest first, cut at --top", async () => {
    const { stdout } = await classify(source, "--model", writes, "--top", "2", "--quiet");
    const lines = stdout.split("\n");
    expect(lines[0]).toMatch(/^probability +vulnerable +language +in training +place +function$/);
    expect(lines[2]).toMatch(/^ +0\.\d{3} +yes +(python|c) +(seen|unseen) +\S+:\d+ +\w+$/);
    expect(stdout).toContain("3 of 3 functions in 2 files at or above 0\n1 more with --top 0\n");
    expect(stdout).toContain("left out: folder-vendored 1, no-function 1");
  });

  test("classify: JSON lines in the order of the files, on standard output and in a file", async () => {
    const output = pathOf("findings.jsonl");
    const flags = ["--model", writes, "--json-lines", "--output", output, "--quiet"];
    const { stdout } = await classify(join(source, "a.py"), ...flags);
    const rows = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(rows.map(({ name }) => name)).toEqual(["first", "second"]);
    expect(rows[0]).toEqual({
      file: join(source, "a.py"),
      language: "python",
      name: "first",
      line: 3,
      probability: expect.any(Number),
      vulnerable: true,
      seen: true,
    });
    expect(readFileSync(output, "utf8")).toBe(stdout);
  });

  test("classify: standard input, and a threshold that ends with 1", async () => {
    const flags = ["--model", writes, "--language", "c", "--json", "--quiet", "--fail"];
    const run = (threshold: string) =>
      runCli(["classify", ...flags, "--threshold", threshold], {
        stdin: "int f(void) { return 1; }",
      });
    const [none, all] = [await run("1"), await run("0")];
    expect([none.code, all.code]).toEqual([0, 1]);
    expect(JSON.parse(none.stdout)).toMatchObject({ functions: 1, vulnerable: 0 });
    expect(JSON.parse(all.stdout).results[0]).toMatchObject({ name: "f", line: 1, seen: false });
  });

  test("classify: 8 bits stay near 32, and the temperature draws towards a half", async () => {
    const scores = async (...flags: string[]) => {
      const { stdout } = await classify(source, "--json", "--quiet", ...flags);
      const { results } = JSON.parse(stdout);
      return Object.fromEntries(
        results.map(({ name, probability }: Record<string, unknown>) => [name, probability]),
      );
    };
    const whole = await scores("--model", heads, "--quantization", "none");
    const small = await scores("--model", heads);
    for (const [name, score] of Object.entries(whole)) expect(small[name]).toBeCloseTo(score, 1);
    const plain = pathOf("plain");
    await saveTinyModel(plain, "defect");
    const cold = { ...decision, temperature: 1 };
    writeTaskFile(plain, [{ ...tuned, ...lengths, decision: cold }]);
    const sharp = await scores("--model", plain, "--quantization", "none");
    for (const [name, score] of Object.entries(sharp)) {
      expect(Math.abs(whole[name] - 0.5)).toBeLessThanOrEqual(Math.abs(score - 0.5));
    }
  });

  test("classify: the package's own model, and how far to trust it per language", async () => {
    const flags = ["--json-lines", "--quiet", "--output", pathOf("own.jsonl")];
    const lines = (await classify(source, ...flags)).stdout.trim().split("\n");
    expect(lines).toHaveLength(3);
    const { trust } = JSON.parse((await classify(source, "--json", "--quiet")).stdout);
    expect(trust.map(({ language }: Record<string, string>) => language)).toEqual(["c", "python"]);
    for (const { measured } of trust) {
      for (const { samples, rocAuc } of measured) {
        expect(samples).toBeGreaterThanOrEqual(20);
        expect(rocAuc).toBeGreaterThan(0);
      }
    }
    const { stdout } = await classify(source, "--quiet");
    expect(stdout).toMatch(/python \(seen in training\): 0\.\d\d on \d+ of permissive/);
  });

  test("classify: what is not there is one clear line", async () => {
    const missing = await classify(pathOf("nowhere.c"), "--model", writes, "--quiet");
    expect(expectOneLine(missing, 1)).toContain("nowhere.c");
    const notTuned = await classify(source, "--model", bare);
    expect(expectOneLine(notTuned, 2)).toContain("not fine-tuned");
    writeTaskFile(bare, [{ ...tuned, ...lengths }]);
    expect(expectOneLine(await classify(source, "--model", bare), 2)).toContain("--threshold");
    expect(
      expectOneLine(await classify(source, "--model", writes, "--threshold", "2"), 2),
    ).toContain("threshold");
  });
});

test("classifierSettings: flags win over the model's own", () => {
  const asked = { threshold: 0.5, maxSourceLength: 32 };
  expect(classifierSettings(writes, asked)).toMatchObject({ ...asked, temperature: 2 });
  expect(classifierSettings(writes, {})).toMatchObject({ threshold: 0, maxSourceLength: 64 });
});
