/**
 * @file The configuration of Llama and its descendants: Hugging Face's `config.json` in, our camelCase
 * names out, and back. Mistral's file has the same keys with other defaults.
 */
import { z } from "zod";
import type { ActivationName, RotaryScaling } from "../nn/index.ts";
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

const positive = z.number().positive();

/** `rope_scaling`, and Transformers 5's `rope_parameters`, which holds the base as well. */
const ropeKeys = z
  .looseObject({
    rope_type: z.string().nullish(),
    type: z.string().nullish(),
    rope_theta: positive.nullish(),
    factor: positive.min(1).nullish(),
    low_freq_factor: positive.nullish(),
    high_freq_factor: positive.nullish(),
    original_max_position_embeddings: size.nullish(),
  })
  .nullish();

type RopeFile = z.infer<typeof ropeKeys>;

const llamaKeys = z.looseObject({
  ...sharedKeys,
  hidden_size: size,
  intermediate_size: size,
  num_hidden_layers: numLayers,
  num_attention_heads: size,
  num_key_value_heads: size.nullish(),
  head_dim: size.nullish(),
  hidden_act: activation.default("silu"),
  max_position_embeddings: size.optional(),
  rms_norm_eps: positive.default(1e-6),
  rope_theta: positive.nullish(),
  rope_scaling: ropeKeys,
  rope_parameters: ropeKeys,
  partial_rotary_factor: z.number().nullish(),
  attention_bias: z.boolean().default(false),
  mlp_bias: z.boolean().default(false),
  attention_dropout: rate.default(0),
  sliding_window: size.nullish(),
  tie_word_embeddings: z.boolean().default(false),
});

/** An architecture of the Llama line; the names are Hugging Face's `LlamaConfig`, camelCased. */
export interface LlamaConfig extends LabelConfig {
  readonly hiddenSize: number;
  readonly intermediateSize: number;
  readonly numHiddenLayers: number;
  readonly numAttentionHeads: number;
  readonly numKeyValueHeads: number;
  readonly headDim: number;
  readonly hiddenAct: ActivationName;
  /** Tokens. */
  readonly maxPositionEmbeddings: number;
  readonly initializerRange: number;
  readonly rmsNormEps: number;
  readonly ropeTheta: number;
  readonly ropeScaling: RotaryScaling;
  readonly attentionBias: boolean;
  readonly mlpBias: boolean;
  /** Keys that a query sees, itself included; undefined: all before it. */
  readonly slidingWindow?: number;
}

/** Hugging Face's values for keys that a file leaves out, where the families differ. */
export interface LlamaDefaults {
  readonly maxPositionEmbeddings: number;
  /** Undefined: as many as heads of queries. */
  readonly numKeyValueHeads?: number;
  readonly slidingWindow?: number;
  /** Whether the family's code reads `attention_bias`, `mlp_bias` (Llama) or `sliding_window` (Mistral). */
  readonly hasBiases: boolean;
  readonly hasSlidingWindow: boolean;
}

const llamaDefaults: LlamaDefaults = {
  maxPositionEmbeddings: 2048,
  hasBiases: true,
  hasSlidingWindow: false,
};

/**
 * Read a Llama `config.json`.
 * @param where file named in errors
 * @throws ConfigError `config.llama` naming the first field that is missing or out of range,
 * `config.unsupported` for a kind of rotary scaling that is not computed here
 */
export function parseLlamaConfig(json: unknown, where: string): LlamaConfig {
  return parseLlamaLike(json, "llama", llamaDefaults, where);
}

/** Read a `config.json` with Llama's keys for another family. @throws as {@link parseLlamaConfig} */
export function parseLlamaLike(
  json: unknown,
  family: string,
  defaults: LlamaDefaults,
  where: string,
): LlamaConfig {
  const file = parseConfigFile(llamaKeys, json, family, where);
  const heads = headsOf(file, family, defaults, where);
  const rope = file.rope_parameters ?? file.rope_scaling;
  const partial = file.partial_rotary_factor;
  if (partial != null && partial !== 1) {
    throw unsupported(family, "partial_rotary_factor", partial, "1", where);
  }
  const window = file.sliding_window === undefined ? defaults.slidingWindow : file.sliding_window;
  checkMatrix(family, "vocab_size", file.vocab_size, file.hidden_size, where);
  checkMatrix(family, "intermediate_size", file.intermediate_size, file.hidden_size, where);
  checkMatrix(family, "head_dim", heads.numAttentionHeads * heads.headDim, file.hidden_size, where);
  return {
    ...sharedConfig(file, { bos: 1, eos: 2 }),
    ...heads,
    hiddenSize: file.hidden_size,
    intermediateSize: file.intermediate_size,
    numHiddenLayers: file.num_hidden_layers,
    hiddenAct: file.hidden_act,
    maxPositionEmbeddings: file.max_position_embeddings ?? defaults.maxPositionEmbeddings,
    initializerRange: file.initializer_range,
    rmsNormEps: file.rms_norm_eps,
    ropeTheta: file.rope_parameters?.rope_theta ?? file.rope_theta ?? 10000,
    ropeScaling: ropeScalingOf(rope, family, where),
    attentionBias: defaults.hasBiases && file.attention_bias,
    mlpBias: defaults.hasBiases && file.mlp_bias,
    dropoutRate: file.attention_dropout,
    tieWordEmbeddings: file.tie_word_embeddings,
    ...(defaults.hasSlidingWindow && window != null ? { slidingWindow: window } : {}),
  };
}

