/** @file Toy models of the families beside T5; every size differs, so that no two can be confused. */
import { Random } from "../src/base/index.ts";
import { createModel, type Head, type Model, type ModelType } from "../src/model/index.ts";

type Json = Readonly<Record<string, unknown>>;

const shared = {
  vocab_size: 43,
  initializer_range: 0.4,
  bos_token_id: 1,
  eos_token_id: 2,
};

/** Llama 3.1's layout: grouped queries, heads wider than hidden_size / heads, biases, stretched rotations. */
export const toyLlama = {
  ...shared,
  model_type: "llama",
  hidden_size: 20,
  intermediate_size: 28,
  num_hidden_layers: 2,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  head_dim: 6,
  max_position_embeddings: 64,
  rms_norm_eps: 1e-5,
  rope_theta: 300,
  rope_scaling: {
    rope_type: "llama3",
    factor: 8,
    low_freq_factor: 1,
    high_freq_factor: 4,
    original_max_position_embeddings: 32,
  },
  attention_bias: true,
  mlp_bias: true,
  pad_token_id: 0,
};

/** One head of keys for all queries, a tied output, another activation, positions divided. */
export const toyLlamaTied = {
  ...toyLlama,
  num_key_value_heads: 1,
  head_dim: null,
  num_attention_heads: 5,
  hidden_act: "gelu",
  attention_bias: false,
  mlp_bias: false,
  rope_scaling: { type: "linear", factor: 2 },
  tie_word_embeddings: true,
  pad_token_id: null,
};

/** A window shorter than the texts. */
export const toyMistral = {
  ...shared,
  model_type: "mistral",
  hidden_size: 24,
  intermediate_size: 26,
  num_hidden_layers: 2,
  num_attention_heads: 6,
  num_key_value_heads: 3,
  max_position_embeddings: 64,
  sliding_window: 3,
  rope_theta: 10000,
};

export const toyGpt2 = {
  ...shared,
  model_type: "gpt2",
  n_positions: 40,
  n_embd: 21,
  n_layer: 2,
  n_head: 3,
  n_inner: 26,
  scale_attn_by_inverse_layer_idx: true,
};

/** An output of its own, no scale, the usual width between. */
export const toyGpt2Untied = {
  ...toyGpt2,
  n_inner: null,
  activation_function: "silu",
  tie_word_embeddings: false,
  scale_attn_weights: false,
  scale_attn_by_inverse_layer_idx: false,
  pad_token_id: 0,
};

export const toyRoberta = {
  ...shared,
  model_type: "roberta",
  hidden_size: 18,
  num_hidden_layers: 2,
  num_attention_heads: 3,
  intermediate_size: 22,
  max_position_embeddings: 24,
  type_vocab_size: 3,
  layer_norm_eps: 1e-5,
  bos_token_id: 0,
  pad_token_id: 1,
};

/** By name: the decoder-only ones. */
export const toyWriters: Readonly<Record<string, Json>> = {
  llama: toyLlama,
  "llama, tied, one key head": toyLlamaTied,
  mistral: toyMistral,
  gpt2: toyGpt2,
  "gpt2, untied": toyGpt2Untied,
};

/** A model with drawn weights; biases and norms, which start constant, are drawn as well. */
export function toyOf(
  config: Json,
  options: { readonly head?: Head; readonly seed?: number } = {},
): Model {
  const { seed = 1, ...rest } = options;
  const model = createModel(config.model_type as ModelType, config, { seed, ...rest });
  for (const { name, initializer } of model.architecture.parameters) {
    if (initializer.kind !== "constant") continue;
    const random = new Random(seed, "toy", name);
    const { data } = model.weights.get(name)!;
    for (let i = 0; i < data.length; i++) data[i]! += 0.3 * random.normal();
  }
  return model;
}
