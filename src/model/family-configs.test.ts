/** @file config.json of Llama, Mistral, GPT-2 and RoBERTa: defaults, every field's way in and out, refusals. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  toyGpt2,
  toyGpt2Untied,
  toyLlama,
  toyLlamaTied,
  toyMistral,
  toyRoberta,
} from "../../test/toy-families.ts";
import { ConfigError, formatError } from "../base/index.ts";
import { familyOf, type ModelType } from "./family.ts";

type Json = Readonly<Record<string, unknown>>;

const parse = (json: Json) =>
  familyOf(json.model_type as ModelType).parseConfig(json, "config.json");
const refusal = (json: Json) => {
  try {
    parse(json);
  } catch (error) {
    return `${(error as { code?: string }).code} ${formatError(error)}`;
  }
  return "none";
};

const toys = { toyLlama, toyLlamaTied, toyMistral, toyGpt2, toyGpt2Untied, toyRoberta };

test.each(Object.entries(toys))(
  "%s: written out and read again, nothing is lost",
  (_name, toy: Json) => {
    const config = parse({
      ...toy,
      id2label: { 0: "a", 1: "b", 2: "c" },
      attention_dropout: 0.2,
      resid_pdrop: 0.3,
    });
    const json = familyOf(toy.model_type as ModelType).configToJson(config);
    expect(json.model_type).toBe(toy.model_type);
    expect(parse(JSON.parse(JSON.stringify(json)))).toEqual(config);
    expect(config).toMatchObject({ numLabels: 3, vocabSize: 43 });
  },
);

const sizes = {
  vocab_size: 100,
  hidden_size: 32,
  intermediate_size: 48,
  num_hidden_layers: 1,
  num_attention_heads: 16,
};

describe("defaults are Hugging Face's", () => {
  test("llama", () => {
    expect(parse({ ...sizes, model_type: "llama" })).toEqual({
      ...{ vocabSize: 100, hiddenSize: 32, intermediateSize: 48, numHiddenLayers: 1 },
      ...{ numAttentionHeads: 16, numKeyValueHeads: 16, headDim: 2, hiddenAct: "silu" },
      ...{ maxPositionEmbeddings: 2048, initializerRange: 0.02, rmsNormEps: 1e-6 },
      ...{ ropeTheta: 10000, ropeScaling: { kind: "none" }, attentionBias: false, mlpBias: false },
      ...{ dropoutRate: 0, tieWordEmbeddings: false, numLabels: 2 },
      ...{ bosTokenId: 1, eosTokenId: 2, padTokenId: 2, hasPadToken: false },
    });
  });

  test("mistral: eight key heads and a window of 4096, none when it is null", () => {
    const absent = parse({ ...sizes, model_type: "mistral" });
    expect(absent).toMatchObject({
      numKeyValueHeads: 8,
      slidingWindow: 4096,
      maxPositionEmbeddings: 131072,
    });
    const none = parse({
      ...sizes,
      model_type: "mistral",
      sliding_window: null,
      num_key_value_heads: null,
    });
    expect(none).toMatchObject({ numKeyValueHeads: 16 });
    expect(none).not.toHaveProperty("slidingWindow");
  });

  test("gpt2: four times the width between, ends outside a small vocabulary are none", () => {
    const config = parse({ model_type: "gpt2", vocab_size: 100, n_embd: 8, n_head: 2, n_layer: 1 });
    expect(config).toMatchObject({ nInner: 32, nPositions: 1024, activationFunction: "gelu_new" });
    expect(config).toMatchObject({ eosTokenId: [], padTokenId: 0, hasPadToken: false });
    expect(config).not.toHaveProperty("bosTokenId");
  });

  test("roberta: padding is 1", () => {
    expect(parse({ ...sizes, model_type: "roberta" })).toMatchObject({
      ...{ padTokenId: 1, bosTokenId: 0, eosTokenId: 2, layerNormEps: 1e-12, typeVocabSize: 2 },
    });
  });

  test("Transformers 5 writes the rotary settings in one place", () => {
    const { rope_scaling: rope, rope_theta: theta, ...rest } = toyLlama;
    const together = parse({ ...rest, rope_parameters: { ...rope, rope_theta: theta } });
    expect(together).toEqual(parse(toyLlama));
  });
});

describe("refusals name the field, the value and what is supported", () => {
  test.each<[string, Json]>([
    [
      'config.unsupported llama: this value of rope_scaling.rope_type is not supported; expected: default, linear or llama3; got: "yarn"',
      { ...toyLlama, rope_scaling: { rope_type: "yarn", factor: 4 } },
    ],
    ['got: "dynamic"', { ...toyLlama, rope_scaling: { type: "dynamic", factor: 4 } }],
    [
      "rope_scaling.low_freq_factor; expected: a number, for llama3; got: null",
      { ...toyLlama, rope_scaling: { ...toyLlama.rope_scaling, low_freq_factor: null } },
    ],
    [
      "rope_scaling.high_freq_factor; expected: above low_freq_factor (1)",
      { ...toyLlama, rope_scaling: { ...toyLlama.rope_scaling, high_freq_factor: 1 } },
    ],
    [
      "rope_scaling.factor; expected: a number, for linear",
      { ...toyLlama, rope_scaling: { type: "linear" } },
    ],
    [
      "config.unsupported llama: this value of partial_rotary_factor",
      { ...toyLlama, partial_rotary_factor: 0.5 },
    ],
    [
      "config.llama bad model config: num_key_value_heads; expected: a divisor of num_attention_heads (4); got: 3",
      { ...toyLlama, num_key_value_heads: 3 },
    ],
    ["head_dim; expected: an even number", { ...toyLlama, head_dim: 5 }],
    [
      "num_attention_heads; expected: a divisor of hidden_size (20)",
      { ...toyLlama, head_dim: null, num_attention_heads: 6 },
    ],
    ["hidden_act", { ...toyLlama, hidden_act: "mish" }],
    ['"silu"', { ...toyLlama, hidden_act: "mish" }],
    ["hidden_size", { ...toyLlama, hidden_size: "wide" }],
    [
      "vocab_size; expected: a matrix of at most",
      { ...toyLlama, vocab_size: 2 ** 24, hidden_size: 2 ** 12 },
    ],
    ["pad_token_id; expected: below vocab_size (43); got: 43", { ...toyLlama, pad_token_id: 43 }],
    ["config.mistral bad model config: sliding_window", { ...toyMistral, sliding_window: 0 }],
    [
      "config.gpt2 bad model config: n_head; expected: a divisor of n_embd (21); got: 2",
      { ...toyGpt2, n_head: 2 },
    ],
    [
      "config.unsupported gpt2: this value of add_cross_attention",
      { ...toyGpt2, add_cross_attention: true },
    ],
    [
      'config.unsupported roberta: this value of position_embedding_type is not supported; expected: "absolute"',
      { ...toyRoberta, position_embedding_type: "relative_key" },
    ],
    [
      "is_decoder is not supported; expected: false; got: true",
      { ...toyRoberta, is_decoder: true },
    ],
    ["config.roberta bad model config: pad_token_id", { ...toyRoberta, pad_token_id: null }],
    [
      "num_attention_heads; expected: a divisor of hidden_size (18); got: 4",
      { ...toyRoberta, num_attention_heads: 4 },
    ],
  ])("%s", (text, json) => {
    expect(refusal(json)).toContain(text);
  });

  test.each(["llama", "mistral", "gpt2", "roberta"] as const)(
    "%s: a file that is no object",
    (name) => {
      for (const json of [null, [], "x", 3]) {
        expect(() => familyOf(name).parseConfig(json, "c")).toThrow(
          expect.objectContaining({ code: `config.${name}` }),
        );
      }
    },
  );

  test("any value in any field is read or refused as a configuration error", () => {
    const odd = fc.oneof(
      fc.jsonValue(),
      fc.constantFrom(
        0,
        -1,
        1e308,
        0.5,
        2 ** 24,
        2 ** 31,
        "llama3",
        "",
        [],
        {},
        { type: "linear" },
      ),
    );
    const toy = fc.constantFrom<Json>(...Object.values(toys));
    fc.assert(
      fc.property(toy, fc.nat(40), odd, (base, index, value) => {
        const names = Object.keys(base).filter((name) => name !== "model_type");
        const json = { ...base, [names[index % names.length]!]: value };
        try {
          expect(parse(json).vocabSize).toBeGreaterThan(0);
        } catch (error) {
          expect(error).toBeInstanceOf(ConfigError);
          expect(formatError(error)).not.toContain("undefined");
        }
      }),
      { numRuns: 500 },
    );
  });

  test("a head that the family lacks", () => {
    const family = familyOf("gpt2");
    const build = () => family.architecture(family.parseConfig(toyGpt2, "c"), "masked-language");
    expect(build).toThrow(expect.objectContaining({ code: "model.head" }));
  });
});
