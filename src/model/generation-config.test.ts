/** @file generation_config.json and our names for what it says. */
import { expect, test } from "vitest";
import { toyConfig } from "../../test/toy-model.ts";
import { generationOptionsFromJson, generationOptionsToJson } from "./generation-config.ts";
import { parseT5Config } from "./t5-config.ts";

const config = parseT5Config(toyConfig, "config.json");
const read = (json: unknown) => generationOptionsFromJson(json, "generation_config.json");

const file = {
  max_length: 30,
  max_new_tokens: 9,
  min_length: 2,
  min_new_tokens: 1,
  num_beams: 4,
  length_penalty: 0.6,
  early_stopping: "never",
  no_repeat_ngram_size: 3,
  num_return_sequences: 2,
  do_sample: true,
  temperature: 0.7,
  top_k: 10,
  top_p: 0.9,
  eos_token_id: [2, 5],
  pad_token_id: 3,
};

test("generationOptionsFromJson: every setting has our name for it", () => {
  expect(read(file)).toEqual({
    maxLength: 30,
    maxNewTokens: 9,
    minLength: 2,
    minNewTokens: 1,
    numBeams: 4,
    lengthPenalty: 0.6,
    earlyStopping: "never",
    noRepeatNgramSize: 3,
    numReturnSequences: 2,
    doSample: true,
    temperature: 0.7,
    topK: 10,
    topP: 0.9,
    eosTokenId: [2, 5],
    padTokenId: 3,
  });
});

test("generationOptionsToJson: what was read is written again, with the special ids", () => {
  expect(generationOptionsToJson(read(file), config)).toEqual({
    decoder_start_token_id: 0,
    ...file,
  });
  const special = { decoder_start_token_id: 0, eos_token_id: 2, pad_token_id: 0 };
  expect(generationOptionsToJson({}, config)).toEqual(special);
});

test("generationOptionsFromJson: null and unknown settings are left alone", () => {
  expect(
    read({ num_beams: null, transformers_version: "4.36.0", renormalize_logits: true }),
  ).toEqual({});
});

test.each([
  { num_beams: "4" },
  { early_stopping: "always" },
  { do_sample: 1 },
  { eos_token_id: -1 },
])("generationOptionsFromJson: %j is refused by name", (json) => {
  expect(() => read(json)).toThrow(
    expect.objectContaining({
      code: "config.generation",
      message: expect.stringContaining(Object.keys(json)[0]!),
      details: expect.objectContaining({ where: "generation_config.json" }),
    }),
  );
});

test.each([null, [], "x"])("generationOptionsFromJson: %j is no set of settings", (json) => {
  expect(() => read(json)).toThrow(expect.objectContaining({ code: "config.generation" }));
});
