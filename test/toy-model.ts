/** @file T5 models small enough to build, run and train within a test. */
import { createModel, type Head, type Model } from "../src/model/index.ts";

/** `config.json` of a toy T5 in CodeT5's layout; every size differs, so that no two can be confused. */
export const toyConfig = {
  model_type: "t5",
  vocab_size: 41,
  d_model: 20,
  d_kv: 6,
  d_ff: 28,
  num_layers: 2,
  num_decoder_layers: 3,
  num_heads: 3,
  relative_attention_num_buckets: 8,
  relative_attention_max_distance: 20,
  dropout_rate: 0.1,
  feed_forward_proj: "relu",
  tie_word_embeddings: true,
  pad_token_id: 0,
  bos_token_id: 1,
  eos_token_id: 2,
  decoder_start_token_id: 0,
};

/** T5 1.1's layout at the same sizes. */
export const toyConfigV11 = {
  ...toyConfig,
  feed_forward_proj: "gated-gelu",
  tie_word_embeddings: false,
};

/** A toy model with drawn weights; relative position tables large enough to matter. */
export function toyModel(
  overrides: Readonly<Record<string, unknown>> = {},
  options: { readonly head?: Head; readonly seed?: number } = {},
): Model {
  const model = createModel("t5", { ...toyConfig, ...overrides }, { seed: 1, ...options });
  for (const [name, { data }] of model.weights) {
    if (!name.includes("relative_attention_bias")) continue;
    for (let i = 0; i < data.length; i++) data[i]! *= 5;
  }
  return model;
}
