/** @file Masked span prediction: write the words that sentinels hide (codet5.md §4.1; CodeT5 §3.2). */
import type { Random } from "../base/index.ts";
import { drawWordSpans, type Span } from "./draw-spans.ts";
import { encodeMasked, joinSource, joinTarget, keepFitting } from "./masked-text.ts";
import {
  checkIdentifiers,
  resolveOptions,
  type Seq2SeqInstance,
  type Seq2SeqObjective,
} from "./objective.ts";
import { buildFitting, type Passage } from "./passage.ts";
import { maskingCodecOf, type TextCodec } from "./text-codec.ts";
import type { Segment } from "./word-ends.ts";

interface HiddenText {
  readonly segment: Segment;
  readonly start: number;
  readonly end: number;
}

/**
 * 15 % of the words of NL and PL, in spans of 1 to 5 whole words, each behind the next sentinel.
 *
 * A span takes the white space before its first word along, so sources and targets are what the
 * tokenizer makes of the text with sentinels written in it: they swallow that white space too. Spans
 * never reach from NL into PL. Spans that do not fit the target, and those after the last sentinel,
 * stay visible. UNSPECIFIED in the paper: no closing sentinel, at least one word between spans.
 */
export const maskedSpanPrediction: Seq2SeqObjective = {
  kind: "seq2seq",
  name: "maskedSpanPrediction",
  summary: "write the whole-word spans that sentinels hide",
  build: (example, tokenizer, options) => {
    checkIdentifiers(example);
    const codec = maskingCodecOf(tokenizer);
    const limits = resolveOptions(options);
    return buildFitting(example, codec, limits, "maskedSpanPrediction", (passage, random) =>
      maskSpans(passage, codec, random, limits.maxTargetLength),
    );
  },
};

function maskSpans(
  { docstring, code }: Passage,
  codec: TextCodec,
  random: Random,
  maxTargetLength: number,
): Seq2SeqInstance | undefined {
  const spans = drawHidden(docstring, code, random);
  const hidden = spans.map(({ segment, start, end }) =>
    codec.encode(segment.text.slice(start, end)),
  );
  const kept = keepFitting(hidden, maxTargetLength, codec);
  if (kept.length === 0) return undefined;
  const masks = kept.map((index, sentinel) => ({ ...spans[index]!, sentinel }));
  const encode = (segment: Segment) => {
    const own = masks.filter((mask) => mask.segment === segment);
    return encodeMasked(segment, own, codec);
  };
  return {
    source: joinSource(encode(docstring), encode(code), codec),
    target: joinTarget(hidden, kept, codec),
  };
}

/** Spans of both segments, at least one unless neither has a word. */
function drawHidden(docstring: Segment, code: Segment, random: Random): HiddenText[] {
  const inDocstring = drawWordSpans(random, docstring.wordEnds.length);
  const inCode = drawWordSpans(random, code.wordEnds.length);
  if (inDocstring.length + inCode.length > 0) {
    return [...placesOf(docstring, inDocstring), ...placesOf(code, inCode)];
  }
  const numWords = docstring.wordEnds.length + code.wordEnds.length;
  const segment =
    random.below(Math.max(1, numWords)) < docstring.wordEnds.length ? docstring : code;
  return placesOf(segment, drawWordSpans(random, segment.wordEnds.length, true));
}

function placesOf(segment: Segment, spans: readonly Span[]): HiddenText[] {
  const { wordEnds } = segment;
  return spans.map(({ first, last }) => {
    return { segment, start: wordEnds[first - 1] ?? segment.start, end: wordEnds[last - 1]! };
  });
}
