/** @file T5's row in the table of families. */
import { noDropout } from "../nn/index.ts";
import type { Family } from "./family.ts";
import { architectureOf, type Heads, headNames } from "./heads.ts";
import { t5Classification, t5Prefix } from "./t5-classification.ts";
import { collateGeneration, t5ConditionalGeneration } from "./t5-conditional-generation.ts";
import { parseT5Config, type T5Config, t5ConfigOfCheckpoint, t5ConfigToJson } from "./t5-config.ts";
import { startT5Decoder } from "./t5-decoder.ts";
import { crossMemory, decodeStep, encodeForDecoding } from "./t5-decoding.ts";
import { t5Tagging, taggerNames } from "./t5-tagging.ts";

const heads: Heads<T5Config> = {
  generation: t5ConditionalGeneration,
  tagging: t5Tagging,
  defect: (config) => t5Classification(config, "defect"),
  clone: (config) => t5Classification(config, "clone"),
};

export const t5 = {
  configOfCheckpoint: t5ConfigOfCheckpoint,
  parseConfig: parseT5Config,
  configToJson: t5ConfigToJson,
  heads: headNames(heads),
  defaultHead: "generation",
  detectHead: (names) => {
    if (names.has("classifier.dense.weight")) return "clone";
    return names.has("classifier.weight") ? "defect" : "generation";
  },
  architecture: (config, head) => architectureOf(heads, config, head),
  redundant: (config, head) => {
    const names = [
      "encoder.embed_tokens.weight",
      "decoder.embed_tokens.weight",
      // saved by early Transformers, never used
      "decoder.block.0.layer.1.EncDecAttention.relative_attention_bias.weight",
    ];
    if (head === "generation" || head === "tagging") {
      const tied = config.tieWordEmbeddings ? ["lm_head.weight"] : [];
      return [...names, ...tied, ...(head === "generation" ? taggerNames : [])];
    }
    return [...names, "lm_head.weight"].map((name) => t5Prefix + name);
  },
  namesInCheckpoint: () => [],
  // under a classification head the body stands behind a prefix
  namesInHeads: (name) => {
    const bare = name.replace(/^encoder\.(?=(shared|encoder|decoder|lm_head)\.)/, "");
    return [bare, t5Prefix + bare];
  },
  decoding: {
    prompt: (config, { inputIds, attentionMask }) => {
      const isToken = (id: number) => (id === config.padTokenId ? 0 : 1);
      const mask = attentionMask ?? inputIds.map((row) => row.map(isToken));
      const { arrays } = collateGeneration(config, { inputIds, attentionMask: mask });
      return {
        prompts: inputIds.map(() => [config.decoderStartTokenId]),
        source: { input_ids: arrays.input_ids!, attention_mask: arrays.attention_mask! },
      };
    },
    encoder: (config, weight) => encodeForDecoding({ config, weight, dropout: noDropout }),
    step: (config, weight) => decodeStep({ config, weight, dropout: noDropout }),
    memory: crossMemory,
    start: startT5Decoder,
  },
  summary: (config) => ({
    numLayers: [config.numLayers, config.numDecoderLayers],
    dModel: config.dModel,
    numHeads: config.numHeads,
    numKeyValueHeads: config.numHeads,
    headDim: config.dKv,
    dFf: config.dFf,
    activation: config.activation,
    isGated: config.isGated,
  }),
} as const satisfies Family<T5Config>;
