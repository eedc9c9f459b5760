/** @file GPT-2's configuration: Hugging Face's `config.json` in, our camelCase names out, and back. */
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

const gpt2Keys = z.looseObject({
  ...sharedKeys,
  n_positions: size.default(1024),
  n_embd: size,
  n_layer: numLayers,
  n_head: size,
  n_inner: size.nullish(),
  activation_function: activation.default("gelu_new"),
  resid_pdrop: rate.default(0.1),
  layer_norm_epsilon: z.number().positive().default(1e-5),
  scale_attn_weights: z.boolean().default(true),
  scale_attn_by_inverse_layer_idx: z.boolean().default(false),
  add_cross_attention: z.boolean().default(false),
  tie_word_embeddings: z.boolean().default(true),
});

/** A GPT-2 architecture; the names are Hugging Face's `GPT2Config`, camelCased. */
export interface Gpt2Config extends LabelConfig {
  /** Tokens. */
  readonly nPositions: number;
  readonly nEmbd: number;
  readonly nLayer: number;
  readonly nHead: number;
  readonly nInner: number;
  readonly activationFunction: ActivationName;
  readonly layerNormEpsilon: number;
  readonly initializerRange: number;
  readonly scaleAttnWeights: boolean;
  readonly scaleAttnByInverseLayerIdx: boolean;
}

/**
 * Read a GPT-2 `config.json`. Of its three dropout rates `resid_pdrop` is taken for all.
 * @param where file named in errors
 * @throws ConfigError `config.gpt2` naming the first field that is missing or out of range
 */
export function parseGpt2Config(json: unknown, where: string): Gpt2Config {
  const file = parseConfigFile(gpt2Keys, json, "gpt2", where);
  if (file.n_embd % file.n_head !== 0) {
    throw badValue("gpt2", "n_head", file.n_head, `a divisor of n_embd (${file.n_embd})`, where);
  }
  if (file.add_cross_attention) {
    throw unsupported("gpt2", "add_cross_attention", true, "false", where);
  }
  const nInner = file.n_inner ?? 4 * file.n_embd;
  checkMatrix("gpt2", "vocab_size", file.vocab_size, file.n_embd, where);
  checkMatrix("gpt2", "n_positions", file.n_positions, file.n_embd, where);
  checkMatrix("gpt2", "n_inner", nInner, file.n_embd, where);
  checkMatrix("gpt2", "n_embd", 3 * file.n_embd, file.n_embd, where);
  return {
    ...sharedConfig(file, { bos: 50256, eos: 50256 }),
    nPositions: file.n_positions,
    nEmbd: file.n_embd,
    nLayer: file.n_layer,
    nHead: file.n_head,
    nInner,
    activationFunction: file.activation_function,
    dropoutRate: file.resid_pdrop,
    layerNormEpsilon: file.layer_norm_epsilon,
    initializerRange: file.initializer_range,
    scaleAttnWeights: file.scale_attn_weights,
    scaleAttnByInverseLayerIdx: file.scale_attn_by_inverse_layer_idx,
    tieWordEmbeddings: file.tie_word_embeddings,
  };
}

/** `config.json` content that Hugging Face Transformers loads as the same GPT-2. */
export function gpt2ConfigToJson(config: Gpt2Config): Record<string, unknown> {
  return {
    architectures: ["GPT2LMHeadModel"],
    model_type: "gpt2",
    ...sharedConfigToJson(config),
    n_positions: config.nPositions,
    n_embd: config.nEmbd,
    n_layer: config.nLayer,
    n_head: config.nHead,
    n_inner: config.nInner,
    activation_function: config.activationFunction,
    resid_pdrop: config.dropoutRate,
    embd_pdrop: config.dropoutRate,
    attn_pdrop: config.dropoutRate,
    layer_norm_epsilon: config.layerNormEpsilon,
    scale_attn_weights: config.scaleAttnWeights,
    scale_attn_by_inverse_layer_idx: config.scaleAttnByInverseLayerIdx,
  };
}
