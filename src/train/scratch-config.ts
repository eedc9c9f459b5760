/** @file `config.json` of a model made from scratch, of any family, from sizes in T5's words. */
import type { ModelType } from "../model/index.ts";
import type { Tokenizer } from "../tokenizer/index.ts";
import { codeT5Config, type ModelShape } from "./code-t5-config.ts";

/** Tokens that a model from scratch reads at most, where its family needs to know. */
const maxPositions = 2048;

type Build = (shape: ModelShape, tokenizer: Tokenizer) => Record<string, unknown>;

const configs: Readonly<Record<ModelType, Build>> = {
  t5: codeT5Config,
  llama: llamaLike("llama"),
  // no window: what is read is shorter than any
  mistral: (shape, tokenizer) => ({
    ...llamaLike("mistral")(shape, tokenizer),
    sliding_window: null,
  }),
  gpt2: ({ dModel, dFf, numLayers, numHeads }, tokenizer) => ({
    model_type: "gpt2",
    ...tokens(tokenizer),
    n_positions: maxPositions,
    n_embd: dModel,
    n_inner: dFf,
    n_layer: numLayers,
    n_head: numHeads,
  }),
  roberta: ({ dModel, dFf, numLayers, numHeads }, tokenizer) => ({
    model_type: "roberta",
    ...tokens(tokenizer),
    hidden_size: dModel,
    intermediate_size: dFf,
    num_hidden_layers: numLayers,
    num_attention_heads: numHeads,
    // positions are counted from the padding id on
    max_position_embeddings: maxPositions + tokens(tokenizer).pad_token_id + 1,
    type_vocab_size: 1,
    layer_norm_eps: 1e-5,
  }),
};

function llamaLike(modelType: string): Build {
  return ({ dModel, dKv, dFf, numLayers, numHeads, numKeyValueHeads }, tokenizer) => ({
    model_type: modelType,
    ...tokens(tokenizer),
    hidden_size: dModel,
    intermediate_size: dFf,
    num_hidden_layers: numLayers,
    num_attention_heads: numHeads,
    num_key_value_heads: numKeyValueHeads ?? numHeads,
    head_dim: dKv,
    max_position_embeddings: maxPositions,
    rms_norm_eps: 1e-5,
    tie_word_embeddings: true,
  });
}

function tokens({ vocabSize, padId, bosId, eosId }: Tokenizer) {
  return {
    vocab_size: vocabSize,
    pad_token_id: padId ?? 0,
    bos_token_id: bosId ?? 1,
    eos_token_id: eosId ?? 2,
  };
}

/**
 * The configuration of a new model: vocabulary and special ids are the tokenizer's, tied embeddings, the rest
 * as the family's published models have it. GPT-2's and RoBERTa's heads are `dModel / numHeads` wide; a
 * model of one stack has `numLayers` layers.
 */
export function scratchConfig(
  modelType: ModelType,
  shape: ModelShape,
  tokenizer: Tokenizer,
): Record<string, unknown> {
  return configs[modelType](shape, tokenizer);
}
