/** @file The four character classes of GPT-2's split pattern, for every Unicode code point. */

/** Neither letter, number nor white space. */
export const OTHER = 0;
/** `\p{L}` */
export const LETTER = 1;
/** `\p{N}` */
export const NUMBER = 2;
/** `\s` of Rust and Python: `\p{White_Space}`, so U+0085 is in and U+FEFF is not. */
export const SPACE = 3;

const letter = /^\p{L}$/u;
const number = /^\p{N}$/u;
const whiteSpace = /^\p{White_Space}$/u;
const wordCharacter = /^[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\u200c\u200d]$/u;

const pageSize = 256;
// built on first use: most source text needs three or four of the 4,352 pages
const pages: (Uint8Array | undefined)[] = new Array(0x110000 / pageSize);

function slowClass(codePoint: number): number {
  const character = String.fromCodePoint(codePoint);
  if (letter.test(character)) return LETTER;
  if (number.test(character)) return NUMBER;
  return whiteSpace.test(character) ? SPACE : OTHER;
}

function buildPage(page: number): Uint8Array {
  const classes = Uint8Array.from({ length: pageSize }, (_, i) => slowClass(page * pageSize + i));
  pages[page] = classes;
  return classes;
}

/** Classes of U+0000 to U+007F (and on to U+00FF), indexed by code point. */
export const asciiClasses: Uint8Array = buildPage(0);

/** {@link OTHER}, {@link LETTER}, {@link NUMBER} or {@link SPACE}; surrogates are {@link OTHER}. */
export function classOf(codePoint: number): number {
  const page = pages[codePoint >>> 8] ?? buildPage(codePoint >>> 8);
  return page[codePoint & 0xff]!;
}

/** White space as Rust's `\s`; every such character is one UTF-16 unit. */
export function isWhiteSpace(codePoint: number): boolean {
  return classOf(codePoint) === SPACE;
}

/** Rust's Unicode `\w`: alphabetic, mark, decimal digit, connector punctuation or joiner. */
export function isWordCharacter(codePoint: number): boolean {
  return wordCharacter.test(String.fromCodePoint(codePoint));
}
