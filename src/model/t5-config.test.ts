/** @file T5's config.json, in and out, and what is wrong with it when it is wrong. */
import { expect, test } from "vitest";
import { toyConfig } from "../../test/toy-model.ts";
import { firstEosTokenId, parseT5Config, t5ConfigToJson } from "./t5-config.ts";

const parse = (overrides: Readonly<Record<string, unknown>> = {}) =>
  parseT5Config({ ...toyConfig, ...overrides }, "config.json");

test("parseT5Config: Hugging Face's defaults stand in for what is left out", () => {
  const { vocab_size, d_model, d_kv, d_ff, num_layers, num_heads } = toyConfig;
  const sizes = { vocab_size, d_model, d_kv, d_ff, num_layers, num_heads };
  expect(parseT5Config(sizes, "config.json")).toEqual({
    vocabSize: 41,
    dModel: 20,
    dKv: 6,
    dFf: 28,
    numLayers: 2,
    numDecoderLayers: 2,
    numHeads: 3,
    relativeAttentionNumBuckets: 32,
    relativeAttentionMaxDistance: 128,
    dropoutRate: 0.1,
    layerNormEpsilon: 1e-6,
    initializerFactor: 1,
    activation: "relu",
    isGated: false,
    tieWordEmbeddings: true,
    scaleDecoderOutputs: true,
    padTokenId: 0,
    eosTokenId: 1,
    decoderStartTokenId: 0,
  });
});

test.each([
  ["relu", "relu", false],
  ["gelu", "gelu", false],
  ["gelu_new", "gelu_new", false],
  ["silu", "silu", false],
  ["gated-relu", "relu", true],
  ["gated-gelu", "gelu_new", true],
  ["gated-silu", "silu", true],
])("parseT5Config: feed_forward_proj %s", (feed_forward_proj, activation, isGated) => {
  expect(parse({ feed_forward_proj })).toMatchObject({ activation, isGated });
});

test.each([
  {},
  { feed_forward_proj: "gated-gelu", tie_word_embeddings: false },
  { scale_decoder_outputs: false },
  { eos_token_id: [2, 3], n_positions: 512, num_decoder_layers: null },
])("t5ConfigToJson: what is written reads back as the same model (%j)", (overrides) => {
  const config = parse(overrides);
  expect(parseT5Config(t5ConfigToJson(config), "again")).toEqual(config);
});

test("firstEosTokenId: one id, or the first of several", () => {
  expect(firstEosTokenId(parse({ eos_token_id: 7 }))).toBe(7);
  expect(firstEosTokenId(parse({ eos_token_id: [5, 7] }))).toBe(5);
});

test.each([
  ["d_model", undefined],
  ["d_model", "20"],
  ["num_heads", 0],
  ["d_ff", 2.5],
  ["vocab_size", -1],
  ["dropout_rate", 1],
  ["layer_norm_epsilon", 0],
  ["eos_token_id", []],
  ["tie_word_embeddings", "yes"],
  ["num_layers", 1e9],
  ["num_decoder_layers", 1e9],
  ["vocab_size", 1e15],
  ["relative_attention_max_distance", 1e12],
  ["relative_attention_max_distance", 4],
  ["relative_attention_num_buckets", 1],
  ["pad_token_id", 41],
  ["decoder_start_token_id", 1000],
  ["model_type", "bert"],
])("parseT5Config: %s = %j is refused by name", (key, value) => {
  expect(() => parse({ [key]: value })).toThrow(
    expect.objectContaining({
      name: "ConfigError",
      code: "config.t5",
      message: expect.stringContaining(key),
      details: expect.objectContaining({ where: "config.json" }),
    }),
  );
});

test.each([null, [], "t5", 3])("parseT5Config: %j is no configuration", (json) => {
  expect(() => parseT5Config(json, "config.json")).toThrow(
    expect.objectContaining({ name: "ConfigError", code: "config.t5" }),
  );
});

test("parseT5Config: an unknown activation is answered with the known ones", () => {
  expect(() => parse({ feed_forward_proj: "swish" })).toThrow(
    expect.objectContaining({
      code: "config.t5",
      details: expect.objectContaining({
        expected: expect.stringContaining("gated-gelu"),
        got: "swish",
      }),
    }),
  );
});
