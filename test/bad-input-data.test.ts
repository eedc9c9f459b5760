/** @file Datasets, texts and settings that cannot be used, through the real commands. */
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { DataError } from "../src/base/index.ts";
import { loadModel } from "../src/model/index.ts";
import { runCli } from "./run-cli.ts";
import { expectOneLine, saveTinyModel, tinyFlags, writeTinyData } from "./tiny-runs.ts";

const scratch = mkdtempSync(join(tmpdir(), "codet5-bad-data-"));
const model = join(scratch, "model");
const classifier = join(scratch, "classifier");
const whole = join(scratch, "whole");
const data = join(scratch, "data");
const out = join(scratch, "run");
const samples = join(data, "vulnerability.jsonl");
const pairs = join(data, "translate");
beforeAll(async () => {
  writeTinyData(whole);
  await saveTinyModel(model);
  await saveTinyModel(classifier, "defect");
});
beforeEach(() => {
  for (const path of [data, out]) rmSync(path, { recursive: true, force: true });
  cpSync(whole, data, { recursive: true });
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const finetune = (task: string, path: string, ...more: string[]) =>
  runCli([
    "finetune",
    task,
    "--data",
    path,
    "--out",
    out,
    ...tinyFlags,
    "--max-steps",
    "2",
    ...more,
  ]);
const evaluate = (task: string, path: string, ...more: string[]) =>
  runCli(["evaluate", task, "--data", path, "--model", model, ...more]);

/** Replace line `number` (from 1) of the samples. */
function replaceLine(number: number, change: (line: string) => string): void {
  const lines = readFileSync(samples, "utf8").split("\n");
  lines[number - 1] = change(lines[number - 1]!);
  writeFileSync(samples, lines.join("\n"));
}
const setLabel = (json: string) => () =>
  replaceLine(5, (line) => line.replace(/"label":[01]/, `"label":${json}`));
const lineOf = (number: number) => readFileSync(samples, "utf8").split("\n")[number - 1]!;

describe("labelled samples", () => {
  test.each<[string, () => void, message: string, where: string]>([
    ["missing", () => rmSync(samples), "file not found", samples],
    ["empty", () => writeFileSync(samples, ""), "empty dataset", samples],
    ["blank", () => writeFileSync(samples, "\n\n"), "empty dataset", samples],
    ["not JSON", () => replaceLine(5, () => '{"id": 5,'), "not valid JSON", `${samples}:5`],
    [
      "half a line",
      () => replaceLine(5, (line) => line.slice(0, 40)),
      "not valid JSON",
      `${samples}:5`,
    ],
    ["NUL bytes", () => replaceLine(5, () => "\0\0\0"), "not valid JSON", `${samples}:5`],
    ["a list", () => replaceLine(5, () => "[1]"), "not a labelled sample", `${samples}:5`],
    ["null", () => replaceLine(5, () => "null"), "not a labelled sample", `${samples}:5`],
    [
      "a million levels",
      () => replaceLine(5, () => `${"[".repeat(1e6)}${"]".repeat(1e6)}`),
      "nested too deeply",
      `${samples}:5`,
    ],
    ["label 2", setLabel("2"), "expected: 0 or 1; got: 2", `${samples}:5`],
    ["label true", setLabel("true"), "expected: 0 or 1; got: true", `${samples}:5`],
    ["label as text", setLabel('"1"'), 'expected: 0 or 1; got: "1"', `${samples}:5`],
    ["no label", setLabel("null"), "expected: 0 or 1; got: null", `${samples}:5`],
    ["a line twice", () => replaceLine(5, () => lineOf(2)), "an id occurs twice", `${samples}:5`],
    [
      "another encoding",
      () => writeFileSync(samples, Buffer.of(0x7b, 0xff, 0x7d)),
      "not UTF-8",
      `${samples}:1`,
    ],
    [
      "gzip cut short",
      () => writeFileSync(samples, gzipSync(readFileSync(samples)).subarray(0, 900)),
      "cannot unpack gzip",
      samples,
    ],
    ["a folder", () => [rmSync(samples), mkdirSync(samples)], "cannot read file (EISDIR)", samples],
  ])("%s", async (_, damage, message, where) => {
    damage();
    for (const run of [finetune, evaluate]) {
      const line = expectOneLine(await run("vulnerability", samples), 1);
      expect(line).toContain(message);
      expect(line).toContain(`where: ${where}`);
    }
    expect(existsSync(out)).toBe(false);
  });

  test("Windows line ends and a byte-order mark are no harm", async () => {
    const text = readFileSync(samples, "utf8");
    const plain = await evaluate("vulnerability", samples, "--json");
    writeFileSync(samples, `\ufeff${text.replaceAll("\n", "\r\n")}`);
    const marked = await evaluate("vulnerability", samples, "--json");
    expect(plain.code).toBe(0);
    expect(marked.stdout).toBe(plain.stdout);
  });

  test("too few samples for three parts: the empty part is told", async () => {
    writeFileSync(samples, readFileSync(samples, "utf8").split("\n").slice(0, 2).join("\n"));
    expect(expectOneLine(await finetune("vulnerability", samples), 1)).toContain(
      "expected: training and validation examples",
    );
    expect(expectOneLine(await evaluate("vulnerability", samples), 1)).toContain(
      "no test examples",
    );
  });
});

describe("parallel files", () => {
  const java = join(pairs, "train.java-cs.txt.java");
  const cs = join(pairs, "train.java-cs.txt.cs");

  test.each<[string, () => void, message: string, where: string]>([
    ["no folder", () => rmSync(pairs, { recursive: true }), "file not found", java],
    ["a file missing", () => rmSync(cs), "file not found", cs],
    ["one empty", () => writeFileSync(cs, ""), "expected: 48 lines", cs],
    ["both empty", () => [java, cs].map((path) => writeFileSync(path, "")), "empty dataset", java],
    ["another encoding", () => writeFileSync(cs, Buffer.of(0xff)), "not UTF-8", `${cs}:1`],
    ["a folder", () => [rmSync(cs), mkdirSync(cs)], "cannot read file (EISDIR)", cs],
  ])("%s", async (_, damage, message, where) => {
    damage();
    for (const run of [finetune, evaluate]) {
      const line = expectOneLine(await run("translate", pairs), 1);
      expect(line).toContain(message);
      expect(line).toContain(`where: ${where}`);
    }
    expect(existsSync(out)).toBe(false);
  });

  test("Windows line ends, a byte-order mark and NUL bytes are no harm", async () => {
    const plain = await evaluate("translate", pairs, "--json");
    for (const name of ["test.java-cs.txt.java", "test.java-cs.txt.cs"]) {
      const text = readFileSync(join(pairs, name), "utf8");
      writeFileSync(join(pairs, name), `\ufeff${text.replaceAll("\n", "\r\n")}`);
    }
    expect((await evaluate("translate", pairs, "--json")).stdout).toBe(plain.stdout);
    writeFileSync(java, readFileSync(java, "utf8").replace("{", "{\0"));
    expect((await finetune("translate", pairs)).code).toBe(0);
  });
});

describe("text longer than the model", () => {
  const cut = /longer than the limit and cut: (\d+) sources/;

  test("finetune warns and counts, training and validation apart", async () => {
    const { code, stderr } = await finetune("translate", pairs, "--max-source-length", "9");
    expect(code).toBe(0);
    expect(stderr).toMatch(/cut: 48 sources, \d+ targets of 48 training examples\n/);
    expect(stderr).toMatch(/cut: 8 sources, \d+ targets of 8 validation examples\n/);
  });

  test("evaluate warns and counts, also under --quiet", async () => {
    const { stderr } = await evaluate("translate", pairs, "--max-source-length", "9", "--quiet");
    expect(stderr).toBe("longer than the limit and cut: 4 sources of 4 examples\n");
    const { stderr: threshold } = await evaluate(
      "vulnerability",
      samples,
      "--max-source-length",
      "9",
    );
    expect(Number(threshold.match(cut)![1])).toBeGreaterThan(10);
    expect((await evaluate("translate", pairs, "--max-source-length", "900")).stderr).not.toMatch(
      cut,
    );
  });

  test("generate warns and counts, and marks the input", async () => {
    const words = ["generate", "--model", model, "--max-length", "4", "--max-source-length", "4"];
    const stdin = "a\nint add(int a, int b)\nint sub(int a, int b)\n";
    const { code, stdout, stderr } = await runCli([...words, "--lines", "--json"], { stdin });
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: "2 inputs were longer than 4 tokens and cut\n",
    });
    const { results } = JSON.parse(stdout);
    expect(results.map(({ truncated }: { truncated: boolean }) => truncated)).toEqual([
      false,
      true,
      true,
    ]);
  });
});

