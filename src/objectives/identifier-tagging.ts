/** @file Identifier tagging: which tokens of code belong to identifiers (codet5.md §4.2; CodeT5 §3.2). */
import { append, joinSource } from "./masked-text.ts";
import {
  checkIdentifiers,
  notTagged,
  resolveOptions,
  type TaggingInstance,
  type TaggingObjective,
} from "./objective.ts";
import { buildFitting, type Passage } from "./passage.ts";
import { codecOf, type TextCodec } from "./text-codec.ts";
import { firstEndingAfter, textOf } from "./word-ends.ts";

/**
 * The unmasked source and a label for each of its tokens: 1 where a token of PL covers at least one
 * character of an identifier (a straddling token, such as `_(` after `foo`, included), 0 for other
 * tokens of PL, white space too, -100 for `<s>`, `</s>` and NL. UNSPECIFIED in the paper: every
 * sub-token of an identifier is labelled. Code without a word gives no instance.
 */
export const identifierTagging: TaggingObjective = {
  kind: "tagging",
  name: "identifierTagging",
  summary: "tell which tokens of code belong to identifiers",
  build: (example, tokenizer, options) => {
    checkIdentifiers(example);
    const codec = codecOf(tokenizer);
    const limits = resolveOptions(options);
    return buildFitting(example, codec, limits, "identifierTagging", (passage) =>
      tagIdentifiers(passage, example.identifiers, codec),
    );
  },
};

function tagIdentifiers(
  { docstring, code }: Passage,
  identifiers: Int32Array,
  codec: TextCodec,
): TaggingInstance | undefined {
  if (code.wordEnds.length === 0) return undefined;
  const docstringIds = codec.encode(textOf(docstring));
  const { ids, offsets } = codec.encodeWithOffsets(textOf(code));
  const labels = new Array<number>(docstringIds.length + 2).fill(notTagged);
  append(labels, labelTokens(offsets, code.start, identifiers));
  labels.push(notTagged);
  return { source: joinSource(docstringIds, ids, codec), labels };
}

/** @param offsets of the tokens, relative to `codeStart` */
function labelTokens(
  offsets: readonly (readonly [number, number])[],
  codeStart: number,
  identifiers: Int32Array,
): number[] {
  let next = firstEndingAfter(identifiers, codeStart);
  return offsets.map(([start, end]) => {
    while (next < identifiers.length && identifiers[next + 1]! <= codeStart + start) next += 2;
    return next < identifiers.length && identifiers[next]! < codeStart + end ? 1 : 0;
  });
}
