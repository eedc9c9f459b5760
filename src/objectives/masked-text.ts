/** @file Sentinels in place of text, the targets that name what they hide, and the way back. */
import type { Tokenizer } from "../tokenizer/index.ts";
import type { Seq2SeqInstance } from "./objective.ts";
import { codecOf, type TextCodec } from "./text-codec.ts";
import type { Segment } from "./word-ends.ts";

/** `[start, end)` of a segment's text, hidden by `<extra_id_k>`, k being `sentinel`. */
export interface Mask {
  readonly start: number;
  readonly end: number;
  readonly sentinel: number;
}

/** `<s>` and `</s>` of a target. */
export const numTargetSpecials = 2;

/** A segment's ids with sentinels in place of the masks, which are ascending and apart. */
export function encodeMasked(segment: Segment, masks: readonly Mask[], codec: TextCodec): number[] {
  const ids: number[] = [];
  let reached = segment.start;
  for (const { start, end, sentinel } of masks) {
    if (start > reached) append(ids, codec.encode(segment.text.slice(reached, start)));
    ids.push(codec.sentinelIds[sentinel]!);
    reached = end;
  }
  if (segment.end > reached) append(ids, codec.encode(segment.text.slice(reached, segment.end)));
  return ids;
}

/** `<s> NL </s> PL </s>`; NL may be empty, its `</s>` stays, so that code always follows the first `</s>`. */
export function joinSource(
  docstring: readonly number[],
  code: readonly number[],
  { bosId, eosId }: TextCodec,
): number[] {
  const ids = [bosId];
  append(ids, docstring);
  ids.push(eosId);
  append(ids, code);
  ids.push(eosId);
  return ids;
}

/**
 * Which hidden texts get a sentinel: in order, those that fit the target while sentinels last. The
 * others stay visible, so no sentinel is without its text and no text without its sentinel.
 * @param hidden ids of each text
 * @returns ascending indices; the i-th is hidden by `<extra_id_i>`
 */
export function keepFitting(
  hidden: readonly (readonly number[])[],
  maxTargetLength: number,
  codec: TextCodec,
): number[] {
  const kept: number[] = [];
  let length = numTargetSpecials;
  for (let i = 0; i < hidden.length && kept.length < codec.sentinelIds.length; i++) {
    const longer = length + 1 + hidden[i]!.length;
    if (longer > maxTargetLength) continue;
    length = longer;
    kept.push(i);
  }
  return kept;
}

/**
 * `<s> <extra_id_0> text 0 <extra_id_1> text 1 ... </s>`. UNSPECIFIED in the paper whether a last
 * sentinel closes the target as in T5's paper: none does, `</s>` ends it.
 */
export function joinTarget(
  hidden: readonly (readonly number[])[],
  kept: readonly number[],
  { bosId, eosId, sentinelIds }: TextCodec,
): number[] {
  const ids = [bosId];
  kept.forEach((index, sentinel) => {
    ids.push(sentinelIds[sentinel]!);
    append(ids, hidden[index]!);
  });
  ids.push(eosId);
  return ids;
}

/** Ids of `more` after those of `ids`; a spread would overflow the stack on long lists. */
export function append(ids: number[], more: readonly number[]): void {
  for (const id of more) ids.push(id);
}

/** What a target says of one sentinel. */
export interface SentinelText {
  /** k of `<extra_id_k>`. */
  readonly sentinel: number;
  readonly ids: readonly number[];
}

/**
 * A target's sentinels in its order, each with the ids that follow it. Reads what `generate` returns as
 * well: padding and `<s>` are passed over, the first `</s>` ends it, ids before a sentinel are lost.
 */
export function readTarget(target: readonly number[], tokenizer: Tokenizer): SentinelText[] {
  const { eosId, sentinelOf } = codecOf(tokenizer);
  const texts: { sentinel: number; ids: number[] }[] = [];
  for (const id of target) {
    if (id === eosId) break;
    const sentinel = sentinelOf.get(id);
    if (sentinel !== undefined) texts.push({ sentinel, ids: [] });
    else if (isText(id, tokenizer)) texts.at(-1)?.ids.push(id);
  }
  return texts;
}

/** The texts between the special tokens of a sequence: `<s> NL </s> PL </s>` gives NL and PL. */
export function readSegments(ids: readonly number[], tokenizer: Tokenizer): string[] {
  const { eosId, sentinelOf } = codecOf(tokenizer);
  const segments: number[][] = [[]];
  for (const id of ids) {
    if (id === eosId) segments.push([]);
    else if (sentinelOf.has(id) || isText(id, tokenizer)) segments.at(-1)!.push(id);
  }
  // what stands after the last </s> is padding, unless the sequence was cut short
  if (segments.at(-1)!.length === 0) segments.pop();
  return segments.map((segment) => tokenizer.decode(segment));
}

/** A passage in plain text. */
export interface RestoredText {
  readonly docstring: string;
  readonly code: string;
}

/**
 * The inverse of masking, for spans, identifiers and T5's spans alike: every sentinel of the source is
 * replaced by its text in the target. Exact, byte for byte, for an instance of an objective; with a
 * prediction as target, the first text of a sentinel counts and a sentinel without one stays.
 */
export function restoreMasked(
  { source, target }: Seq2SeqInstance,
  tokenizer: Tokenizer,
): RestoredText {
  const { sentinelOf } = codecOf(tokenizer);
  const hidden = new Map(
    readTarget(target, tokenizer)
      .toReversed()
      .map(({ sentinel, ids }) => [sentinel, ids]),
  );
  const restored: number[] = [];
  for (const id of source) append(restored, hidden.get(sentinelOf.get(id) ?? -1) ?? [id]);
  const [docstring = "", code = ""] = readSegments(restored, tokenizer);
  return { docstring, code };
}

function isText(id: number, tokenizer: Tokenizer): boolean {
  return id >= 0 && !tokenizer.isSpecial(id);
}
