/** @file Where the words of a text end: the units that masking and cropping never cut. */

/**
 * A word is a run of letters, marks, digits, `_` and `$`, a run of operator characters, or one other
 * character that is not white space. UNSPECIFIED in the paper, whose words are those of a tokenized
 * data set: this is a language-independent reading of source text that comes close to its tokens.
 */
const word = /[\p{L}\p{M}\p{N}\p{Pc}$\u200c\u200d]+|[-+*/%=<>!&|^~?:.@#\\]+|[^\p{White_Space}]/gu;

/** Part of a text; chunk i, `[wordEnds[i - 1] ?? start, wordEnds[i])`, is a word and the white space before it. */
export interface Segment {
  readonly text: string;
  /** UTF-16 offsets in `text`. */
  readonly start: number;
  readonly end: number;
  /** Ascending offsets in `text`; white space after the last belongs to no word. */
  readonly wordEnds: readonly number[];
}

/** A whole text; an identifier is one word or part of one. */
export function wholeSegment(text: string, identifiers: Int32Array): Segment {
  return { text, start: 0, end: text.length, wordEnds: wordEndsOf(text, 0, identifiers) };
}

/** The whole words among `maxUnits` UTF-16 units from `from` on. */
export function segmentFrom(
  text: string,
  from: number,
  maxUnits: number,
  identifiers: Int32Array,
): Segment {
  const limit = Math.min(text.length, from + maxUnits);
  const to = cutsCharacter(text, limit) ? limit - 1 : limit;
  const at = cutsCharacter(text, from) ? from - 1 : from;
  const wordEnds = wordEndsOf(text.slice(at, to), at, identifiers);
  // the first word may be the rest of one, the last its beginning
  const start = from === 0 ? 0 : (wordEnds.shift() ?? to);
  if (to < text.length && wordEnds.at(-1) === to) wordEnds.pop();
  return { text, start, end: to === text.length ? to : (wordEnds.at(-1) ?? start), wordEnds };
}

/** Chunks `[first, last)` of a segment; with its last word goes the white space after it. */
export function chunksOf(segment: Segment, first: number, last: number): Segment {
  const { text, wordEnds } = segment;
  const start = first === 0 ? segment.start : wordEnds[first - 1]!;
  const end = last === wordEnds.length ? segment.end : (wordEnds[last - 1] ?? segment.start);
  return { text, start, end: Math.max(start, end), wordEnds: wordEnds.slice(first, last) };
}

/** A segment's text. */
export function textOf({ text, start, end }: Segment): string {
  return text.slice(start, end);
}

/** @param identifiers offsets in the whole text, in which `part` begins at `from` */
function wordEndsOf(part: string, from: number, identifiers: Int32Array): number[] {
  const ends: number[] = [];
  let next = firstEndingAfter(identifiers, from);
  word.lastIndex = 0;
  while (word.test(part)) {
    const end = from + word.lastIndex;
    while (next < identifiers.length && identifiers[next + 1]! <= end) next += 2;
    const isInside = next < identifiers.length && identifiers[next]! < end;
    if (!isInside || word.lastIndex === part.length) ends.push(end);
  }
  return ends;
}

/** Index of the first pair that ends after a place. */
export function firstEndingAfter(identifiers: Int32Array, place: number): number {
  let low = 0;
  let high = identifiers.length / 2;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (identifiers[middle * 2 + 1]! > place) high = middle;
    else low = middle + 1;
  }
  return low * 2;
}

/** Whether a place lies between the two halves of a character. */
export function cutsCharacter(text: string, at: number): boolean {
  const unit = text.charCodeAt(at);
  if (!(unit >= 0xdc00 && unit < 0xe000) || at === 0) return false;
  const before = text.charCodeAt(at - 1);
  return before >= 0xd800 && before < 0xdc00;
}
