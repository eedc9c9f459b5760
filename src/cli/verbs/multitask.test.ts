/** @file Multi-task fine-tuning end to end: a best model for each task, prompts, resuming. */
import { EventEmitter } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runCli } from "../../../test/run-cli.ts";
import { expectOneLine, tinyFlags, writeTinyData } from "../../../test/tiny-runs.ts";
import { readTaskFile } from "../../tasks/index.ts";

const scratch = mkdtempSync(join(tmpdir(), "codet5-multitask-"));
const pairs = join(scratch, "translate");
const concode = join(scratch, "concode");
const clone = join(scratch, "clone");
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
beforeAll(() => {
  writeTinyData(scratch);
  mkdirSync(concode);
  const rows = Array.from({ length: 20 }, (_, i) => {
    return `${JSON.stringify({ nl: `get value ${i}`, code: `int get${i} ( ) { return ${i} ; }` })}\n`;
  });
  writeFileSync(join(concode, "dev.json"), rows.join(""));
  mkdirSync(clone);
  const functions = Array.from({ length: 12 }, (_, i) => {
    return `${JSON.stringify({ func: `int get${i}() { return ${i}; }`, idx: `${i}` })}\n`;
  });
  writeFileSync(join(clone, "data.jsonl"), functions.join(""));
  const pair = (i: number) => `${i}\t${(i * 5) % 12}\t${i % 2}\n`;
  const twelve = Array.from({ length: 12 }, (_, i) => pair(i)).join("");
  for (const part of ["train", "valid", "test"]) writeFileSync(join(clone, `${part}.txt`), twelve);
});

const jobs = [`translate:java-cs=${pairs}`, `translate:cs-java=${pairs}`, `concode=${concode}`];
const flags = [...tinyFlags, "--train-from-validation", "0.6", "--evaluate-every", "6"];
const multitask = (out: string, ...more: string[]) =>
  runCli(["multitask", ...jobs, "--out", out, ...flags, ...more]);
const weightsOf = (folder: string) => readFileSync(join(folder, "model.safetensors"));

test("multitask: clones are learned beside text, as words, and the command evaluates them", async () => {
  const out = join(scratch, "with-clones");
  const jobs = [`clone=${clone}`, `concode=${concode}`];
  const run = ["multitask", ...jobs, "--out", out, ...flags, "--max-steps", "6"];
  const { code, stderr } = await runCli(run);
  expect(code, stderr).toBe(0);
  const [{ prompt } = { prompt: "" }] = readTaskFile(join(out, "best", "clone"));
  expect(prompt).toBe("Clone: ");
  const model = join(out, "best", "clone");
  const scored = await runCli(["evaluate", "clone", "--data", clone, "--model", model, "--json"]);
  expect(scored.code, scored.stderr).toBe(0);
  expect(JSON.parse(scored.stdout).rocAuc).toBeGreaterThanOrEqual(0);
}, 60_000);

describe("codet5 multitask", () => {
  const out = join(scratch, "run");

  test("multitask: each task keeps its best model, and the model knows how it is asked", async () => {
    const { code, stderr } = await multitask(out, "--max-steps", "12", "--log-every", "12");
    expect(code, stderr).toBe(0);
    for (const name of ["translate-java-cs", "translate-cs-java", "concode"]) {
      expect(existsSync(join(out, "best", name, "model.safetensors"))).toBe(true);
    }
    const known = readTaskFile(join(out, "checkpoint"));
    expect(known.map(({ task, subTask, prompt }) => [task, subTask, prompt])).toEqual([
      ["translate", "java-cs", "Translate Java to CSharp: "],
      ["translate", "cs-java", "Translate CSharp to Java: "],
      ["concode", "", "Generate Java: "],
    ]);
    const lines = readFileSync(join(out, "metrics.jsonl"), "utf8").trim().split("\n");
    const logged = lines.map((line) => JSON.parse(line));
    const drawn = Object.keys(logged.find(({ objectives }) => objectives).objectives);
    expect(drawn.length).toBeGreaterThan(1);
    expect(["concode", "translate-cs-java", "translate-java-cs"]).toEqual(
      expect.arrayContaining(drawn),
    );
    expect(logged.at(-1)).toMatchObject({
      "concode/bleu": expect.any(Number),
      "translate-cs-java/loss": expect.any(Number),
    });
  });

  test("multitask: interrupted and resumed ends in the same bytes", async () => {
    const [whole, parts] = [join(scratch, "whole"), join(scratch, "parts")];
    const settings = ["--max-steps", "14", "--log-every", "7", "--save-every", "5"];
    expect((await multitask(whole, ...settings)).code).toBe(0);
    const signals = new EventEmitter();
    const command = ["multitask", ...jobs, "--out", parts, ...flags, ...settings];
    const stopped = runCli(command, { signals });
    const stopSoon = setInterval(() => signals.emit("signal", "SIGINT"), 100);
    await stopped;
    clearInterval(stopSoon);
    expect((await multitask(parts, ...settings, "--resume")).code).toBe(0);
    expect(weightsOf(join(parts, "checkpoint"))).toEqual(weightsOf(join(whole, "checkpoint")));
  });

  test("multitask: evaluate asks as the model was trained", async () => {
    const { code, stdout, stderr } = await runCli([
      ...["evaluate", "concode", "--model", join(out, "best", "concode"), "--data", concode],
      ...["--train-from-validation", "0.6", "--json"],
    ]);
    expect(code, stderr).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ task: "concode", examples: 4 });
  });

  test.each([
    ["no data", ["translate:java-cs", jobs[0]!], "for example translate:java-cs=data/translate"],
    ["an unknown task", ["tranlate=x", jobs[0]!], "one of summarize"],
    ["an unknown sub-task", ["translate:java=x", jobs[0]!], "did you mean"],
    ["a sub-task of a task that has none", ["concode:java=x", jobs[0]!], "one form"],
    ["the same task twice", [jobs[0]!, jobs[0]!], "named twice"],
  ])("multitask: %s is told in one line", async (_, tasks, words) => {
    const captured = await runCli(["multitask", ...tasks, "--out", join(scratch, "none")]);
    expect(expectOneLine(captured, 2)).toContain(words);
  });
});
