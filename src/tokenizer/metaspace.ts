/**
 * @file Text in SentencePiece's manner: characters instead of the byte alphabet, `▁` for spaces, bytes where
 * the vocabulary lacks a character. Llama 1 and 2, Mistral, Codestral.
 */

import type { Symbols } from "./merge.ts";
import { characterLength, codePointAt, type WordEnd } from "./split.ts";

/** What stands for a space in tokens; spelled as an escape, since it looks like an underscore. */
export const metaspaceCharacter = "\u2581";

/** Where a space is put before the text. */
export type Prepend =
  /** Nowhere. */
  | "never"
  /** Before the text, unless it begins with one or with an added token. */
  | "first"
  /** Before each piece between added tokens that does not begin with one. */
  | "always"
  /** Before each piece between added tokens, whatever it begins with. */
  | "every";

/** How texts become symbols, and tokens text. */
export interface Metaspace {
  readonly prepend: Prepend;
  /** Each space begins a word; false takes a piece as one word. */
  readonly splits: boolean;
  /** Characters that are no token are spelled in bytes: `<0x0A>`. */
  readonly byteFallback: boolean;
  readonly decoder: MetaspaceDecoder;
}

export interface MetaspaceDecoder {
  /** `<0x0A>` is a byte. */
  readonly byteFallback: boolean;
  /** Most spaces to drop at the start of the text. */
  readonly stripStart: number;
  /** The first token loses its spaces. */
  readonly stripsFirstToken: boolean;
}

/** Whether a space is put before a piece of text. @param isFirst the piece begins the text */
export function needsSpace(prepend: Prepend, content: string, isFirst: boolean): boolean {
  if (prepend === "never" || prepend === "every") return prepend === "every";
  const hasSpace = content.startsWith(" ") || content.startsWith(metaspaceCharacter);
  return !hasSpace && (prepend === "always" || isFirst);
}

const spaceByte = 0x20;

function isSpaceAt(bytes: Uint8Array, at: number): boolean {
  if (bytes[at] === spaceByte) return true;
  return bytes[at] === 0xe2 && bytes[at + 1] === 0x96 && bytes[at + 2] === 0x81;
}

/** Words begin at spaces. */
export const spacedWordEnd: WordEnd = (bytes, start, end) => {
  let at = start + characterLength(bytes[start]!);
  while (at < end && !isSpaceAt(bytes, at)) at += characterLength(bytes[at]!);
  return at;
};

/** What a vocabulary says of single characters and bytes. */
export interface CharacterModel {
  /** Id by code point; a space is {@link metaspaceCharacter}. */
  readonly characterIds: ReadonlyMap<number, number>;
  /** Id of each `<0x..>`; empty without byte fallback. */
  readonly byteIds: readonly (number | undefined)[];
  /** -1: characters without symbols are left out. */
  readonly unknownId: number;
  readonly fuseUnknown: boolean;
}

export function characterModel(
  idOf: (token: string) => number | undefined,
  tokens: Iterable<string>,
  byteFallback: boolean,
  unknown: { readonly unknownId: number; readonly fuseUnknown: boolean },
): CharacterModel {
  const characterIds = new Map<number, number>();
  for (const token of tokens) {
    const codePoint = token.codePointAt(0);
    if (codePoint === undefined || token.length !== (codePoint > 0xffff ? 2 : 1)) continue;
    characterIds.set(codePoint, idOf(token)!);
  }
  const space = idOf(metaspaceCharacter);
  // a space is never looked up as itself
  characterIds.delete(spaceByte);
  if (space !== undefined) characterIds.set(spaceByte, space);
  const byteIds = byteFallback
    ? Array.from({ length: 256 }, (_, byte) => idOf(byteToken(byte)))
    : [];
  return { characterIds, byteIds, ...unknown };
}

/** `<0x0A>` */
function byteToken(byte: number): string {
  return `<0x${byte.toString(16).toUpperCase().padStart(2, "0")}>`;
}

/**
 * One symbol per character; one without is spelled in bytes where all of them are tokens, else unknown.
 * Source: huggingface/tokenizers models/bpe/model.rs `merge_word`.
 */
export function fillCharacters(
  word: Symbols,
  model: CharacterModel,
  bytes: Uint8Array,
  start: number,
  end: number,
): void {
  const { ids, lengths } = word;
  let size = 0;
  let unknownLength = 0;
  let skipped = 0;
  const put = (id: number, length: number) => {
    ids[size] = id;
    lengths[size++] = skipped + length;
    skipped = 0;
  };
  // what has no token is counted to its neighbour
  const putUnknown = () => {
    if (unknownLength === 0) return;
    if (model.unknownId >= 0) put(model.unknownId, unknownLength);
    else if (size > 0) lengths[size - 1]! += unknownLength;
    else skipped += unknownLength;
    unknownLength = 0;
  };
  for (let at = start; at < end; ) {
    const length = Math.min(characterLength(bytes[at]!), end - at);
    const id = model.characterIds.get(codePointAt(bytes, at));
    const spelled = id === undefined ? spelling(model, bytes, at, length) : undefined;
    if (id !== undefined || spelled !== undefined || !model.fuseUnknown) putUnknown();
    if (id !== undefined) put(id, length);
    else if (spelled !== undefined) for (const byteId of spelled) put(byteId, 1);
    else unknownLength += length;
    at += length;
  }
  putUnknown();
  word.size = size;
}

function spelling(
  { byteIds }: CharacterModel,
  bytes: Uint8Array,
  at: number,
  length: number,
): readonly number[] | undefined {
  const spelled: number[] = [];
  for (let i = at; i < at + length; i++) {
    const id = byteIds[bytes[i]!];
    if (id === undefined) return undefined;
    spelled.push(id);
  }
  return spelled;
}

/** Tokens to text, one at a time. */
export class MetaspaceText {
  readonly #decoder: MetaspaceDecoder;
  #bytes: number[] = [];
  #isFirst = true;
  #toStrip: number;

  constructor(decoder: MetaspaceDecoder) {
    this.#decoder = decoder;
    this.#toStrip = decoder.stripStart;
  }

  /** The text that is certain with this token. */
  push(token: string): string {
    const byte = this.#decoder.byteFallback ? byteOf(token) : undefined;
    const isFirst = this.#isFirst;
    this.#isFirst = false;
    if (byte !== undefined) {
      this.#bytes.push(byte);
      return "";
    }
    const replacement = isFirst && this.#decoder.stripsFirstToken ? "" : " ";
    return this.#stripped(this.#spelled() + token.replaceAll(metaspaceCharacter, replacement));
  }

  /** What is left. */
  end(): string {
    return this.#stripped(this.#spelled());
  }

  /** The bytes since the last token that was none: a text, or as many U+FFFD where they are no UTF-8. */
  #spelled(): string {
    const bytes = Uint8Array.from(this.#bytes);
    this.#bytes = [];
    try {
      return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    } catch {
      return "\ufffd".repeat(bytes.length);
    }
  }

  /** The first spaces of the text are left out. */
  #stripped(text: string): string {
    let from = 0;
    while (this.#toStrip > 0 && text[from] === " ") {
      from++;
      this.#toStrip--;
    }
    if (from < text.length) this.#toStrip = 0;
    return text.slice(from);
  }
}

function byteOf(token: string): number | undefined {
  const digits = token.length === 6 ? /^<0x([0-9a-fA-F]{2})>$/.exec(token)?.[1] : undefined;
  return digits === undefined ? undefined : Number.parseInt(digits, 16);
}