describe("text to generate from", () => {
  const file = join(scratch, "text");
  const generate = (...more: string[]) =>
    runCli(["generate", "--model", model, "--max-length", "4", ...more]);

  test.each<[string, string | Uint8Array]>([
    ["empty", ""],
    ["blank", " \n\r\n"],
    ["a byte-order mark", "\ufeffint a;"],
    ["Windows line ends", "int a;\r\nint b;\r\n"],
    ["NUL bytes", "int\0a;"],
  ])("%s is read", async (_, content) => {
    writeFileSync(file, content);
    expect(await generate(file)).toMatchObject({ code: 0, stderr: "" });
    expect(await generate(file, "--lines")).toMatchObject({ code: 0, stderr: "" });
  });

  test("a byte-order mark is not text", async () => {
    const encode = ["tokenizer", "encode", model];
    const plain = await runCli(encode, { stdin: "int a;" });
    expect(await runCli(encode, { stdin: "\ufeffint a;" })).toEqual(plain);
    writeFileSync(file, "\ufeffint a;");
    expect(await runCli([...encode, "--file", file])).toEqual(plain);
  });

  test("another encoding, a folder, no file", async () => {
    writeFileSync(file, Buffer.of(0x61, 0xff));
    for (const flags of [[], ["--lines"]]) {
      expect(expectOneLine(await generate(file, ...flags), 1)).toContain("text is not UTF-8");
      expect(expectOneLine(await generate(scratch, ...flags), 1)).toContain("EISDIR");
      expect(expectOneLine(await generate(join(scratch, "none"), ...flags), 1)).toContain(
        "file not found",
      );
    }
  });

  test("a model that classifies does not generate", async () => {
    const line = expectOneLine(await runCli(["generate", "--model", classifier, file]), 2);
    expect(line).toContain("help: codet5 evaluate scores it");
    const words = ["evaluate", "translate", "--data", pairs, "--model", classifier];
    expect(expectOneLine(await runCli(words), 2)).toContain("the task has no such head");
  });
});

