/** @file Plain span denoising, as in T5: spans of sub-word tokens, blind to words and identifiers. */
import type { Random } from "../base/index.ts";
import { drawTokenSpans, type Span } from "./draw-spans.ts";
import { append, joinSource, joinTarget, keepFitting } from "./masked-text.ts";
import {
  checkIdentifiers,
  resolveOptions,
  type Seq2SeqInstance,
  type Seq2SeqObjective,
} from "./objective.ts";
import { buildFitting, type Passage } from "./passage.ts";
import { maskingCodecOf, type TextCodec } from "./text-codec.ts";
import { textOf } from "./word-ends.ts";

/**
 * A baseline for masked span prediction: T5's noise over the tokens of NL and PL together, 15 % in
 * spans of 3 on average. Source: T5 (Raffel et al. 2020) §3.1.4, `random_spans_noise_mask`.
 * Deviations: `</s>` between NL and PL is never hidden, so a span across it becomes two; no closing
 * sentinel, so that targets read as those of the other objectives.
 */
export const spanDenoising: Seq2SeqObjective = {
  kind: "seq2seq",
  name: "spanDenoising",
  summary: "write the token spans that sentinels hide, as T5",
  build: (example, tokenizer, options) => {
    checkIdentifiers(example);
    const codec = maskingCodecOf(tokenizer);
    const limits = resolveOptions(options);
    return buildFitting(example, codec, limits, "spanDenoising", (passage, random) =>
      maskTokens(passage, codec, random, limits.maxTargetLength),
    );
  },
};

function maskTokens(
  { docstring, code }: Passage,
  codec: TextCodec,
  random: Random,
  maxTargetLength: number,
): Seq2SeqInstance | undefined {
  const tokens = codec.encode(textOf(docstring));
  const border = tokens.length;
  append(tokens, codec.encode(textOf(code)));
  const spans = drawTokenSpans(random, tokens.length).flatMap((span) => splitAt(span, border));
  const hidden = spans.map(({ first, last }) => tokens.slice(first, last));
  const kept = keepFitting(hidden, maxTargetLength, codec);
  if (kept.length === 0) return undefined;
  const masks = kept.map((index) => spans[index]!);
  const numBefore = masks.filter(({ first }) => first < border).length;
  const docstringIds = replaceSpans(tokens, 0, border, masks.slice(0, numBefore), 0, codec);
  const codeIds = replaceSpans(
    tokens,
    border,
    tokens.length,
    masks.slice(numBefore),
    numBefore,
    codec,
  );
  return {
    source: joinSource(docstringIds, codeIds, codec),
    target: joinTarget(hidden, kept, codec),
  };
}

function splitAt({ first, last }: Span, border: number): Span[] {
  if (last <= border || first >= border) return [{ first, last }];
  return [
    { first, last: border },
    { first: border, last },
  ];
}

/** Tokens `[from, to)` with sentinels, from `firstSentinel` on, in place of spans. */
function replaceSpans(
  tokens: readonly number[],
  from: number,
  to: number,
  spans: readonly Span[],
  firstSentinel: number,
  { sentinelIds }: TextCodec,
): number[] {
  const ids: number[] = [];
  let reached = from;
  spans.forEach(({ first, last }, i) => {
    append(ids, tokens.slice(reached, first));
    ids.push(sentinelIds[firstSentinel + i]!);
    reached = last;
  });
  append(ids, tokens.slice(reached, to));
  return ids;
}
