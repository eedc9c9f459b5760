/** @file `summarize`, `translate` and `refine`: what they read, what they print, whom they refuse. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runCli } from "../../test/run-cli.ts";
import { expectOneLine, saveTinyModel, tinyFlags, writeTinyData } from "../../test/tiny-runs.ts";

const scratch = mkdtempSync(join(tmpdir(), "codet5-functions-"));
const file = join(scratch, "Sums.java");
const tuned = join(scratch, "run", "best");
const plain = join(scratch, "plain");
const short = ["--max-target-length", "6", "--num-beams", "1"];
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

beforeAll(async () => {
  writeTinyData(scratch);
  await saveTinyModel(plain);
  writeFileSync(
    file,
    [
      "class Sums {",
      "  /** Adds. */",
      "  int add(int a, int b) {\n    return a + b;\n  }",
      "  int twice(int a) { Runnable r = new Runnable() { public void run() { } }; return 2 * a; }",
      "}\n",
    ].join("\n"),
  );
  const run = ["finetune", "translate", "--data", join(scratch, "translate")];
  const flags = [...tinyFlags, "--sub-task", "cs-java", "--prompt", "--max-steps", "1"];
  const { code, stderr } = await runCli([...run, "--out", join(scratch, "run"), ...flags]);
  expect(code, stderr).toBe(0);
});

describe("verbs about functions", () => {
  test("summarize: one line for every outermost function, with its place", async () => {
    const output = join(scratch, "summaries.jsonl");
    const command = ["summarize", file, "--model", plain, ...short, "--output", output];
    const { code, stdout, stderr } = await runCli(command);
    expect(code, stderr).toBe(0);
    const lines = stdout.trimEnd().split("\n");
    expect(lines.map((line) => line.split(": ")[0])).toEqual([`${file}:3 add`, `${file}:6 twice`]);
    const written = readFileSync(output, "utf8").trim().split("\n");
    expect(written.map((line) => JSON.parse(line))).toMatchObject([
      { file, language: "java", name: "add", line: 3, text: expect.any(String) },
      { file, language: "java", name: "twice", line: 6 },
    ]);
  });

  test("translate: a tuned model answers in its own sub-task; standard input is one text", async () => {
    const command = ["translate", "--model", tuned, ...short, "--json"];
    const { code, stdout, stderr } = await runCli(command, { stdin: "int Add() { }" });
    expect(code, stderr).toBe(0);
    const { results } = JSON.parse(stdout);
    expect(results).toHaveLength(1);
    expect(results[0]).toMatchObject({ name: "", line: 1, text: expect.any(String) });
  });

  test("refine: a model that has not learned it is refused in one line", async () => {
    const untuned = await runCli(["refine", file, "--model", plain]);
    expect(expectOneLine(untuned, 2)).toContain("codet5 finetune refine");
    const other = await runCli(["refine", file, "--model", tuned]);
    expect(expectOneLine(other, 2)).toContain("got: translate");
  });
});
