/** @file Masked language modelling for an encoder alone: single tokens are hidden and predicted in place. */
import { ConfigError, type Random } from "../base/index.ts";
import type { Tokenizer } from "../tokenizer/index.ts";
import { joinSource } from "./masked-text.ts";
import {
  checkIdentifiers,
  type LabelledObjective,
  notTagged,
  resolveOptions,
} from "./objective.ts";
import { buildFitting } from "./passage.ts";
import { codecOf, type TextCodec } from "./text-codec.ts";
import { textOf } from "./word-ends.ts";

/** Shares of all tokens that are predicted, and of those that are hidden and replaced by any token. */
const rates = { predicted: 0.15, hidden: 0.8, replaced: 0.1 } as const;

/**
 * BERT's objective as RoBERTa draws it, anew for every epoch: 15 % of the tokens of NL and PL are predicted,
 * of which 80 % are hidden by `<mask>`, 10 % replaced by a token drawn from the vocabulary and 10 % kept.
 * Source: Devlin et al. 2019 §3.1; Liu et al. 2019 §4.1. Deviation: the number of predicted tokens is
 * 15 % rounded, and at least one, instead of a draw for each token.
 */
export const maskedLanguageModelling: LabelledObjective<"masked"> = {
  kind: "masked",
  name: "maskedLanguageModelling",
  summary: "predict hidden tokens in place (encoder-only models)",
  build: (example, tokenizer, options) => {
    checkIdentifiers(example);
    const codec = codecOf(tokenizer);
    const maskId = maskIdOf(tokenizer);
    const limits = resolveOptions(options);
    const draw = { maskId, vocabSize: tokenizer.vocabSize };
    return buildFitting(
      example,
      codec,
      limits,
      "maskedLanguageModelling",
      ({ docstring, code }, random) => {
        const [nl, pl] = [codec.encode(textOf(docstring)), codec.encode(textOf(code))];
        return pl.length === 0
          ? undefined
          : hideTokens(joinSource(nl, pl, codec), codec, draw, random);
      },
    );
  },
};

function hideTokens(
  ids: readonly number[],
  { bosId, eosId }: TextCodec,
  { maskId, vocabSize }: { readonly maskId: number; readonly vocabSize: number },
  random: Random,
) {
  const source = [...ids];
  const labels = new Array<number>(ids.length).fill(notTagged);
  const places = ids.flatMap((id, i) => (id === bosId || id === eosId ? [] : [i]));
  random.shuffle(places);
  for (const place of places.slice(0, Math.max(1, Math.round(rates.predicted * places.length)))) {
    labels[place] = ids[place]!;
    const share = random.uniform();
    if (share < rates.hidden) source[place] = maskId;
    else if (share < rates.hidden + rates.replaced) source[place] = random.below(vocabSize);
  }
  return { source, labels };
}

function maskIdOf({ maskId }: Tokenizer): number {
  if (maskId !== undefined) return maskId;
  throw new ConfigError("objectives.tokenizer", "the tokenizer lacks special tokens", {
    expected: "<mask>",
    help: "`codet5 tokenizer train` adds it",
  });
}
