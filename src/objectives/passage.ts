/** @file The part of an example that fits a source: all of it, or a window of its code. */
import { Random } from "../base/index.ts";
import type { ObjectiveExample } from "./objective.ts";
import type { TextCodec } from "./text-codec.ts";
import { chunksOf, type Segment, segmentFrom, textOf, wholeSegment } from "./word-ends.ts";

/** What is read of an example. */
export interface Passage {
  /** The beginning of the docstring, or all of it. */
  readonly docstring: Segment;
  /** A window of the code, or all of it. */
  readonly code: Segment;
}

/** `<s> NL </s> PL </s>` */
export const numSourceSpecials = 3;

/** A text longer than this many UTF-16 units per token of room is not tokenized as a whole. */
const maxUnitsPerToken = 16;

const noIdentifiers = new Int32Array(0);

/**
 * Build from the whole example if the source fits, else from windows of its code until it does. The
 * window's place is drawn from the seed, so that epochs with seeds of their own see all of a long
 * function; the docstring gives up its end first, but never more than leaves it half of the source.
 * UNSPECIFIED in the paper; CodeT5's scripts cut the end.
 * @param stream name of the random stream; each attempt begins it anew
 * @param attempt undefined when there is nothing to learn from the passage
 */
export function buildFitting<Instance extends { readonly source: readonly number[] }>(
  example: ObjectiveExample,
  codec: TextCodec,
  options: { readonly seed: number; readonly maxSourceLength: number },
  stream: string,
  attempt: (passage: Passage, random: Random) => Instance | undefined,
): readonly Instance[] {
  const { seed, maxSourceLength } = options;
  const size = example.docstring.length + example.code.length;
  let room = maxSourceLength - numSourceSpecials;
  for (let isWhole = size <= room * maxUnitsPerToken; room > 0; isWhole = false) {
    const random = new Random(seed, stream);
    const passage = isWhole ? wholePassage(example) : crop(example, codec, room, random);
    const instance = attempt(passage, random);
    if (instance === undefined) return [];
    const excess = instance.source.length - maxSourceLength;
    if (excess <= 0) return [instance];
    // a mask may cut what was one token: ask for as many fewer, unless the whole was tried
    if (!isWhole) room -= excess;
  }
  return [];
}

function wholePassage({ docstring, code, identifiers }: ObjectiveExample): Passage {
  return {
    docstring: wholeSegment(docstring, noIdentifiers),
    code: wholeSegment(code, identifiers),
  };
}

function crop(example: ObjectiveExample, codec: TextCodec, room: number, random: Random): Passage {
  const code = nearby(example.code, example.identifiers, room, random);
  const codeLength = codec.encode(textOf(code)).length;
  const docstringRoom = Math.max(room - codeLength, Math.floor(room / 2));
  const docstring = headOf(headSegment(example.docstring, room), codec, docstringRoom);
  const codeRoom = room - codec.encode(textOf(docstring)).length;
  return { docstring, code: drawWindow(code, codeLength, codec, codeRoom, random) };
}

/** All of a text, or a stretch of it from a place drawn at random, long enough for `room` tokens. */
export function nearby(
  text: string,
  identifiers: Int32Array,
  room: number,
  random: Random,
): Segment {
  const maxUnits = room * maxUnitsPerToken;
  const from = text.length > maxUnits ? random.below(text.length - maxUnits + 1) : 0;
  return segmentFrom(text, from, maxUnits, identifiers);
}

/** The beginning of a text, long enough for `room` tokens. */
export function headSegment(text: string, room: number): Segment {
  return segmentFrom(text, 0, room * maxUnitsPerToken, noIdentifiers);
}

/** @param length tokens of the segment */
function drawWindow(
  segment: Segment,
  length: number,
  codec: TextCodec,
  room: number,
  random: Random,
): Segment {
  if (length <= room) return segment;
  const numWords = segment.wordEnds.length;
  // the latest place from which about `room` tokens follow, were they spread evenly over the words
  const latest = Math.floor(numWords * (1 - room / length));
  let window = chunksOf(segment, 0, 0);
  // a word that alone is too long is passed over
  for (let first = random.below(latest + 1); first < numWords; first++) {
    window = headOf(chunksOf(segment, first, numWords), codec, room);
    if (window.wordEnds.length > 0) break;
  }
  return window;
}

/** The longest beginning, in whole words, of at most `room` tokens. */
export function headOf(segment: Segment, codec: TextCodec, room: number): Segment {
  const { offsets, truncated } = codec.encodeWithOffsets(textOf(segment), room);
  if (!truncated) return segment;
  const reached = segment.start + (offsets.at(-1)?.[1] ?? 0);
  // white space after the last word goes before any word does
  const words = { ...segment, end: segment.wordEnds.at(-1) ?? segment.start };
  let head = chunksOf(words, 0, countUpTo(segment.wordEnds, reached));
  while (head.wordEnds.length > 0 && codec.encode(textOf(head)).length > room) {
    head = chunksOf(head, 0, head.wordEnds.length - 1);
  }
  return head;
}

/** The longest end, in whole words, of at most `room` tokens. */
export function tailOf(segment: Segment, codec: TextCodec, room: number): Segment {
  const { offsets } = codec.encodeWithOffsets(textOf(segment));
  if (offsets.length <= room) return segment;
  const from = segment.start + offsets[offsets.length - room - 1]![1];
  const numWords = segment.wordEnds.length;
  // chunk i begins where word i - 1 ends
  let first = countUpTo(segment.wordEnds, from - 1) + 1;
  let tail = chunksOf(segment, Math.min(first, numWords), numWords);
  while (first < numWords && codec.encode(textOf(tail)).length > room) {
    first++;
    tail = chunksOf(segment, first, numWords);
  }
  return tail;
}

function countUpTo(ascending: readonly number[], limit: number): number {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (ascending[middle]! <= limit) low = middle + 1;
    else high = middle;
  }
  return low;
}
