/** @file Text in, text out: streams, files, lines, beams, sampling. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runCli } from "../../../test/run-cli.ts";
import { expectOneLine, saveTinyModel } from "../../../test/tiny-runs.ts";

const scratch = mkdtempSync(join(tmpdir(), "codet5-generate-"));
const model = join(scratch, "model");
const file = join(scratch, "A.java");
beforeAll(async () => {
  await saveTinyModel(model);
  writeFileSync(file, "public int add(int a, int b) {}\n");
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const generate = (flags: readonly string[], stdin?: string) =>
  runCli(
    ["generate", "--model", model, "--max-length", "12", "--min-new-tokens", "8", ...flags],
    stdin === undefined ? {} : { stdin },
  );
const resultsOf = async (flags: readonly string[], stdin?: string) => {
  const { code, stdout, stderr } = await generate([...flags, "--json"], stdin);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(stdout.trimEnd()).not.toContain("\n");
  return JSON.parse(stdout).results as { texts: string[]; scores?: number[]; truncated: boolean }[];
};

describe("codet5 generate", () => {
  test("generate: what is streamed is what --json holds", async () => {
    const [result] = await resultsOf([file]);
    expect(result!.texts[0]!.length).toBeGreaterThan(0);
    expect(result!.truncated).toBe(false);
    expect(await generate([file])).toEqual({
      code: 0,
      stdout: `${result!.texts[0]}\n`,
      stderr: "",
    });
  });

  test("generate: standard input, several files, a line each", async () => {
    const text = "public int add(int a, int b) {}";
    const [fromFile] = await resultsOf([file]);
    expect(await resultsOf([], `${text}\n`)).toEqual([fromFile]);
    expect((await resultsOf([file, file])).map(({ texts }) => texts)).toEqual([
      fromFile!.texts,
      fromFile!.texts,
    ]);
    const lines = await resultsOf(["--lines"], `${text}\n\nint b;\n`);
    expect(lines).toHaveLength(2);
    expect(lines[0]!.texts).toEqual(fromFile!.texts);
  });

  test("generate: beams return several texts, the best first, with scores", async () => {
    const [result] = await resultsOf([file, "--num-beams", "3", "--num-return-sequences", "3"]);
    expect(result!.texts).toHaveLength(3);
    expect(result!.scores).toEqual(result!.scores!.toSorted((a, b) => b - a));
  });

  test("generate: sampling repeats with its seed", async () => {
    const sampled = (seed: string) =>
      resultsOf([file, "--do-sample", "--temperature", "3", "--top-k", "0", "--seed", seed]);
    const first = await sampled("1");
    expect(await sampled("1")).toEqual(first);
    expect(await sampled("2")).not.toEqual(first);
  });

  test.each<[string, string[], message: string]>([
    ["more beams than can be", ["--num-beams", "1000000"], "1 to 1000"],
    ["more texts than beams", ["--num-return-sequences", "3"], "raise numBeams"],
    ["a minimum above the maximum", ["--min-new-tokens", "20"], "at most"],
    ["room for no input", ["--max-source-length", "1"], "at least 2"],
    ["no temperature", ["--temperature", "0"], "expected: number > 0"],
  ])("generate: %s is one line, exit 2", async (_, flags, message) => {
    expect(expectOneLine(await generate([file, ...flags]), 2)).toContain(message);
  });
});
