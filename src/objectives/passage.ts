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
/** A text longer than this is unlikely to fit: source code has 3 to 4. */
const likelyUnitsPerToken = 6;

const noIdentifiers = new Int32Array(0);

/**
 * Build from the whole example if the source fits, else from windows of its code until it does. A
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
  for (let isWhole = size <= room * likelyUnitsPerToken; room > 0; isWhole = false) {
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
  const place = random.below(Math.max(1, example.code.length));
  const code = around(example.code, example.identifiers, place, room);
  const codeLength = codec.encode(textOf(code)).length;
  const docstringRoom = Math.max(room - codeLength, Math.floor(room / 2));
  const docstring = headOf(headSegment(example.docstring, room), codec, docstringRoom);
  const codeRoom = room - codec.encode(textOf(docstring)).length;
  return { docstring, code: windowAround(code, codeLength, codec, codeRoom, place) };
}

/** All of a text, or a stretch of it around a place, long enough for `room` tokens. */
export function around(
  text: string,
  identifiers: Int32Array,
  place: number,
  room: number,
): Segment {
  const maxUnits = room * maxUnitsPerToken;
  const latest = Math.max(0, text.length - maxUnits);
  return segmentFrom(text, middled(place, maxUnits, latest), maxUnits, identifiers);
}

/** The beginning of a text, long enough for `room` tokens. */
export function headSegment(text: string, room: number): Segment {
  return segmentFrom(text, 0, room * maxUnitsPerToken, noIdentifiers);
}

/** @param length tokens of the segment */
function windowAround(
  segment: Segment,
  length: number,
  codec: TextCodec,
  room: number,
  place: number,
): Segment {
  if (length <= room) return segment;
  const numWords = segment.wordEnds.length;
  // about as many words as fit, were the tokens spread evenly over them
  const size = Math.floor((numWords * room) / length);
  let window = chunksOf(segment, 0, 0);
  let first = middled(countUpTo(segment.wordEnds, place), size, numWords - size);
  // a word that alone is too long is passed over
  for (; first < numWords && window.wordEnds.length === 0; first++) {
    window = headOf(chunksOf(segment, first, numWords), codec, room);
  }
  return window;
}

/** Where a window with this place in its middle begins, if it fits there: both ends are seen as often as the rest. */
function middled(place: number, size: number, latest: number): number {
  return Math.max(0, Math.min(place - Math.floor(size / 2), latest));
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
