/** @file RoBERTa's row in the table of families. */
import type { Family } from "./family.ts";
import { architectureOf, type Heads, headNames } from "./heads.ts";
import { parseRobertaConfig, type RobertaConfig, robertaConfigToJson } from "./roberta-config.ts";
import {
  robertaClassification,
  robertaFeatures,
  robertaMaskedLanguage,
  robertaPrefix,
} from "./roberta-heads.ts";

const heads: Heads<RobertaConfig> = {
  "masked-language": robertaMaskedLanguage,
  classification: robertaClassification,
  features: robertaFeatures,
};

const weightAndBias = (names: readonly string[]) =>
  names.flatMap((name) => [`${name}.weight`, `${name}.bias`]);

/** Computed from the configuration, or read by no head of ours. */
const unread = [
  "embeddings.position_ids",
  "embeddings.token_type_ids",
  ...weightAndBias(["pooler.dense"]),
].flatMap((name) => [name, robertaPrefix + name]);

/** Of the language model's head. */
const decoder = { weight: "lm_head.decoder.weight", bias: "lm_head.decoder.bias" } as const;
const sharedBias = "lm_head.bias";
const languageModelNames = [
  sharedBias,
  ...weightAndBias(["lm_head.dense", "lm_head.layer_norm", "lm_head.decoder"]),
];
const classifierNames = weightAndBias(["classifier.dense", "classifier.out_proj"]);

const bareName = (name: string) =>
  name.startsWith(robertaPrefix) ? name.slice(robertaPrefix.length) : name;

export const roberta = {
  parseConfig: parseRobertaConfig,
  configToJson: robertaConfigToJson,
  heads: headNames(heads),
  defaultHead: "masked-language",
  detectHead: (names) => {
    if (names.has("classifier.out_proj.weight")) return "classification";
    return names.has("lm_head.dense.weight") ? "masked-language" : "features";
  },
  architecture: (config, head) => architectureOf(heads, config, head),
  redundant: (config, head) => {
    if (head === "features") return [...unread, ...languageModelNames, ...classifierNames];
    if (head === "classification") return [...unread, ...languageModelNames];
    return [...unread, decoder.bias, ...(config.tieWordEmbeddings ? [decoder.weight] : [])];
  },
  namesInCheckpoint: (_config, name) => {
    if (name === sharedBias) return [decoder.bias];
    const bare = bareName(name);
    return [bare, robertaPrefix + bare].filter((other) => other !== name);
  },
  namesInHeads: (name) => [bareName(name), robertaPrefix + bareName(name)],
  summary: (config) => ({
    numLayers: [config.numHiddenLayers],
    dModel: config.hiddenSize,
    numHeads: config.numAttentionHeads,
    numKeyValueHeads: config.numAttentionHeads,
    headDim: config.hiddenSize / config.numAttentionHeads,
    dFf: config.intermediateSize,
    activation: config.hiddenAct,
    isGated: false,
  }),
} as const satisfies Family<RobertaConfig>;
