/** @file RoBERTa's configuration: Hugging Face's `config.json` in, our camelCase names out, and back. */
import { z } from "zod";
import type { ActivationName } from "../nn/index.ts";
import {
  activation,
  badValue,
  checkMatrix,
  type LabelConfig,
  numLayers,
  parseConfigFile,
  rate,
  sharedConfig,
  sharedConfigToJson,
  sharedKeys,
  size,
  unsupported,
} from "./model-config.ts";

const robertaKeys = z.looseObject({
  ...sharedKeys,
  hidden_size: size,
  num_hidden_layers: numLayers,
  num_attention_heads: size,
  intermediate_size: size,
  hidden_act: activation.default("gelu"),
  hidden_dropout_prob: rate.default(0.1),
  max_position_embeddings: size.default(512),
  type_vocab_size: size.default(2),
  layer_norm_eps: z.number().positive().default(1e-12),
  position_embedding_type: z.string().default("absolute"),
  is_decoder: z.boolean().default(false),
  add_cross_attention: z.boolean().default(false),
  tie_word_embeddings: z.boolean().default(true),
});

/** A RoBERTa architecture; the names are Hugging Face's `RobertaConfig`, camelCased. */
export interface RobertaConfig extends LabelConfig {
  readonly hiddenSize: number;
  readonly numHiddenLayers: number;
  readonly numAttentionHeads: number;
  readonly intermediateSize: number;
  readonly hiddenAct: ActivationName;
  /** Rows of the position table: tokens a text may have, and `padTokenId` + 1 more. */
  readonly maxPositionEmbeddings: number;
  readonly typeVocabSize: number;
  readonly initializerRange: number;
  readonly layerNormEps: number;
}

const requiredValues = {
  position_embedding_type: "absolute",
  is_decoder: false,
  add_cross_attention: false,
} as const;

/**
 * Read a RoBERTa `config.json`. Of its dropout rates `hidden_dropout_prob` is taken for all.
 * @param where file named in errors
 * @throws ConfigError `config.roberta` naming the first field that is missing or out of range,
 * `config.unsupported` for relative positions and for decoders
 */
export function parseRobertaConfig(json: unknown, where: string): RobertaConfig {
  const file = parseConfigFile(robertaKeys, json, "roberta", where);
  for (const [field, supported] of Object.entries(requiredValues)) {
    const got = file[field as keyof typeof requiredValues];
    if (got === supported) continue;
    throw unsupported("roberta", field, got, JSON.stringify(supported), where);
  }
  if (file.hidden_size % file.num_attention_heads !== 0) {
    const expected = `a divisor of hidden_size (${file.hidden_size})`;
    throw badValue("roberta", "num_attention_heads", file.num_attention_heads, expected, where);
  }
  checkMatrix("roberta", "vocab_size", file.vocab_size, file.hidden_size, where);
  checkMatrix("roberta", "intermediate_size", file.intermediate_size, file.hidden_size, where);
  checkMatrix("roberta", "hidden_size", file.hidden_size, file.hidden_size, where);
  checkMatrix(
    "roberta",
    "max_position_embeddings",
    file.max_position_embeddings,
    file.hidden_size,
    where,
  );
  checkMatrix("roberta", "type_vocab_size", file.type_vocab_size, file.hidden_size, where);
  const shared = sharedConfig(file, { bos: 0, eos: 2, pad: 1 });
  if (!shared.hasPadToken || shared.padTokenId + 1 >= file.max_position_embeddings) {
    const expected =
      "an id; positions are counted from it, and max_position_embeddings is above it";
    throw badValue("roberta", "pad_token_id", file.pad_token_id ?? null, expected, where);
  }
  return {
    ...shared,
    hiddenSize: file.hidden_size,
    numHiddenLayers: file.num_hidden_layers,
    numAttentionHeads: file.num_attention_heads,
    intermediateSize: file.intermediate_size,
    hiddenAct: file.hidden_act,
    dropoutRate: file.hidden_dropout_prob,
    maxPositionEmbeddings: file.max_position_embeddings,
    typeVocabSize: file.type_vocab_size,
    initializerRange: file.initializer_range,
    layerNormEps: file.layer_norm_eps,
    tieWordEmbeddings: file.tie_word_embeddings,
  };
}

/** `config.json` content that Hugging Face Transformers loads as the same RoBERTa. */
export function robertaConfigToJson(config: RobertaConfig): Record<string, unknown> {
  return {
    architectures: ["RobertaForMaskedLM"],
    model_type: "roberta",
    ...sharedConfigToJson(config),
    hidden_size: config.hiddenSize,
    num_hidden_layers: config.numHiddenLayers,
    num_attention_heads: config.numAttentionHeads,
    intermediate_size: config.intermediateSize,
    hidden_act: config.hiddenAct,
    hidden_dropout_prob: config.dropoutRate,
    attention_probs_dropout_prob: config.dropoutRate,
    max_position_embeddings: config.maxPositionEmbeddings,
    type_vocab_size: config.typeVocabSize,
    layer_norm_eps: config.layerNormEps,
    position_embedding_type: "absolute",
  };
}
