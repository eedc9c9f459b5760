/** @file Which files of a repository a model needs: not its other formats, nor its pictures. */
import { weightLayouts } from "../checkpoint/index.ts";

const always = ["config.json", "generation_config.json"];
const tokenizerSettings = [
  "tokenizer_config.json",
  "special_tokens_map.json",
  "added_tokens.json",
  "chat_template.jinja",
];
/** The first that is there is taken whole. */
const tokenizers = [["tokenizer.json"], ["vocab.json", "merges.txt"]];

/** What a model is read from. */
export interface ModelFiles {
  /** Files to fetch, the index of shards included, shards not. */
  readonly names: readonly string[];
  /** Set when the weights are in shards. */
  readonly shards?: { readonly index: string; readonly suffix: string };
}

/** Choose among the files of a repository; undefined when it holds no configuration or no weights. */
export function chooseModelFiles(available: ReadonlySet<string>): ModelFiles | undefined {
  const has = (name: string) => available.has(name);
  const layout = weightLayouts.find(({ single, index }) => has(single) || has(index));
  if (layout === undefined || !has("config.json")) return undefined;
  const tokenizer = tokenizers.find((names) => names.every(has)) ?? [];
  const { single, index, suffix } = layout;
  const weights = has(single) ? single : index;
  return {
    names: [...[...always, ...tokenizerSettings].filter(has), ...tokenizer, weights],
    ...(has(single) ? {} : { shards: { index, suffix } }),
  };
}
