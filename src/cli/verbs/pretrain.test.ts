/** @file Pre-training end to end on a corpus of generated functions. */
import { EventEmitter } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runCli } from "../../../test/run-cli.ts";
import { generateFunctions } from "../../data/index.ts";
import { loadModel } from "../../model/index.ts";

const scratch = mkdtempSync(join(tmpdir(), "codet5-pretrain-"));
const corpus = join(scratch, "corpus");
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** Classes of a few documented methods, one folder each: the groups of the split. */
beforeAll(async () => {
  const functions = generateFunctions({ seed: 5, count: 240, difficulty: 1 });
  for (let folder = 0; folder < 30; folder++) {
    const methods = functions.slice(8 * folder, 8 * folder + 8);
    for (const [language, extension] of [
      ["java", "java"],
      ["csharp", "cs"],
    ] as const) {
      const path = join(scratch, "src", `part${folder}`, `Part${folder}.${extension}`);
      mkdirSync(dirname(path), { recursive: true });
      const body = methods.map(({ code, description }) => {
        return `/** ${description} */\n${code[language]}`;
      });
      writeFileSync(path, `class Part${folder} {\n${body.join("\n\n")}\n}\n`);
    }
  }
  const build = ["corpus", "build", join(scratch, "src"), "--out", corpus, "--vocab-size", "600"];
  const limits = ["--validation", "0.2", "--test", "0.2", "--min-lines", "1", "--workers", "0"];
  const { code, stderr } = await runCli([...build, ...limits]);
  expect(code, stderr).toBe(0);
}, 60_000);

const shape = "--d-model 32 --d-kv 8 --num-heads 2 --d-ff 64 --num-layers 1 --num-decoder-layers 1";
const settings = [
  ...shape.split(" "),
  ..."--batch-tokens 512 --warmup-steps 5 --log-every 5 --save-every 4".split(" "),
  ..."--evaluate-every 12 --validation-examples 12 --epochs 100".split(" "),
];
const linesOf = (out: string) =>
  readFileSync(join(out, "metrics.jsonl"), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));

describe("codet5 pretrain", () => {
  test("pretrain: every objective is reported, and the loss falls", async () => {
    const out = join(scratch, "run");
    const { code, stderr } = await runCli([
      "pretrain",
      corpus,
      "--out",
      out,
      "--max-steps",
      "40",
      ...settings,
    ]);
    expect(code, stderr).toBe(0);
    const validations = linesOf(out).filter(({ event }) => event === "validation");
    expect(validations.at(-1).loss).toBeLessThan(validations[0].loss);
    expect(Object.keys(validations[0])).toEqual(
      expect.arrayContaining([
        "maskedSpanPredictionLoss",
        "identifierTaggingAccuracy",
        "maskedIdentifierPredictionAccuracy",
      ]),
    );
    const objectives = linesOf(out).flatMap((line) => Object.keys(line.objectives ?? {}));
    expect(new Set(objectives).size).toBe(3);
  });

  test("pretrain: interrupted and resumed ends in the bytes of an undisturbed run", async () => {
    const whole = join(scratch, "whole");
    const parts = join(scratch, "parts");
    const run = (out: string, more: readonly string[]) =>
      runCli(["pretrain", corpus, "--out", out, ...settings, "--max-steps", "14", ...more]);
    expect((await run(whole, [])).code).toBe(0);
    const signals = new EventEmitter();
    const stopped = runCli(["pretrain", corpus, "--out", parts, ...settings, "--max-steps", "14"], {
      signals,
    });
    const stopAfterSave = setInterval(() => signals.emit("signal", "SIGINT"), 400);
    await stopped;
    clearInterval(stopAfterSave);
    expect((await run(parts, ["--resume"])).code).toBe(0);
    const bytes = (out: string) => readFileSync(join(out, "checkpoint", "model.safetensors"));
    expect(bytes(parts).equals(bytes(whole))).toBe(true);
  });

  test("pretrain: the checkpoint reads as text and as tags, and stage two goes on from it", async () => {
    const best = join(scratch, "run", "best");
    expect((await loadModel(best)).head).toBe("generation");
    expect((await loadModel(best, { head: "tagging" })).weights.has("tagger.weight")).toBe(true);
    const out = join(scratch, "two");
    const stage = ["--model", best, "--objectives", "dualGeneration", "--max-steps", "2"];
    const { code, stderr } = await runCli([
      "pretrain",
      corpus,
      "--out",
      out,
      ...settings,
      ...stage,
    ]);
    expect([code, stderr].join()).toMatch(/^0,|nothing to learn from/);
  });

  test("evaluate pretraining: scores by language", async () => {
    const { code, stdout, stderr } = await runCli([
      ...["evaluate", "pretraining", "--model", join(scratch, "run", "best")],
      ...["--data", corpus, "--limit", "10", "--json"],
    ]);
    expect(code, stderr).toBe(0);
    const report = JSON.parse(stdout);
    expect(Object.keys(report.languages)).toEqual(["csharp", "java"]);
    expect(report.functions).toBe(20);
    expect(report.taggingF1).toBeGreaterThan(0);
    expect(report.maskedSpanPrediction.perplexity).toBeGreaterThan(1);
  });

  test.each([
    ["llama", "nextTokenPrediction", "generation"],
    ["roberta", "maskedLanguageModelling", "masked-language"],
  ])("pretrain: a %s learns by %s", async (family, objective, head) => {
    const out = join(scratch, family);
    const run = ["pretrain", corpus, "--out", out, ...settings, "--model-type", family];
    const { code, stderr } = await runCli([...run, "--max-steps", "24"]);
    expect(code, stderr).toBe(0);
    const [first, last] = linesOf(out).filter(({ event }) => event === "validation");
    expect(last[`${objective}Loss`]).toBeLessThan(first[`${objective}Loss`]);
    expect((await loadModel(join(out, "best"))).head).toBe(head);
    const config = JSON.parse(readFileSync(join(out, "config.json"), "utf8"));
    expect(config.objectives).toEqual([objective]);
  });

  test("pretrain: adapters beside a model learn text and tags together", async () => {
    const out = join(scratch, "adapted");
    const from = ["--model", join(scratch, "run", "best"), "--lora-rank", "2"];
    const run = ["pretrain", corpus, "--out", out, ...settings, ...from, "--max-steps", "4"];
    const { code, stderr } = await runCli(run);
    expect(code, stderr).toBe(0);
    const model = await loadModel(join(out, "best"));
    expect([model.head, model.adapter?.lora.rank]).toEqual(["generation", 2]);
    const tagger = await loadModel(join(out, "best"), { head: "tagging" });
    expect(tagger.trainable.map(({ name }) => name)).toContain("tagger.weight");
  });

  test("pretrain: what a family cannot learn is told in one line", async () => {
    const wanted = ["--model-type", "gpt2", "--objectives", "maskedSpanPrediction"];
    const run = ["pretrain", corpus, "--out", join(scratch, "no"), ...wanted];
    const { code, stderr } = await runCli(run);
    expect(code).toBe(2);
    expect(stderr).toMatch(/^codet5: a gpt2 cannot learn maskedSpanPrediction[^\n]+\n$/);
  });

  test("pretrain: an empty folder is no corpus, told in one line", async () => {
    const empty = join(scratch, "empty");
    mkdirSync(empty);
    const { code, stderr } = await runCli(["pretrain", empty, "--out", join(scratch, "none")]);
    expect(code).toBe(1);
    expect(stderr).not.toMatch(/\n\s+at /);
  });
});
