/** @file Models out, end to end: files, sizes, what the bits cost. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runCli } from "../../../test/run-cli.ts";
import { expectOneLine, saveTinyModel, writeTinyData } from "../../../test/tiny-runs.ts";

const scratch = mkdtempSync(join(tmpdir(), "codet5-model-export-"));
const model = join(scratch, "model");
let count = 0;

beforeAll(async () => {
  writeTinyData(scratch);
  await saveTinyModel(model);
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const exporting = (...flags: string[]) =>
  runCli(["model", "export", "--model", model, "--out", join(scratch, `out${count++}`), ...flags]);
const scored = ["--task", "translate", "--data", join(scratch, "translate"), "--json"];

describe("codet5 model export", () => {
  test("model export: the files and their sizes", async () => {
    const tuned = { task: "translate", subTask: "java-cs", prompt: "" };
    const tasks = [{ ...tuned, maxSourceLength: 32, maxTargetLength: 16 }];
    writeFileSync(join(model, "task.json"), JSON.stringify({ tasks }));
    const { code, stdout } = await exporting("--quantize", "int8");
    expect(code).toBe(0);
    expect(stdout).toMatch(/task\.json +\d+/);
    expect(stdout).toMatch(/onnx\/decoder_model_merged_quantized\.onnx +\d+/);
    expect(stdout).toMatch(/tokenizer\.json +\d+/);
  });

  test("model export: the same score where nothing was rounded, both told where it was", async () => {
    const whole = JSON.parse((await exporting(...scored)).stdout);
    expect(whole).toMatchObject({ format: "onnx", quantization: "none" });
    expect(whole.quality).toMatchObject({ task: "translate", examples: 4, sameTexts: 4 });
    expect(whole.quality.after).toEqual(whole.quality.before);
    const flags = ["--quantize", "int4", "--limit", "2"];
    const { quality } = JSON.parse((await exporting(...flags, ...scored)).stdout);
    expect(quality).toMatchObject({ examples: 2, after: { bleu: expect.any(Number) } });
    const python = ["--format", "huggingface", "--quantize", "int8"];
    const { stdout } = await exporting(...python, ...scored);
    expect(JSON.parse(stdout).quality.examples).toBe(4);
  });

  test("model export: a task without data, or an unknown format, is one line", async () => {
    const alone = await exporting("--task", "translate");
    expect(expectOneLine(alone, 2)).toContain("--task and --data, or neither");
    expect(expectOneLine(await exporting("--format", "gguf"), 2)).toContain("onnx, huggingface");
  });
});
