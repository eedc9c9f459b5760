/**
 * @file The table of model families. `config.json`'s `model_type` picks a row; a row reads its
 * configuration, knows its heads, and starts decoding. Adding a family is a row and its files.
 */
import type { NdArray } from "../base/index.ts";
import type { Value } from "../graph/index.ts";
import { noDropout } from "../nn/index.ts";
import type { Architecture, Fragment } from "./architecture.ts";
import type { Decoder } from "./generation/index.ts";
import { type ClassificationHead, t5Classification, t5Prefix } from "./t5-classification.ts";
import { t5ConditionalGeneration } from "./t5-conditional-generation.ts";
import { parseT5Config, type T5Config, t5ConfigToJson } from "./t5-config.ts";
import { type DecodingSessions, startT5Decoder } from "./t5-decoder.ts";
import { decodeStep, encodeForDecoding } from "./t5-decoding.ts";
import { t5Tagging, taggerNames } from "./t5-tagging.ts";

/**
 * What is read off a model: text, the tag of every token, or a class. Found from a checkpoint's
 * state-dict names; one that was pre-trained can be asked for text or for tags.
 */
export type Head = "generation" | "tagging" | ClassificationHead;

export type ModelConfig = T5Config;

export interface Family {
  readonly parseConfig: (json: unknown, where: string) => ModelConfig;
  readonly configToJson: (config: ModelConfig) => Record<string, unknown>;
  /** The head of a checkpoint. */
  readonly detectHead: (names: ReadonlySet<string>) => Head;
  readonly architecture: (config: ModelConfig, head: Head) => Architecture;
  /** Tensors of a checkpoint that hold nothing of their own, such as tied copies. */
  readonly redundant: (config: ModelConfig, head: Head) => readonly string[];
  readonly decoding: {
    readonly encoder: (config: ModelConfig, weight: (name: string) => Value) => Fragment;
    readonly step: (config: ModelConfig, weight: (name: string) => Value) => Fragment;
    readonly start: (
      sessions: DecodingSessions,
      config: ModelConfig,
      source: { readonly input_ids: NdArray; readonly attention_mask: NdArray },
      rowsPerExample: number,
    ) => Promise<Decoder>;
  };
}

const t5: Family = {
  parseConfig: parseT5Config,
  configToJson: t5ConfigToJson,
  detectHead: (names) => {
    if (names.has("classifier.dense.weight")) return "clone";
    return names.has("classifier.weight") ? "defect" : "generation";
  },
  architecture: (config, head) => {
    if (head === "generation") return t5ConditionalGeneration(config);
    return head === "tagging" ? t5Tagging(config) : t5Classification(config, head);
  },
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
  decoding: {
    encoder: (config, weight) => encodeForDecoding({ config, weight, dropout: noDropout }),
    step: (config, weight) => decodeStep({ config, weight, dropout: noDropout }),
    start: startT5Decoder,
  },
};

export const families = { t5 } as const satisfies Record<string, Family>;

export type ModelType = keyof typeof families;
