import { appendFileSync, existsSync, mkdtempSync, readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { runCli } from "../../../test/run-cli.ts";
import { writeChecksums } from "../../checkpoint/index.ts";
import { createModel, saveModel } from "../../model/index.ts";
import { saveTokenizer, trainTokenizer } from "../../tokenizer/index.ts";

const root = mkdtempSync(join(tmpdir(), "codet5-inspect-"));
const folder = join(root, "model");
const config = {
  vocab_size: 400,
  d_model: 8,
  d_kv: 4,
  d_ff: 16,
  num_layers: 2,
  num_decoder_layers: 1,
  num_heads: 2,
  eos_token_id: 2,
};

const llama = {
  vocab_size: 40,
  hidden_size: 8,
  intermediate_size: 12,
  num_hidden_layers: 2,
  num_attention_heads: 4,
  num_key_value_heads: 2,
};

async function inspect(path: string) {
  const { code, stdout, stderr } = await runCli(["model", "inspect", path, "--json"]);
  return { code, stderr, json: stdout === "" ? undefined : JSON.parse(stdout) };
}

beforeAll(async () => {
  await saveModel(createModel("t5", config, { seed: 1 }), folder);
});

describe("model inspect", () => {
  test("model inspect: parameters add up, layer by layer", async () => {
    const { code, json } = await inspect(folder);
    expect(code).toBe(0);
    expect(json).toMatchObject({ modelType: "t5", head: "generation", tiedEmbeddings: true });
    expect(json.parameters.parts.map(({ part }: { part: string }) => part)).toEqual([
      "shared",
      "encoder.block.0",
      "encoder.block.1",
      "encoder.final_layer_norm",
      "decoder.block.0",
      "decoder.final_layer_norm",
    ]);
    const { count, bytes } = json.parameters;
    expect(bytes).toBe(4 * count);
    // embedding, two encoder layers, one decoder layer, two position tables, two last norms
    const layer = 4 * 64 + 2 * 128 + 2 * 8;
    expect(count).toBe(3200 + 2 * layer + (layer + 4 * 64 + 8) + 2 * 64 + 2 * 8);
  });

  test("model inspect: tokenizer and checksums are told when there, damage is exit code 1", async () => {
    expect((await inspect(folder)).json).toMatchObject({ tokenizer: null });
    const tokenizer = await trainTokenizer(["int a = b;"], { vocabSize: 380 });
    await saveTokenizer(tokenizer, folder);
    writeChecksums(folder);
    const whole = await inspect(folder);
    expect(whole.json.tokenizer.vocabSize).toBe(tokenizer.vocabSize);
    expect(whole.json.checksums.state).toBe("intact");
    appendFileSync(join(folder, "config.json"), "\n");
    const spoiled = await inspect(folder);
    expect(spoiled).toMatchObject({ code: 1, json: { checksums: { state: "damaged" } } });
  });

  test("model inspect: prints a table", async () => {
    const { stdout } = await runCli(["model", "inspect", folder]);
    expect(stdout).toMatch(/^architecture t5, 2 \+ 1 layers\n/);
    expect(stdout).toMatch(/\nembeddings {3}tied\n/);
    expect(stdout).toMatch(/\nencoder\.block\.1 +8 +528 +2112\n/);
  });

  test("model inspect: a missing folder is one line and exit code 1", async () => {
    const { code, stderr } = await inspect(join(root, "nowhere"));
    expect(code).toBe(1);
    expect(stderr).toMatch(/^codet5: no model [^\n]*no such folder[^\n]*\n$/);
  });
});

test("model inspect: a Llama, layer by layer, with its heads of keys and values", async () => {
  const path = join(root, "llama");
  await saveModel(createModel("llama", llama, { seed: 1 }), path);
  const { code, json } = await inspect(path);
  expect(code).toBe(0);
  expect(json).toMatchObject({ modelType: "llama", head: "generation", tiedEmbeddings: false });
  const parts = json.parameters.parts.map(({ part }: { part: string }) => part);
  expect(parts).toEqual([
    "model.embed_tokens",
    "model.layers.0",
    "model.layers.1",
    "model.norm",
    "lm_head",
  ]);
  const { stdout } = await runCli(["model", "inspect", path]);
  expect(stdout).toMatch(/^architecture llama, 2 layers\n/);
  expect(stdout).toContain("d_model 8, 4 heads of 2, 2 of keys and values\n");
  expect(stdout).toContain("feed-forward gated silu, d_ff 12\n");
});

const goldens = resolve(import.meta.dirname, "../../../../shared/goldens/models");
describe.runIf(existsSync(goldens))("model inspect: reference models", () => {
  const names = existsSync(goldens) ? readdirSync(goldens).filter((name) => /^t5-/.test(name)) : [];
  test.each(names)("%s: every stored parameter is counted", async (name) => {
    const { code, json } = await inspect(join(goldens, name));
    expect(code).toBe(0);
    expect(json.parameters.count).toBeGreaterThan(0);
    expect(json.tiedEmbeddings).toBe(name !== "t5-t5v1_1");
  });
});
