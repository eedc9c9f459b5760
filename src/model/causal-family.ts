/** @file What the rows of decoder-only families have in common. */

import type { CausalBody, CausalConfig } from "./causal-body.ts";
import { decodingStep, promptGraph, promptOf, startCausalDecoder } from "./causal-decoding.ts";
import { causalLanguageModel } from "./causal-language-model.ts";
import type { Family, Head } from "./family.ts";
import { architectureOf, type Heads, headNames } from "./heads.ts";
import { causalClassification, scoreName } from "./sequence-classification.ts";

export interface CausalFamily<C extends CausalConfig>
  extends Pick<Family<C>, "parseConfig" | "configToJson" | "summary"> {
  readonly name: string;
  readonly body: (config: C) => CausalBody;
  /** What a checkpoint puts before the names of the body, or leaves out: `model.`. */
  readonly prefix: string;
  /** The embeddings, which a tied head shares. */
  readonly embeddings: string;
  /** Buffers of a layer that checkpoints of older versions hold. */
  readonly buffers: (layer: number) => readonly string[];
}

const headName = "lm_head.weight";

export function causalFamily<C extends CausalConfig>(family: CausalFamily<C>) {
  const { body, buffers, embeddings, name: familyName, prefix } = family;
  const heads: Heads<C> = {
    generation: (config) => causalLanguageModel(body(config)),
    classification: (config) => causalClassification(body(config), familyName),
  };
  return {
    parseConfig: family.parseConfig,
    configToJson: family.configToJson,
    summary: family.summary,
    heads: headNames(heads),
    defaultHead: "generation",
    detectHead: (names) => (names.has(scoreName) ? "classification" : "generation"),
    architecture: (config, head) => architectureOf(heads, config, head),
    redundant: (config, head: Head) => {
      const { numLayers } = body(config);
      const layers = Array.from({ length: numLayers }, (_, layer) => buffers(layer)).flat();
      // under another head the language model's own is not needed
      const isOwn = head === "generation" && !config.tieWordEmbeddings;
      return isOwn ? layers : [...layers, headName];
    },
    namesInCheckpoint: (config, name) => {
      const bare = name.startsWith(prefix) ? [name.slice(prefix.length)] : [];
      const isTied = name === embeddings && config.tieWordEmbeddings;
      return isTied ? [...bare, headName] : bare;
    },
    namesInHeads: (name) => [name],
    decoding: {
      body,
      prompt: (config, batch) => promptOf(body(config), batch),
      encoder: (config, weight) => promptGraph(body(config), weight),
      step: (config, weight) => decodingStep(body(config), weight),
      start: (sessions, config, source, rowsPerExample) =>
        startCausalDecoder(body(config), sessions, source, rowsPerExample),
    },
  } as const satisfies Family<C>;
}
