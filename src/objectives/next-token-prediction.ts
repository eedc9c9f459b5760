/** @file Causal language modelling for a decoder alone: every token is predicted from those before it. */
import { joinSource } from "./masked-text.ts";
import {
  checkIdentifiers,
  type LabelledObjective,
  notTagged,
  resolveOptions,
} from "./objective.ts";
import { buildFitting } from "./passage.ts";
import { codecOf } from "./text-codec.ts";
import { textOf } from "./word-ends.ts";

/**
 * `<s> NL </s> code </s>` is read and each token but the first is scored. Source: GPT (Radford et al. 2018)
 * §3.1, over functions instead of a stream of text, so that none sees another. A label stands at its own
 * token; that it is predicted one position before is the model's matter.
 */
export const nextTokenPrediction: LabelledObjective<"causal"> = {
  kind: "causal",
  name: "nextTokenPrediction",
  summary: "predict every token from those before it (decoder-only models)",
  build: (example, tokenizer, options) => {
    checkIdentifiers(example);
    const codec = codecOf(tokenizer);
    const limits = resolveOptions(options);
    return buildFitting(example, codec, limits, "nextTokenPrediction", ({ docstring, code }) => {
      if (code.wordEnds.length === 0) return undefined;
      const [nl, pl] = [codec.encode(textOf(docstring)), codec.encode(textOf(code))];
      const source = joinSource(nl, pl, codec);
      return { source, labels: [notTagged, ...source.slice(1)] };
    });
  },
};
