/** @file Models out, end to end: files, sizes, what the bits cost. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runCli } from "../../../test/run-cli.ts";
import { expectOneLine, saveTinyModel, writeTinyData } from "../../../test/tiny-runs.ts";
import { readGgufHeader } from "../../gguf/header.ts";
import { readGgufModel } from "../../gguf/index.ts";
import { createModel, saveModel, withAdapter } from "../../model/index.ts";
import { saveTokenizer, trainTokenizer } from "../../tokenizer/index.ts";

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
    expect(expectOneLine(await exporting("--format", "ggml"), 2)).toContain("onnx, huggingface");
  });

  test("model export: a Llama and its adapter as GGUF files", async () => {
    const llama = join(scratch, "llama");
    const tokenizer = await trainTokenizer(["int f(int a) { return a; }"], { vocabSize: 300 });
    const vocab_size = tokenizer.vocabSize;
    const sizes = { hidden_size: 64, intermediate_size: 64, num_hidden_layers: 1, vocab_size };
    const config = { ...sizes, num_attention_heads: 4, max_position_embeddings: 64 };
    const base = createModel("llama", config, { seed: 1 });
    await saveModel(base, llama);
    saveTokenizer(tokenizer, llama);
    const lora = { rank: 2, alpha: 4, dropout: 0, targets: ["q_proj", "down_proj"] };
    const adapted = join(scratch, "adapted");
    await saveModel(withAdapter(base, { lora, base: llama }, 1), adapted);
    const path = (name: string) => join(scratch, `${name}.gguf`);
    const gguf = (from: string, name: string, ...flags: string[]) =>
      runCli([
        "model",
        "export",
        "--format",
        "gguf",
        "--model",
        from,
        "--out",
        path(name),
        ...flags,
      ]);
    const { code, stdout } = await gguf(llama, "q4", "--quantize", "q4_0", "--json");
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ quantization: "q4_0", kind: "model" });
    const { contextLength, header } = readGgufModel(path("q4"));
    expect(contextLength).toBe(64);
    expect(header.tensors.get("blk.0.ffn_down.weight")).toMatchObject({ shape: [64, 64], type: 2 });
    expect((await gguf(adapted, "lora")).stdout).toMatch(/adapter$/m);
    expect(readGgufHeader(path("lora")).tensors.get("blk.0.attn_q.weight.lora_a")?.shape).toEqual([
      64, 2,
    ]);

    expect(expectOneLine(await gguf(llama, "q4"), 1)).toContain("something already");
    expect(expectOneLine(await gguf(adapted, "bits", "--quantize", "q4_0"), 2)).toContain(
      "model merge",
    );
    expect(expectOneLine(await gguf(llama, "bits", "--quantize", "int4"), 2)).toContain("q8_0");
    expect(expectOneLine(await gguf(model, "t5"), 2)).toContain("t5, generation");
    expect(expectOneLine(await exporting("--quantize", "q4_0"), 2)).toContain("none, int8, int4");
  });
});
