/** @file `config.json` of a CodeT5 made from scratch. */
import type { Tokenizer } from "../tokenizer/index.ts";

/** Its shape; names of Hugging Face's `T5Config`. */
export interface ModelShape {
  readonly dModel: number;
  readonly dKv: number;
  readonly dFf: number;
  readonly numLayers: number;
  /** Default: as many as `numLayers`. */
  readonly numDecoderLayers?: number | undefined;
  readonly numHeads: number;
  /** Llama's kind: heads of keys and values; default as many as `numHeads`. */
  readonly numKeyValueHeads?: number | undefined;
}

/** Vocabulary and special ids are the tokenizer's, the rest as in Salesforce/codet5-small. */
export function codeT5Config(shape: ModelShape, tokenizer: Tokenizer): Record<string, unknown> {
  return {
    model_type: "t5",
    vocab_size: tokenizer.vocabSize,
    d_model: shape.dModel,
    d_kv: shape.dKv,
    d_ff: shape.dFf,
    num_layers: shape.numLayers,
    num_decoder_layers: shape.numDecoderLayers ?? shape.numLayers,
    num_heads: shape.numHeads,
    feed_forward_proj: "relu",
    tie_word_embeddings: true,
    pad_token_id: tokenizer.padId ?? 0,
    bos_token_id: tokenizer.bosId ?? 1,
    eos_token_id: tokenizer.eosId ?? 2,
    decoder_start_token_id: tokenizer.padId ?? 0,
    n_positions: 512,
  };
}
