/** @file What each family of models can be pre-trained for. */
import { ConfigError } from "../base/index.ts";
import type { Head, ModelType } from "../model/index.ts";
import { type ObjectiveKind, type ObjectiveName, objectives } from "../objectives/index.ts";

interface Pretrained {
  /** Objectives that its models learn. */
  readonly kinds: readonly ObjectiveKind[];
  readonly defaults: readonly ObjectiveName[];
  /** The head that has all parameters. */
  readonly head: Head;
}

const decoderOnly: Pretrained = {
  kinds: ["causal"],
  defaults: ["nextTokenPrediction"],
  head: "generation",
};

const families: Readonly<Record<ModelType, Pretrained>> = {
  t5: {
    kinds: ["seq2seq", "tagging"],
    defaults: ["maskedSpanPrediction", "identifierTagging", "maskedIdentifierPrediction"],
    head: "tagging",
  },
  llama: decoderOnly,
  mistral: decoderOnly,
  gpt2: decoderOnly,
  roberta: { kinds: ["masked"], defaults: ["maskedLanguageModelling"], head: "masked-language" },
};

/** The head under which a family is pre-trained. */
export function pretrainedHead(modelType: ModelType): Head {
  return families[modelType].head;
}

/**
 * What a family learns where nothing is said: CodeT5's first stage, the next token, or hidden tokens.
 * @param names objectives asked for; none: the family's own
 * @throws ConfigError `pretrain.objective` for one that the family cannot learn
 */
export function objectivesFor(
  modelType: ModelType,
  names: readonly ObjectiveName[] = [],
): readonly ObjectiveName[] {
  const { kinds, defaults } = families[modelType];
  const bad = names.find((name) => !kinds.includes(objectives[name].kind));
  if (bad === undefined) return names.length > 0 ? names : defaults;
  const known = Object.values(objectives).filter(({ kind }) => kinds.includes(kind));
  throw new ConfigError("pretrain.objective", `a ${modelType} cannot learn ${bad}`, {
    expected: known.map(({ name }) => name).join(", "),
    got: bad,
  });
}
