/** @file Masked identifier prediction: name what sentinels stand for (codet5.md §4.3; CodeT5 §3.2, after DOBF). */
import { encodeMasked, joinSource, joinTarget, keepFitting, type Mask } from "./masked-text.ts";
import {
  checkIdentifiers,
  resolveOptions,
  type Seq2SeqInstance,
  type Seq2SeqObjective,
} from "./objective.ts";
import { buildFitting, type Passage } from "./passage.ts";
import { maskingCodecOf, type TextCodec } from "./text-codec.ts";
import { firstEndingAfter, textOf } from "./word-ends.ts";

/**
 * Every occurrence of every identifier behind a sentinel, one sentinel per distinct identifier in the
 * order of first occurrence; NL stays as it is.
 *
 * Occurrences differ in the white space before them, so it stays in the source as ids, where the
 * tokenizer would let the sentinel swallow it; targets hold bare identifiers. UNSPECIFIED in the paper:
 * beyond 100 identifiers, or a full target, the first ones are masked, the rest stay visible. Code
 * without identifiers gives no instance.
 */
export const maskedIdentifierPrediction: Seq2SeqObjective = {
  kind: "seq2seq",
  name: "maskedIdentifierPrediction",
  summary: "name the identifiers that sentinels stand for",
  build: (example, tokenizer, options) => {
    checkIdentifiers(example);
    const codec = maskingCodecOf(tokenizer);
    const limits = resolveOptions(options);
    return buildFitting(example, codec, limits, "maskedIdentifierPrediction", (passage) =>
      maskIdentifiers(passage, example.identifiers, codec, limits.maxTargetLength),
    );
  },
};

function maskIdentifiers(
  { docstring, code }: Passage,
  identifiers: Int32Array,
  codec: TextCodec,
  maxTargetLength: number,
): Seq2SeqInstance | undefined {
  const occurrences = occurrencesIn(code.text, code.start, code.end, identifiers);
  const names = [...new Set(occurrences.map(({ name }) => name))];
  const hidden = names.map((name) => codec.encode(name));
  const kept = keepFitting(hidden, maxTargetLength, codec);
  if (kept.length === 0) return undefined;
  const sentinelOf = new Map(kept.map((index, sentinel) => [names[index]!, sentinel]));
  const masks = occurrences.flatMap(({ start, end, name }): Mask[] => {
    const sentinel = sentinelOf.get(name);
    return sentinel === undefined ? [] : [{ start, end, sentinel }];
  });
  const codeIds = encodeMasked(code, masks, codec);
  return {
    source: joinSource(codec.encode(textOf(docstring)), codeIds, codec),
    target: joinTarget(hidden, kept, codec),
  };
}

interface Occurrence {
  readonly start: number;
  readonly end: number;
  readonly name: string;
}

function occurrencesIn(
  code: string,
  from: number,
  to: number,
  identifiers: Int32Array,
): Occurrence[] {
  const found: Occurrence[] = [];
  for (let i = firstEndingAfter(identifiers, from); i < identifiers.length; i += 2) {
    const start = identifiers[i]!;
    const end = identifiers[i + 1]!;
    if (end > to) break;
    if (start >= from) found.push({ start, end, name: code.slice(start, end) });
  }
  return found;
}
