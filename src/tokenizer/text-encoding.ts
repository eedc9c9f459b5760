/** @file Pieces of a text to ids and offsets: UTF-8, words, tokens, and back to UTF-16 places. */
import type { TextPiece } from "./added-token.ts";
import type { PostProcessor, TokenizerDefinition } from "./definition.ts";
import { wordEnds } from "./isolating-split.ts";
import { needsSpace, spacedWordEnd } from "./metaspace.ts";
import { type WordEnd, wordEnd } from "./split.ts";
import { isWhiteSpace } from "./unicode-class.ts";
import { Utf8Buffer } from "./utf8-buffer.ts";
import { WordEncoder, type WordModel } from "./word-encoder.ts";

/** Where ids go; encoding stops soon after there are more than `limit`. */
export interface PieceSink {
  readonly ids: number[];
  readonly limit: number;
  readonly offsets?: [number, number][];
}

const spaceByte = 0x20;

/** Encodes pieces of texts with one model; holds the word cache and a byte buffer. */
export class TextEncoding {
  readonly #words: WordEncoder;
  readonly #needsSpace: (content: string, isFirst: boolean) => boolean;
  readonly #wordEnd: WordEnd;
  readonly #post: PostProcessor;
  readonly #utf8 = new Utf8Buffer();

  constructor(model: WordModel, definition: TokenizerDefinition) {
    this.#words = new WordEncoder(model);
    const { addPrefixSpace, metaspace } = definition;
    this.#needsSpace = metaspace
      ? (content, isFirst) => needsSpace(metaspace.prepend, content, isFirst)
      : (content) => addPrefixSpace && content.charCodeAt(0) !== spaceByte;
    this.#wordEnd = wordEndOf(definition);
    this.#post = definition.postProcessor;
  }

  /** Append the ids (and offsets) of one piece of `text`. */
  encodePiece(text: string, piece: TextPiece, sink: PieceSink): void {
    if (piece.token !== undefined) {
      sink.ids.push(piece.token.id);
      sink.offsets?.push(
        this.#post.trimOffsets ? trimmedPiece(text, piece, this.#post) : [piece.start, piece.end],
      );
      return;
    }
    const content = text.slice(piece.start, piece.end);
    const hasPrefix = this.#needsSpace(content, piece.start === 0);
    const length = this.#utf8.load(hasPrefix ? ` ${content}` : content);
    this.#encodeWords(length, hasPrefix ? piece.start - 1 : piece.start, piece.start, sink);
    this.#utf8.trim();
  }

  #encodeWords(length: number, firstUnit: number, minUnit: number, sink: PieceSink): void {
    const { bytes } = this.#utf8;
    const words = this.#words;
    const { ids, limit, offsets } = sink;
    let unit = firstUnit;
    for (let start = 0; start < length && ids.length <= limit; ) {
      const end = this.#wordEnd(bytes, start, length);
      words.encode(bytes, start, end);
      for (let i = words.from; i < words.to; i++) ids.push(words.ids[i]!);
      if (offsets !== undefined) {
        unit = pushOffsets(bytes, start, words, unit, offsets, this.#post, minUnit);
      }
      start = end;
    }
  }
}

/** Where words end; without a rule a piece is one word. */
function wordEndOf({ metaspace, splitPattern, useRegex }: TokenizerDefinition): WordEnd {
  if (splitPattern !== undefined) return wordEnds[splitPattern];
  if (useRegex) return wordEnd;
  return metaspace?.splits ? spacedWordEnd : (_bytes, _start, end) => end;
}

/**
 * Offsets of a word's tokens. A token that begins inside a character begins where the character does;
 * one that ends inside it ends where the character does.
 * @returns the UTF-16 unit after the word
 */
function pushOffsets(
  bytes: Uint8Array,
  start: number,
  words: WordEncoder,
  firstUnit: number,
  offsets: [number, number][],
  post: PostProcessor,
  minUnit: number,
): number {
  let unit = firstUnit;
  let characterUnit = firstUnit;
  let at = start;
  for (let i = words.from; i < words.to; i++) {
    const from = (bytes[at]! & 0xc0) === 0x80 ? characterUnit : unit;
    const end = at + words.lengths[i]!;
    const first = at;
    for (; at < end; at++) {
      const byte = bytes[at]!;
      if ((byte & 0xc0) === 0x80) continue;
      characterUnit = unit;
      unit += characterUnits(byte);
    }
    // a token that is only the prefix space covers the character after it, as in Hugging Face
    const to = unit === minUnit ? minUnit + characterUnits(bytes[end]!) : unit;
    const offset: [number, number] = [Math.max(from, minUnit), to];
    offsets.push(post.trimOffsets ? trimmed(offset, bytes, first, end, post) : offset);
  }
  return unit;
}

/** UTF-16 units of the character with this first byte. */
function characterUnits(lead: number): number {
  return lead >= 0xf0 ? 2 : 1;
}

/** Source: huggingface/tokenizers pre_tokenizers/byte_level.rs `process_offsets`. */
function trimmed(
  [from, to]: [number, number],
  bytes: Uint8Array,
  start: number,
  end: number,
  post: PostProcessor,
): [number, number] {
  let leading = 0;
  let trailing = 0;
  while (start + leading < end && bytes[start + leading] === spaceByte) leading++;
  const isAllSpace = start + leading === end;
  if (from === 0 && post.addPrefixSpace && leading === 1) leading = 0;
  if (isAllSpace) return leading === 0 ? [from, from] : [to, to];
  while (bytes[end - 1 - trailing] === spaceByte) trailing++;
  return [Math.min(from + leading, to), to - trailing];
}

function trimmedPiece(
  text: string,
  { start, end }: TextPiece,
  post: PostProcessor,
): [number, number] {
  let from = start;
  let to = end;
  while (from < end && isWhiteSpace(text.charCodeAt(from))) from++;
  while (to > from && isWhiteSpace(text.charCodeAt(to - 1))) to--;
  const isKept = start === 0 && post.addPrefixSpace && from === 1;
  return [isKept ? start : from, to];
}
