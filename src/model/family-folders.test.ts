/** @file Checkpoints of the families beside T5: Hugging Face's names in and out, with and without prefixes. */
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import {
  toyGpt2,
  toyLlama,
  toyLlamaTied,
  toyOf,
  toyRoberta,
  toyWriters,
} from "../../test/toy-families.ts";
import type { Tensor } from "../base/index.ts";
import { writeCheckpoint } from "../checkpoint/index.ts";
import { describeModel, loadModel, saveModel, withHead } from "./folder.ts";
import type { Model } from "./model.ts";

const scratch = mkdtempSync(join(tmpdir(), "codet5-families-"));
let count = 0;

/** A folder with the model's configuration and other tensors than its own. */
function folderOf(model: Model, tensors: ReadonlyMap<string, Tensor>, config: object = {}): string {
  const folder = mkdtempSync(join(scratch, `f${count++}-`));
  writeFileSync(join(folder, "config.json"), JSON.stringify({ ...model.configJson, ...config }));
  writeCheckpoint(folder, tensors, {});
  return folder;
}

const renamed = (model: Model, rename: (name: string) => string) =>
  new Map([...model.weights].map(([name, tensor]) => [rename(name), tensor]));
const tensor = (...shape: number[]): Tensor => ({
  shape,
  data: new Float32Array(shape.reduce((size, dim) => size * dim, 1)),
});
const sameWeights = (a: Model, b: Model) => {
  expect([...a.weights.keys()]).toEqual([...b.weights.keys()]);
  for (const [name, { data }] of a.weights) expect(b.weights.get(name)!.data, name).toEqual(data);
};

const toys = { ...toyWriters, roberta: toyRoberta };

test.each(Object.entries(toys))("%s: saved and loaded, bit for bit", async (_name, config) => {
  const model = toyOf(config);
  const path = join(scratch, `saved${count++}`);
  await saveModel(model, path);
  const loaded = await loadModel(path, { verify: true });
  expect(loaded.config).toEqual(model.config);
  expect([loaded.modelType, loaded.head]).toEqual([model.modelType, model.head]);
  sameWeights(loaded, model);
});

test("llama: state-dict names are Hugging Face's, biases where the configuration has them", () => {
  const names = [...toyOf({ ...toyLlama, num_hidden_layers: 1 }).weights.keys()];
  const layer = "model.layers.0";
  const maps = ["q", "k", "v", "o"].map((name) => `${layer}.self_attn.${name}_proj`);
  maps.push(...["gate", "up", "down"].map((name) => `${layer}.mlp.${name}_proj`));
  expect(names).toEqual([
    "model.embed_tokens.weight",
    ...maps.flatMap((name) => [`${name}.weight`, `${name}.bias`]),
    `${layer}.input_layernorm.weight`,
    `${layer}.post_attention_layernorm.weight`,
    "model.norm.weight",
    "lm_head.weight",
  ]);
});

describe("what checkpoints hold beside, leave out or name otherwise", () => {
  test("gpt2 without the prefix, with the masks and the tied copy of early files", async () => {
    const model = toyOf(toyGpt2);
    const tensors = renamed(model, (name) => name.replace("transformer.", ""));
    tensors.set("h.0.attn.bias", tensor(1, 1, 40, 40));
    tensors.set("h.1.attn.masked_bias", tensor(1));
    tensors.set("lm_head.weight", tensor(43, 21));
    sameWeights(await loadModel(folderOf(model, tensors)), model);
  });

  test("llama: frequencies of early files, and a tied output saved in the embeddings' stead", async () => {
    const model = toyOf(toyLlamaTied);
    const tensors = renamed(model, (name) =>
      name === "model.embed_tokens.weight" ? "lm_head.weight" : name,
    );
    tensors.set("model.layers.0.self_attn.rotary_emb.inv_freq", tensor(2));
    sameWeights(await loadModel(folderOf(model, tensors)), model);
  });

  test("roberta: copies of the tied output, its bias under the other name, a pooler", async () => {
    const model = toyOf(toyRoberta);
    const tensors = renamed(model, (name) =>
      name === "lm_head.bias" ? "lm_head.decoder.bias" : name,
    );
    tensors.set("lm_head.decoder.weight", tensor(43, 18));
    tensors.set("roberta.pooler.dense.weight", tensor(18, 18));
    tensors.set("roberta.embeddings.position_ids", tensor(1, 24));
    sameWeights(await loadModel(folderOf(model, tensors)), model);
  });

  test("roberta: a body alone, with or without the prefix, has its states; a head can be put on it", async () => {
    const model = toyOf(toyRoberta);
    const isBody = (name: string) => name.startsWith("roberta.");
    const body = new Map([...model.weights].filter(([name]) => isBody(name)));
    const bare = new Map([...body].map(([name, value]) => [name.slice(8), value]));
    bare.set("pooler.dense.bias", tensor(18));
    for (const tensors of [body, bare]) {
      const features = await loadModel(folderOf(model, tensors));
      expect(features.head).toBe("features");
      const head = withHead(features, "classification", 5);
      const name = "roberta.embeddings.word_embeddings.weight";
      expect(head.weights.get(name)!.data).toEqual(model.weights.get(name)!.data);
      expect((await head.forward({ inputIds: [[0, 5, 2]] })).prob!.shape).toEqual([1, 2]);
      await head.release();
    }
  });

  test("classification: found by its tensor, with as many classes as id2label", async () => {
    const labels = { id2label: { 0: "a", 1: "b", 2: "c" } };
    const model = toyOf({ ...toyLlama, ...labels }, { head: "classification" });
    const loaded = await loadModel(folderOf(model, model.weights));
    expect(loaded.head).toBe("classification");
    sameWeights(loaded, model);
    const language = withHead(loaded, "generation", 1);
    expect([...language.weights.keys()].at(-1)).toBe("lm_head.weight");
  });

  test("a tensor too many, one too few, and another shape are named", () => {
    const model = toyOf(toyLlama);
    const refused = (tensors: ReadonlyMap<string, Tensor>, code: string, config = {}) =>
      expect(() => describeModel(folderOf(model, tensors, config))).toThrow(
        expect.objectContaining({ code }),
      );
    refused(new Map([...model.weights, ["model.extra.weight", tensor(1)]]), "model.unexpected");
    refused(
      renamed(model, (name) => name.replace("model.norm", "model.nrm")),
      "model.missing",
    );
    refused(model.weights, "model.shape", { num_key_value_heads: 4 });
    refused(model.weights, "config.modelType", { model_type: "bloom" });
  });

  test("ends and padding of generation_config.json go before those of config.json", async () => {
    const model = toyOf(toyLlama);
    const folder = folderOf(model, model.weights);
    const settings = { eos_token_id: [2, 7], pad_token_id: 0, max_new_tokens: 5 };
    writeFileSync(join(folder, "generation_config.json"), JSON.stringify(settings));
    const loaded = await loadModel(folder);
    // the padding is config.json's own
    expect(loaded.generationDefaults).toEqual({ eosTokenId: [2, 7], maxNewTokens: 5 });
  });
});
