/** @file The same weights in Hugging Face's layout, in our 4 bits, and as GGUF through llama.cpp. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { isLlamaCppInstalled } from "../../test/node-llama-cpp.ts";
import { Random } from "../base/index.ts";
import { createModel, loadModel, type Model, saveModel, withAdapter } from "../model/index.ts";
import { saveTokenizer, type Tokenizer, trainTokenizer } from "../tokenizer/index.ts";
import { exportAdapterGguf, exportModelGguf } from "./export-gguf.ts";
import type { GgufType } from "./ggml-blocks.ts";
import { openGguf } from "./llama-cpp.ts";

const root = mkdtempSync(join(tmpdir(), "codet5-round-trip-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const text = "int f(int a) { return a;";
const corpus = ["int f(int a) { return a; } yes no Yes No", "  while (it's 12345)\n\t{}\n"];
/** Some rows without a token. */
const vocabSize = 448;
let tokenizer: Tokenizer;
let ids: number[];

beforeAll(async () => {
  tokenizer = await trainTokenizer(corpus, { vocabSize: 320 });
  ids = tokenizer.encodeIds(text, { addSpecialTokens: false });
});

/** Grouped heads, wide enough for blocks of 32. */
const sizes = {
  ...{ hidden_size: 64, intermediate_size: 128, num_hidden_layers: 2, initializer_range: 0.2 },
  ...{ num_attention_heads: 4, num_key_value_heads: 2, max_position_embeddings: 128 },
  ...{ eos_token_id: 2 },
};

const build = (config: object = {}, family: "llama" | "mistral" = "llama") =>
  createModel(family, { ...sizes, vocab_size: vocabSize, ...config }, { seed: 5 });

/** Threads of llama.cpp wait in busy loops: two on a machine with other work take a hundred times longer. */
const openOptions = { threads: 1, isPrecise: true } as const;

async function nativeOf(model: Model, type: GgufType, adapter?: string) {
  const path = join(root, `${Math.random()}.gguf`);
  exportModelGguf(model, tokenizer, path, { type, name: "random" });
  return openGguf(path, { ...openOptions, contextSize: 128, ...(adapter ? { adapter } : {}) });
}

const asked = Array.from({ length: vocabSize }, (_, id) => id);

/** Log-probabilities of all tokens after the text. */
async function ours(model: Model): Promise<number[]> {
  const { logits } = await model.forward({ inputIds: [ids] });
  const last = [...logits.data.subarray(-vocabSize)];
  const total = Math.log(last.reduce((sum, value) => sum + Math.exp(value), 0));
  return last.map((value) => value - total);
}

async function theirs(native: Awaited<ReturnType<typeof nativeOf>>): Promise<number[]> {
  const { logOf } = await native.next(ids, asked);
  return asked.map(logOf);
}

async function greedy(model: Model, count: number): Promise<number[]> {
  const { sequences } = await model.generate({ inputIds: [ids], maxNewTokens: count });
  const tokens = sequences[0]!.slice(ids.length);
  const end = tokens.indexOf(2);
  return end < 0 ? tokens : tokens.slice(0, end + 1);
}

const apart = (a: readonly number[], b: readonly number[]) =>
  Math.sqrt(a.reduce((sum, value, i) => sum + (value - b[i]!) ** 2, 0) / a.length);

function draw(data: Float32Array, random: Random, deviation: number): void {
  for (let i = 0; i < data.length; i++) data[i] = random.normal() * deviation;
}

const floatError = { atol: 1e-4 };

describe.runIf(isLlamaCppInstalled)("with node-llama-cpp", () => {
  const llama3 = {
    ...{ rope_type: "llama3", factor: 8, low_freq_factor: 1, high_freq_factor: 4 },
    original_max_position_embeddings: 32,
  };
  test.each([
    ["plain", {}],
    ["tied", { tie_word_embeddings: true }],
    ["with biases", { attention_bias: true, mlp_bias: true }],
    ["heads of another width", { head_dim: 32 }],
    ["positions stretched", { rope_scaling: { type: "linear", factor: 2 } }],
    ["Llama 3.1's positions", { rope_scaling: llama3, rope_theta: 500_000 }],
  ])(
    "a random Llama, %s: the same log-probabilities and greedy tokens in float32",
    async (_, config) => {
      const model = build(config);
      const random = new Random(3);
      for (const [name, { data }] of model.weights) {
        if (name.endsWith("bias")) draw(data, random, 0.2);
      }
      const native = await nativeOf(model, "f32");
      expect(native.tokenize(text, false)).toEqual(ids);
      expect(await theirs(native)).toBeAllclose(await ours(model), floatError);
      const tokens = await greedy(model, 12);
      expect(await native.greedy(ids, tokens.length)).toEqual(tokens);
      await native.close();
      await model.release();
    },
  );

  test("a Mistral within its window, as a Llama with that context", async () => {
    const model = build({ sliding_window: 48 }, "mistral");
    const path = join(root, "mistral.gguf");
    exportModelGguf(model, tokenizer, path, { type: "f32", name: "random" });
    await expect(openGguf(path, { contextSize: 49 })).rejects.toMatchObject({
      code: "gguf.context",
    });
    const native = await openGguf(path, { ...openOptions, contextSize: 48 });
    expect(await theirs(native)).toBeAllclose(await ours(model), floatError);
    await native.close();
    await model.release();
  });

  test("our 4 bits and llama.cpp's are nearer to each other than to the floats", async () => {
    const model = build();
    const folder = join(root, "int4");
    await saveModel(model, folder);
    saveTokenizer(tokenizer, folder);
    const four = await loadModel(folder, { quantization: "int4", cache: join(root, "cache") });
    const [whole, own] = [await ours(model), await ours(four)];
    const figures: Record<string, number[]> = {};
    for (const type of ["f16", "q8_0", "q4_0"] as const) {
      const native = await nativeOf(model, type);
      figures[type] = await theirs(native);
      if (type === "f16") {
        const tokens = await greedy(model, 12);
        expect(await native.greedy(ids, tokens.length)).toEqual(tokens);
      }
      await native.close();
    }
    const { f16, q8_0, q4_0 } = figures as { f16: number[]; q8_0: number[]; q4_0: number[] };
    expect(f16).toBeAllclose(whole, { atol: 3e-2 });
    expect(apart(q8_0, whole)).toBeLessThan(0.1);
    const rounding = apart(own, whole);
    expect(apart(q4_0, own)).toBeLessThan(rounding / 8);
    await four.release();
    await model.release();
  });

  test("an adapter applied by llama.cpp gives the answers of the merged model", async () => {
    const base = build();
    const lora = { rank: 4, alpha: 12, dropout: 0, targets: ["all-linear"] };
    const adapted = withAdapter(base, { lora, base: "random" }, 1);
    const random = new Random(9);
    for (const { name } of adapted.trainable) {
      draw(adapted.weights.get(name)!.data, random, 0.15);
    }
    const path = join(root, "adapter.gguf");
    exportAdapterGguf(adapted, path, { type: "f32", name: "adapter" });
    const native = await nativeOf(base, "f32", path);
    const [wanted, before] = [await ours(adapted), await ours(base)];
    expect(apart(wanted, before)).toBeGreaterThan(0.5);
    expect(await theirs(native)).toBeAllclose(wanted, floatError);
    const tokens = await greedy(adapted, 8);
    expect(await native.greedy(ids, tokens.length)).toEqual(tokens);
    await native.close();
    await adapted.release();
    await base.release();
  });
});
