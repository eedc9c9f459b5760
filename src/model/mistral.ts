/**
 * @file Mistral (Jiang et al. 2023; Codestral 22B): Llama's layers with a sliding window, when the configuration
 * has one. Reference: Hugging Face modeling_mistral.py, Transformers 4.36.
 */
import { causalFamily } from "./causal-family.ts";
import { llamaBody, llamaBuffers, llamaSummary } from "./llama.ts";
import {
  type LlamaConfig,
  type LlamaDefaults,
  llamaLikeToJson,
  parseLlamaLike,
} from "./llama-config.ts";

const defaults: LlamaDefaults = {
  maxPositionEmbeddings: 4096 * 32,
  numKeyValueHeads: 8,
  slidingWindow: 4096,
  hasBiases: false,
  hasSlidingWindow: true,
};

export const mistral = causalFamily<LlamaConfig>({
  name: "mistral",
  parseConfig: (json, where) => parseLlamaLike(json, "mistral", defaults, where),
  configToJson: (config) => ({
    architectures: ["MistralForCausalLM"],
    model_type: "mistral",
    ...llamaLikeToJson(config),
    sliding_window: config.slidingWindow ?? null,
  }),
  summary: llamaSummary,
  body: llamaBody,
  prefix: "model.",
  embeddings: "model.embed_tokens.weight",
  buffers: llamaBuffers,
});
