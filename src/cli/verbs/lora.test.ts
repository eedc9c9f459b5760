/** @file Adapters end to end: trained, saved as PEFT saves them, resumed, scored, merged; bad ones told. */
import { EventEmitter } from "node:events";
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runCli } from "../../../test/run-cli.ts";
import { expectOneLine, saveTinyModel, writeTinyData } from "../../../test/tiny-runs.ts";
import { readSafetensors } from "../../checkpoint/index.ts";
import { createModel, loadModel, saveModel } from "../../model/index.ts";
import { loadTokenizer, saveTokenizer } from "../../tokenizer/index.ts";

const scratch = mkdtempSync(join(tmpdir(), "codet5-lora-"));
const pathOf = (name: string) => join(scratch, name);
const samples = pathOf("vulnerability.jsonl");
const base = pathOf("base");
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

beforeAll(async () => {
  writeTinyData(scratch);
  await saveTinyModel(base);
});

const sizes =
  "--batch-size 8 --score-examples 4 --max-source-length 48 --max-target-length 4".split(" ");
const lora = ["--lora", "--lora-rank", "2", "--lora-dropout", "0.2", "--model", base];
const steps = ["--max-steps", "6", "--evaluate-every", "3", "--save-every", "2"];
const finetune = (out: string, ...flags: string[]) =>
  runCli([
    "finetune",
    "vulnerability",
    "--data",
    samples,
    "--out",
    out,
    ...sizes,
    ...steps,
    ...flags,
  ]);

