/** @file A hand-written scanner for GPT-2's split pattern, over UTF-8 bytes. */
import { asciiClasses, classOf, SPACE } from "./unicode-class.ts";

const spaceByte = 0x20;
const apostrophe = 0x27;

/** Second byte to the bytes that may follow it: 's 't 'm 'd, and 're 've 'll. */
const contractions: ReadonlyMap<number, number> = new Map([
  [0x73, 0],
  [0x74, 0],
  [0x6d, 0],
  [0x64, 0],
  [0x72, 0x65],
  [0x76, 0x65],
  [0x6c, 0x6c],
]);

/**
 * Where the word that begins at `start` ends. Words are the matches of
 * `'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`,
 * which leave no gap. Linear in the length of the word, whatever the text.
 * Source: openai/gpt-2 src/encoder.py; huggingface/tokenizers pre_tokenizers/byte_level.rs.
 * @param bytes well-formed UTF-8
 * @param start first byte of a character, below `end`
 * @param end where the text ends, for `(?!\S)`
 */
export function wordEnd(bytes: Uint8Array, start: number, end: number): number {
  const first = bytes[start]!;
  if (first === apostrophe) {
    const length = contractionLength(bytes, start, end);
    if (length > 0) return start + length;
  }
  const body = first === spaceByte && start + 1 < end ? start + 1 : start;
  const lead = bytes[body]!;
  const kind = lead < 0x80 ? asciiClasses[lead]! : classOf(codePointAt(bytes, body));
  return kind === SPACE ? spaceEnd(bytes, start, end) : runEnd(bytes, body, end, kind);
}

function contractionLength(bytes: Uint8Array, start: number, end: number): number {
  if (start + 1 >= end) return 0;
  const third = contractions.get(bytes[start + 1]!);
  if (third === undefined) return 0;
  if (third === 0) return 2;
  return start + 2 < end && bytes[start + 2] === third ? 3 : 0;
}

/** Where the run of characters of one class ends. */
export function runEnd(bytes: Uint8Array, start: number, end: number, kind: number): number {
  let at = start;
  while (at < end) {
    const lead = bytes[at]!;
    if (lead < 0x80) {
      if (asciiClasses[lead] !== kind) break;
      at++;
    } else {
      if (classOf(codePointAt(bytes, at)) !== kind) break;
      at += characterLength(lead);
    }
  }
  return at;
}

/** Where the word that begins at `start` ends; both are first bytes of characters, or the end. */
export type WordEnd = (bytes: Uint8Array, start: number, end: number) => number;

/** `\s+(?!\S)|\s+`: all of the run at the end of the text, else all but its last character. */
export function spaceEnd(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  let last = start;
  while (at < end) {
    const lead = bytes[at]!;
    const kind = lead < 0x80 ? asciiClasses[lead]! : classOf(codePointAt(bytes, at));
    if (kind !== SPACE) return last > start ? last : at;
    last = at;
    at += characterLength(lead);
  }
  return at;
}

/** Bytes of the character with this first byte. */
export function characterLength(lead: number): number {
  if (lead < 0x80) return 1;
  if (lead < 0xe0) return 2;
  return lead < 0xf0 ? 3 : 4;
}

export function codePointAt(bytes: Uint8Array, at: number): number {
  const lead = bytes[at]!;
  if (lead < 0x80) return lead;
  const second = bytes[at + 1]! & 0x3f;
  if (lead < 0xe0) return ((lead & 0x1f) << 6) | second;
  const third = bytes[at + 2]! & 0x3f;
  if (lead < 0xf0) return ((lead & 0x0f) << 12) | (second << 6) | third;
  return ((lead & 0x07) << 18) | (second << 12) | (third << 6) | (bytes[at + 3]! & 0x3f);
}