describe("ids outside the vocabulary", () => {
  test("forward and generate name the row and the column", async () => {
    const loaded = await loadModel(model);
    for (const id of [-1, 1e6, 1.5, Number.NaN]) {
      const inputIds = [
        [5, 6],
        [5, id],
      ];
      const expected = {
        code: "ids.range",
        details: { got: String(id), where: "inputIds[1][1]" },
      };
      for (const run of [
        loaded.forward({ inputIds, labels: [[5], [5]] }),
        loaded.generate({ inputIds }),
      ]) {
        const error = await run.then(
          () => undefined,
          (cause: unknown) => cause,
        );
        expect(error).toBeInstanceOf(DataError);
        expect(error).toMatchObject(expected);
      }
      const labels = [[5], [id]];
      await expect(loaded.forward({ inputIds: [[5], [5]], labels })).rejects.toMatchObject({
        code: "ids.range",
        details: { where: "labels[1][0]" },
      });
    }
    await loaded.release();
  });
});

describe("flags and config files", () => {
  const config = join(scratch, "config.json");
  const place = ["--data", pairs, "--out", out];

  test.each<[string, string[], message: string]>([
    ["an unknown flag", ["--learnin-rate", "1"], "did you mean --learning-rate?"],
    ["a flag without its value", ["--learning-rate"], "--learning-rate needs a value"],
    ["an empty value", ["--tokenizer", ""], "--tokenizer needs a value"],
    ["not a number", ["--learning-rate", "NaN"], 'expected: number > 0; got: "NaN"'],
    ["an infinite number", ["--learning-rate", "1e999"], "got: Infinity"],
    ["zero", ["--batch-size", "0"], "expected: integer > 0; got: 0"],
    ["an unknown direction", ["--sub-task", "java-c"], "did you mean java-cs?"],
    ["an unknown head", ["--head", "tail"], "one of generation, defect"],
    ["a head of another task", ["--head", "defect"], "the task has no such head"],
    ["too many arguments", ["vulnerability"], "too many arguments"],
  ])("%s", async (_, flags, message) => {
    const line = expectOneLine(await runCli(["finetune", "translate", ...place, ...flags]), 2);
    expect(line).toContain(message);
  });

  test("an unknown task, a missing flag", async () => {
    const unknown = await runCli(["finetune", "translat", ...place]);
    expect(expectOneLine(unknown, 2)).toContain("expected: one of summarize, concode, translate");
    const missing = await runCli(["finetune", "translate", "--out", out]);
    expect(expectOneLine(missing, 2)).toContain("missing --data");
  });

  test.each<[string, string | Uint8Array, code: 1 | 2, message: string]>([
    ["an unknown key", '{"learningrate": 1}', 2, "did you mean learningRate?"],
    ["__proto__", '{"__proto__": {"seed": 1}}', 2, 'unknown config key "__proto__"'],
    ["constructor", '{"constructor": 1}', 2, 'unknown config key "constructor"'],
    ["a bad value", '{"seed": "x"}', 2, "bad value for seed; expected: integer"],
    ["a list", "[1]", 2, "a config file is a JSON object; got: a list"],
    ["empty", "", 1, "not valid JSON"],
    ["a million levels", `{"seed":${"[".repeat(1e6)}${"]".repeat(1e6)}}`, 1, "nested too deeply"],
    ["another encoding", Buffer.of(0x22, 0xff), 1, "not UTF-8"],
  ])("a config file with %s", async (_, content, code, message) => {
    writeFileSync(config, content);
    const words = ["finetune", "translate", ...place, "--config", config];
    const line = expectOneLine(await runCli(words), code);
    expect(line).toContain(message);
    expect(line).toContain(config);
  });

  test("a config file that is missing, a folder, or without end", async () => {
    const wanted = { [join(scratch, "none")]: "file not found", [scratch]: "EISDIR" };
    if (process.platform === "linux") wanted["/dev/zero"] = "file too large";
    for (const [path, message] of Object.entries(wanted)) {
      const words = ["finetune", "translate", ...place, "--config", path];
      expect(expectOneLine(await runCli(words), 1)).toContain(message);
    }
  });
});