describe("codet5 finetune --lora", () => {
  const out = pathOf("run");
  const best = join(out, "best");

  test("lora: adapters alone are written, under PEFT's names", async () => {
    const { code, stderr } = await finetune(out, ...lora);
    expect(code, stderr).toBe(0);
    for (const folder of [best, join(out, "checkpoint")]) {
      expect(readdirSync(folder)).not.toContain("model.safetensors");
      const { tensors } = readSafetensors(join(folder, "adapter_model.safetensors"));
      const names = [...tensors.keys()];
      expect(names[0]).toBe(
        "base_model.model.encoder.block.0.layer.0.SelfAttention.q.lora_A.weight",
      );
      expect(names.every((name) => /\.lora_[AB]\.weight$/.test(name))).toBe(true);
      // queries and values of two self-attentions and one cross-attention
      expect(names).toHaveLength(12);
    }
    const whole = statSync(join(base, "model.safetensors")).size;
    expect(statSync(join(best, "adapter_model.safetensors")).size).toBeLessThan(whole / 4);
    const config = JSON.parse(readFileSync(join(best, "adapter_config.json"), "utf8"));
    expect(config).toMatchObject({
      ...{ peft_type: "LORA", task_type: "SEQ_2_SEQ_LM", r: 2, lora_alpha: 4 },
      ...{ lora_dropout: 0.2, target_modules: ["q", "v"], base_model_name_or_path: base },
    });
  });

  test("lora: interrupted and resumed ends in the bytes of an undisturbed run", async () => {
    const parts = pathOf("parts");
    const signals = new EventEmitter();
    const run = ["finetune", "vulnerability", "--data", samples, "--out", parts];
    const stopped = runCli([...run, ...sizes, ...steps, ...lora], { signals });
    const stop = setInterval(() => signals.emit("signal", "SIGINT"), 300);
    await stopped;
    clearInterval(stop);
    const { code, stderr } = await finetune(parts, ...lora, "--resume");
    expect(code, stderr).toBe(0);
    for (const name of ["adapter_model.safetensors", "optimizer.safetensors"]) {
      const bytes = (folder: string) => readFileSync(join(folder, "checkpoint", name));
      expect(bytes(parts).equals(bytes(out))).toBe(true);
    }
  });

  test("lora: merged says what the adapter says, and is scored alike", async () => {
    const merged = pathOf("merged");
    const merge = await runCli(["model", "merge", best, "--out", merged, "--json"]);
    expect(merge.code, merge.stderr).toBe(0);
    expect(JSON.parse(merge.stdout)).toMatchObject({ rank: 2, modules: 6, head: "generation" });
    const [one, other] = [await loadModel(best), await loadModel(merged)];
    expect(one.adapter?.lora.rank).toBe(2);
    expect(other.adapter).toBeUndefined();
    const batch = { inputIds: [[5, 9, 12]], labels: [[7, 2]] };
    const want = await one.forward(batch);
    const got = await other.forward(batch);
    expect(got.logits.data).toBeAllclose(want.logits.data, { rtol: 1e-4, atol: 1e-4 });
    const evaluate = (model: string) =>
      runCli(["evaluate", "vulnerability", "--model", model, "--data", samples, "--json"]);
    const [a, b] = [await evaluate(best), await evaluate(merged)];
    expect(a.code, a.stderr).toBe(0);
    expect(JSON.parse(a.stdout).rocAuc).toBeCloseTo(JSON.parse(b.stdout).rocAuc, 6);
  });

  test("lora: a new classification head is trained whole and saved beside the adapters", async () => {
    const headed = pathOf("headed");
    const { code, stderr } = await finetune(headed, ...lora, "--head", "defect");
    expect(code, stderr).toBe(0);
    const model = await loadModel(join(headed, "best"));
    expect(model.head).toBe("defect");
    const file = readSafetensors(join(headed, "best", "adapter_model.safetensors"));
    expect([...file.tensors.keys()]).toContain("base_model.model.classifier.weight");
  });

  test("lora: training goes on from an adapter, and whole training from its sum", async () => {
    const further = pathOf("further");
    const { code, stderr } = await finetune(further, "--lora", "--model", best, "--max-steps", "2");
    expect(code, stderr).toBe(0);
    expect(existsSync(join(further, "best", "adapter_config.json"))).toBe(true);
    const whole = pathOf("whole");
    const run = await finetune(whole, "--model", best, "--max-steps", "2");
    expect(run.code, run.stderr).toBe(0);
    expect(existsSync(join(whole, "best", "model.safetensors"))).toBe(true);
  });

  test.each(["int8", "int4"])("lora: a base held as %s is known again in 32 bits", async (bits) => {
    const rounded = pathOf(bits);
    const held = ["--model", base, "--base-quantization", bits, "--lora-targets", "wo"];
    const { code, stderr } = await finetune(rounded, ...held, "--max-steps", "2");
    expect(code, stderr).toBe(0);
    const model = await loadModel(join(rounded, "best"));
    expect(model.adapter?.lora).toMatchObject({ rank: 16, alpha: 32 });
    expect(model.trainable).toHaveLength(4);
  });

  test("lora: an adapter of another base is told in one line", async () => {
    const other = pathOf("other");
    const { config, configJson } = await loadModel(base);
    const drawn = createModel("t5", configJson, { seed: 99 });
    expect(drawn.config).toEqual(config);
    await saveModel(drawn, other);
    saveTokenizer(await loadTokenizer(base), other);
    const result = await runCli(["model", "merge", best, "--out", pathOf("no"), "--base", other]);
    expect(expectOneLine(result, 1)).toMatch(/the adapter belongs to another base/);
  });

  test.each([
    ["of another kind", { peft_type: "IA3" }, /bad adapter config: peft_type/],
    ["with ranks of its own", { rank_pattern: { q: 4 } }, /bad adapter config: rank_pattern/],
    ["of another rank than its tensors", { r: 3 }, /the adapter belongs to another base/],
    ["without a base here", { base_model_name_or_path: "./nowhere" }, /nowhere/],
  ])("lora: an adapter %s is told in one line", async (_, change, message) => {
    const broken = mkdtempSync(join(scratch, "broken-"));
    cpSync(best, broken, { recursive: true });
    const path = join(broken, "adapter_config.json");
    const config = JSON.parse(readFileSync(path, "utf8"));
    writeFileSync(path, JSON.stringify({ ...config, ...change }));
    const result = await runCli(["model", "merge", broken, "--out", pathOf("none")]);
    expect(result.code).toBeGreaterThan(0);
    expect(result.stderr).toMatch(/^codet5: [^\n]+\n$/);
    expect(result.stderr).toMatch(message);
  });

  test("lora: adapters beside drawn weights are refused", async () => {
    const { code, stderr } = await finetune(pathOf("drawn"), "--lora", "--from-scratch");
    expect(code).toBe(2);
    expect(stderr).toMatch(/adapters are put beside a trained model/);
  });
});
