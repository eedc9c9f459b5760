/** @file Causal language modelling for an encoder and a decoder: continue code from a pivot. */
import { Random } from "../base/index.ts";
import type { Tokenizer } from "../tokenizer/index.ts";
import { joinSource, numTargetSpecials, type RestoredText, readSegments } from "./masked-text.ts";
import {
  checkIdentifiers,
  type ObjectiveExample,
  resolveOptions,
  type Seq2SeqInstance,
  type Seq2SeqObjective,
} from "./objective.ts";
import { around, headOf, headSegment, numSourceSpecials, tailOf } from "./passage.ts";
import { codecOf, type TextCodec } from "./text-codec.ts";
import { chunksOf, textOf } from "./word-ends.ts";

/**
 * A baseline: `<s> NL </s> code up to a pivot </s>` is read, `<s> the rest </s>` is written. The pivot
 * is a word's end, uniform between 10 % and 90 % of the words; the text nearest to it is kept on both
 * sides. Source: CodeT5+ (Wang et al. 2023) §3.1, the sequence-to-sequence variant, without its [CLM]
 * token. Code of fewer than two words gives no instance.
 */
export const causalLanguageModelling: Seq2SeqObjective = {
  kind: "seq2seq",
  name: "causalLanguageModelling",
  summary: "continue code from a pivot",
  build: (example, tokenizer, options) => {
    checkIdentifiers(example);
    const limits = resolveOptions(options);
    const instance = splitAtPivot(example, codecOf(tokenizer), limits);
    return instance === undefined ? [] : [instance];
  },
};

function splitAtPivot(
  example: ObjectiveExample,
  codec: TextCodec,
  limits: ReturnType<typeof resolveOptions>,
): Seq2SeqInstance | undefined {
  const random = new Random(limits.seed, "causalLanguageModelling");
  const sourceRoom = limits.maxSourceLength - numSourceSpecials;
  const targetRoom = limits.maxTargetLength - numTargetSpecials;
  const place = random.below(Math.max(1, example.code.length));
  const code = around(example.code, example.identifiers, place, sourceRoom + targetRoom);
  const numWords = code.wordEnds.length;
  if (numWords < 2) return undefined;
  const pivot = drawPivot(numWords, random);
  const rest = headOf(chunksOf(code, pivot, numWords), codec, targetRoom);
  if (rest.wordEnds.length === 0) return undefined;
  const prefix = codec.encode(textOf(tailOf(chunksOf(code, 0, pivot), codec, sourceRoom)));
  const docstringRoom = Math.max(sourceRoom - prefix.length, Math.floor(sourceRoom / 2));
  const docstring = codec.encode(
    textOf(headOf(headSegment(example.docstring, docstringRoom), codec, docstringRoom)),
  );
  const read = tailOf(chunksOf(code, 0, pivot), codec, sourceRoom - docstring.length);
  return {
    source: joinSource(docstring, codec.encode(textOf(read)), codec),
    target: [codec.bosId, ...codec.encode(textOf(rest)), codec.eosId],
  };
}

/** At least one word on either side. */
function drawPivot(numWords: number, random: Random): number {
  const least = Math.max(1, Math.ceil(numWords * 0.1));
  const most = Math.min(numWords - 1, Math.floor(numWords * 0.9));
  return least + random.below(Math.max(1, most - least + 1));
}

/** Docstring and code of an instance of causal language modelling: the target follows the source. */
export function restoreContinuation(
  { source, target }: Seq2SeqInstance,
  tokenizer: Tokenizer,
): RestoredText {
  const [docstring = "", read = ""] = readSegments(source, tokenizer);
  const [written = ""] = readSegments(target, tokenizer);
  return { docstring, code: read + written };
}
