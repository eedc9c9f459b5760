/**
 * @file Hand-written scanners for the split patterns of Llama 3 and Qwen 2, over UTF-8 bytes. A file's regular
 * expression is never run: only these are known, so that no file can make splitting slow.
 */
import { characterLength, codePointAt, runEnd, spaceEnd, type WordEnd, wordEnd } from "./split.ts";
import { asciiClasses, classOf, LETTER, NUMBER, OTHER, SPACE } from "./unicode-class.ts";

const contraction = "(?i:'s|'t|'re|'ve|'m|'ll|'d)";
const rest = String.raw`| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`;
const words = String.raw`[^\r\n\p{L}\p{N}]?\p{L}+`;

/** Split patterns by name, as `tokenizer.json` spells them. */
export const splitPatterns = {
  gpt2: String.raw`'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`,
  llama3: String.raw`${contraction}|${words}|\p{N}{1,3}${rest}`,
  qwen2: String.raw`${contraction}|${words}|\p{N}${rest}`,
} as const;

export type SplitPattern = keyof typeof splitPatterns;

/** The scanner of each. */
export const wordEnds: Readonly<Record<SplitPattern, WordEnd>> = {
  gpt2: wordEnd,
  llama3: (bytes, start, end) => isolatedEnd(bytes, start, end, 3),
  qwen2: (bytes, start, end) => isolatedEnd(bytes, start, end, 1),
};

const apostrophe = 0x27;
const spaceByte = 0x20;
const isLineBreak = (byte: number | undefined) => byte === 0x0a || byte === 0x0d;

/** The pattern's alternatives, in its order; they leave no gap. Linear in the length of the word. */
function isolatedEnd(bytes: Uint8Array, start: number, end: number, mostDigits: number): number {
  const first = bytes[start]!;
  if (first === apostrophe) {
    const length = contractionLength(bytes, start, end);
    if (length > 0) return start + length;
  }
  const kind = classAt(bytes, start);
  if (kind === LETTER) return runEnd(bytes, start, end, LETTER);
  if (kind === NUMBER) return digitsEnd(bytes, start, end, mostDigits);
  const next = start + characterLength(first);
  if (next < end && !isLineBreak(first) && classAt(bytes, next) === LETTER) {
    return runEnd(bytes, next, end, LETTER);
  }
  if (kind === OTHER) return symbolsEnd(bytes, start, end);
  if (first === spaceByte && next < end && classAt(bytes, next) === OTHER) {
    return symbolsEnd(bytes, next, end);
  }
  return blankEnd(bytes, start, end);
}

function classAt(bytes: Uint8Array, at: number): number {
  const lead = bytes[at]!;
  return lead < 0x80 ? asciiClasses[lead]! : classOf(codePointAt(bytes, at));
}

/** Letter after the apostrophe to the letter that must follow it, 0 for none; lower case. */
const contractions: ReadonlyMap<number, readonly number[]> = new Map(
  Object.entries({ s: "", t: "", m: "", d: "", r: "e", v: "e", l: "l" }).map(([letter, then]) => [
    letter.charCodeAt(0),
    [...then].map((next) => next.charCodeAt(0)),
  ]),
);

const lowerCase = (byte: number) => (byte >= 0x41 && byte <= 0x5a ? byte + 0x20 : byte);

function contractionLength(bytes: Uint8Array, start: number, end: number): number {
  if (start + 1 >= end) return 0;
  // the long s is an s when case does not count
  if (bytes[start + 1] === 0xc5 && bytes[start + 2] === 0xbf) return 3;
  const then = contractions.get(lowerCase(bytes[start + 1]!));
  if (then === undefined) return 0;
  if (then.length === 0) return 2;
  return start + 2 < end && lowerCase(bytes[start + 2]!) === then[0] ? 3 : 0;
}

function digitsEnd(bytes: Uint8Array, start: number, end: number, most: number): number {
  let at = start;
  for (let count = 0; count < most && at < end && classAt(bytes, at) === NUMBER; count++) {
    at += characterLength(bytes[at]!);
  }
  return at;
}

/** `[^\s\p{L}\p{N}]+[\r\n]*` */
function symbolsEnd(bytes: Uint8Array, start: number, end: number): number {
  let at = runEnd(bytes, start, end, OTHER);
  while (at < end && isLineBreak(bytes[at])) at++;
  return at;
}

/** `\s*[\r\n]+`: up to the last line break of the run, and without one as GPT-2's. */
function blankEnd(bytes: Uint8Array, start: number, end: number): number {
  const run = runEnd(bytes, start, end, SPACE);
  for (let at = run - 1; at >= start; at--) if (isLineBreak(bytes[at])) return at + 1;
  return spaceEnd(bytes, start, end);
}