function headsOf(
  file: z.infer<typeof llamaKeys>,
  family: string,
  defaults: LlamaDefaults,
  where: string,
) {
  const numHeads = file.num_attention_heads;
  // null asks for as many as heads of queries, absence for the family's default
  const given = file.num_key_value_heads;
  const numKeyValueHeads = (given === undefined ? defaults.numKeyValueHeads : given) ?? numHeads;
  if (numHeads % numKeyValueHeads !== 0) {
    const expected = `a divisor of num_attention_heads (${numHeads})`;
    throw badValue(family, "num_key_value_heads", numKeyValueHeads, expected, where);
  }
  if (file.head_dim == null && file.hidden_size % numHeads !== 0) {
    const expected = `a divisor of hidden_size (${file.hidden_size}) where head_dim is not given`;
    throw badValue(family, "num_attention_heads", numHeads, expected, where);
  }
  const headDim = file.head_dim ?? file.hidden_size / numHeads;
  if (headDim % 2 !== 0) {
    throw badValue(family, "head_dim", headDim, "an even number, for rotary embeddings", where);
  }
  return { numAttentionHeads: numHeads, numKeyValueHeads, headDim };
}

const supportedScalings = "default, linear or llama3";

function ropeScalingOf(rope: RopeFile, family: string, where: string): RotaryScaling {
  const kind = rope?.rope_type ?? rope?.type ?? "default";
  if (!rope || kind === "default") return { kind: "none" };
  const required = (
    field: "factor" | "low_freq_factor" | "high_freq_factor" | "original_max_position_embeddings",
  ) => {
    const value = rope[field];
    if (value != null) return value;
    throw badValue(family, `rope_scaling.${field}`, value, `a number, for ${kind}`, where);
  };
  if (kind === "linear") return { kind, factor: required("factor") };
  if (kind !== "llama3") {
    throw unsupported(family, "rope_scaling.rope_type", kind, supportedScalings, where);
  }
  const [low, high] = [required("low_freq_factor"), required("high_freq_factor")];
  if (high <= low) {
    const expected = `above low_freq_factor (${low})`;
    throw badValue(family, "rope_scaling.high_freq_factor", high, expected, where);
  }
  return {
    kind,
    factor: required("factor"),
    lowFreqFactor: low,
    highFreqFactor: high,
    originalMaxPositionEmbeddings: required("original_max_position_embeddings"),
  };
}

/** `config.json` content of a Llama, for Hugging Face Transformers to load. */
export function llamaConfigToJson(config: LlamaConfig): Record<string, unknown> {
  return {
    architectures: ["LlamaForCausalLM"],
    model_type: "llama",
    ...llamaLikeToJson(config),
    attention_bias: config.attentionBias,
    mlp_bias: config.mlpBias,
  };
}

/** The keys that Llama's and Mistral's files share. */
export function llamaLikeToJson(config: LlamaConfig): Record<string, unknown> {
  return {
    ...sharedConfigToJson(config),
    hidden_size: config.hiddenSize,
    intermediate_size: config.intermediateSize,
    num_hidden_layers: config.numHiddenLayers,
    num_attention_heads: config.numAttentionHeads,
    num_key_value_heads: config.numKeyValueHeads,
    head_dim: config.headDim,
    hidden_act: config.hiddenAct,
    max_position_embeddings: config.maxPositionEmbeddings,
    rms_norm_eps: config.rmsNormEps,
    rope_theta: config.ropeTheta,
    rope_scaling: ropeScalingToJson(config.ropeScaling),
    attention_dropout: config.dropoutRate,
  };
}

function ropeScalingToJson(scaling: RotaryScaling): Record<string, unknown> | null {
  if (scaling.kind === "none") return null;
  // both names of the kind: older versions of Transformers read `type`
  const kind = { rope_type: scaling.kind, type: scaling.kind, factor: scaling.factor };
  if (scaling.kind === "linear") return kind;
  return {
    ...kind,
    low_freq_factor: scaling.lowFreqFactor,
    high_freq_factor: scaling.highFreqFactor,
    original_max_position_embeddings: scaling.originalMaxPositionEmbeddings,
  };
}
