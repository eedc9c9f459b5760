/** @file `generation_config.json`: the decoding settings of a model folder, in and out. */
import { z } from "zod";
import { ConfigError, describeIssue } from "../base/index.ts";
import type { GenerateOptions } from "./generation/index.ts";
import type { ModelConfig } from "./model-config.ts";

const number = z.number().nullish();
const tokenId = z.number().int().nonnegative();

/** Settings we honour; Hugging Face writes many more, which are left alone. */
const generationFile = z.looseObject({
  max_length: number,
  max_new_tokens: number,
  min_length: number,
  min_new_tokens: number,
  num_beams: number,
  length_penalty: number,
  early_stopping: z.union([z.boolean(), z.literal("never")]).nullish(),
  no_repeat_ngram_size: number,
  num_return_sequences: number,
  do_sample: z.boolean().nullish(),
  temperature: number,
  top_k: number,
  top_p: number,
  eos_token_id: z.union([tokenId, z.array(tokenId)]).nullish(),
  pad_token_id: tokenId.nullish(),
});

const settings = {
  max_length: "maxLength",
  max_new_tokens: "maxNewTokens",
  min_length: "minLength",
  min_new_tokens: "minNewTokens",
  num_beams: "numBeams",
  length_penalty: "lengthPenalty",
  early_stopping: "earlyStopping",
  no_repeat_ngram_size: "noRepeatNgramSize",
  num_return_sequences: "numReturnSequences",
  do_sample: "doSample",
  temperature: "temperature",
  top_k: "topK",
  top_p: "topP",
  eos_token_id: "eosTokenId",
  pad_token_id: "padTokenId",
} as const satisfies Record<string, keyof GenerateOptions>;

type Setting = keyof typeof settings;

/** @throws ConfigError `config.generation` naming the setting */
export function generationOptionsFromJson(json: unknown, where: string): GenerateOptions {
  const parsed = generationFile.safeParse(json);
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!;
    const key = issue.path.join(".") || "not an object";
    throw new ConfigError("config.generation", `bad generation setting: ${key}`, {
      ...describeIssue(issue, json),
      where,
    });
  }
  const entries = (Object.keys(settings) as Setting[])
    .filter((name) => parsed.data[name] != null)
    .map((name) => [settings[name], parsed.data[name]]);
  return Object.fromEntries(entries) as GenerateOptions;
}

/** The file's content, with the special ids that Hugging Face expects in it. */
export function generationOptionsToJson(
  options: GenerateOptions,
  config: ModelConfig,
): Record<string, unknown> {
  const entries = (Object.entries(settings) as [Setting, keyof GenerateOptions][])
    .filter(([, name]) => options[name] !== undefined)
    .map(([key, name]) => [key, options[name]]);
  const special = {
    decoder_start_token_id: config.decoderStartTokenId,
    bos_token_id: config.decoderStartTokenId === undefined ? config.bosTokenId : undefined,
    eos_token_id: [config.eosTokenId].flat().length === 0 ? undefined : config.eosTokenId,
    pad_token_id: config.padTokenId,
  };
  return {
    ...Object.fromEntries(Object.entries(special).filter(([, id]) => id !== undefined)),
    ...Object.fromEntries(entries),
  };
}
