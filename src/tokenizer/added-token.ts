/** @file Added tokens: strings found in the text before any splitting, as Hugging Face's AddedToken. */
import { isWhiteSpace, isWordCharacter } from "./unicode-class.ts";

/** A token matched as a whole in the text; the names are Hugging Face's, camelCased. */
export interface AddedToken {
  readonly id: number;
  readonly content: string;
  /** Only where no word character touches it. */
  readonly singleWord: boolean;
  /** Takes the white space before it: CodeT5's sentinels do. */
  readonly lstrip: boolean;
  /** Takes the white space after it. */
  readonly rstrip: boolean;
  /** Looked for in a second pass, between the tokens that are not normalized. */
  readonly normalized: boolean;
  /** Left out by `decode(ids, { skipSpecialTokens: true })`. */
  readonly special: boolean;
}

/** A stretch of text, `[start, end)` in UTF-16 units; `token` is set when it is an added token. */
export interface TextPiece {
  readonly start: number;
  readonly end: number;
  readonly token?: AddedToken;
}

/** `[start, end)` in UTF-16 units, in order, not overlapping: no added token is seen in or across one. */
export type OrdinaryRanges = readonly (readonly [start: number, end: number])[];

/** Cuts a text at its added tokens; the pieces cover it in order, none is empty. */
export type TextCutter = (text: string, ordinary?: OrdinaryRanges) => readonly TextPiece[];

interface TrieNode {
  readonly next: Map<number, TrieNode>;
  token?: AddedToken;
}

/**
 * Leftmost-longest matching, tokens that are not normalized first, then the others in what is left.
 * Source: huggingface/tokenizers added_vocabulary.rs `extract_and_normalize` (no normalizer).
 */
export function createTextCutter(tokens: readonly AddedToken[]): TextCutter {
  const passes = [false, true]
    .map((normalized) => tokens.filter((token) => token.normalized === normalized))
    .filter((group) => group.length > 0)
    .map(createPass);
  return (text, ordinary = []) => {
    let pieces: readonly TextPiece[] = text === "" ? [] : [{ start: 0, end: text.length }];
    for (const pass of passes) {
      const cut = pass(text, ordinary);
      pieces = pieces.flatMap((piece) => (piece.token === undefined ? cut(piece) : piece));
    }
    return pieces;
  };
}

type CutPiece = (within: TextPiece) => TextPiece[];

function createPass(
  tokens: readonly AddedToken[],
): (text: string, ordinary: OrdinaryRanges) => CutPiece {
  const root = buildTrie(tokens);
  const firstUnits = [...root.next.keys()].map((unit) => `\\u${hex4(unit)}`);
  const candidate = new RegExp(`[${firstUnits.join("")}]`, "g");
  return (text, ordinary) => {
    const search = createSearch(candidate, text);
    const isOrdinary = createRangeCheck(ordinary);
    return (within) => cutPiece({ root, search, isOrdinary }, text, within);
  };
}

/** The first candidate at or after a place; asked with growing places it reads the text once. */
function createSearch(candidate: RegExp, text: string): (from: number) => number {
  let found = -1;
  return (from) => {
    if (found >= from) return found;
    candidate.lastIndex = from;
    found = candidate.test(text) ? candidate.lastIndex - 1 : text.length;
    return found;
  };
}

/** Whether a stretch touches a range; asked with growing places it reads the ranges once. */
function createRangeCheck(ranges: OrdinaryRanges): (start: number, end: number) => boolean {
  let at = 0;
  return (start, end) => {
    while (at < ranges.length && ranges[at]![1] <= start) at++;
    return at < ranges.length && ranges[at]![0] < end;
  };
}

interface Pass {
  readonly root: TrieNode;
  readonly search: (from: number) => number;
  readonly isOrdinary: (start: number, end: number) => boolean;
}

function cutPiece(
  { root, search, isOrdinary }: Pass,
  text: string,
  within: TextPiece,
): TextPiece[] {
  const pieces: TextPiece[] = [];
  let done = within.start;
  let start = search(within.start);
  while (start < within.end) {
    const found = longestMatch(root, text, start, within.end);
    const isText = found !== undefined && isOrdinary(start, start + found.content.length);
    const token = isText ? undefined : found;
    if (token !== undefined && standsAlone(token, text, start, within)) {
      const piece = stripped(token, text, start, done, within.end);
      if (done < piece.start) pieces.push({ start: done, end: piece.start });
      pieces.push(piece);
      done = piece.end;
    }
    start = search(start + (token?.content.length ?? 1));
  }
  if (done < within.end) pieces.push({ start: done, end: within.end });
  return pieces;
}

function buildTrie(tokens: readonly AddedToken[]): TrieNode {
  const root: TrieNode = { next: new Map() };
  for (const token of tokens) {
    let node = root;
    for (let i = 0; i < token.content.length; i++) {
      const unit = token.content.charCodeAt(i);
      const child: TrieNode = node.next.get(unit) ?? { next: new Map() };
      node.next.set(unit, child);
      node = child;
    }
    node.token = token;
  }
  return root;
}

function hex4(unit: number): string {
  return unit.toString(16).padStart(4, "0");
}

function longestMatch(
  root: TrieNode,
  text: string,
  start: number,
  end: number,
): AddedToken | undefined {
  let node: TrieNode | undefined = root;
  let longest: AddedToken | undefined;
  for (let i = start; i < end; i++) {
    node = node.next.get(text.charCodeAt(i));
    if (node === undefined) break;
    longest = node.token ?? longest;
  }
  return longest;
}

function standsAlone(token: AddedToken, text: string, start: number, within: TextPiece): boolean {
  if (!token.singleWord) return true;
  const end = start + token.content.length;
  const wordBefore = start > within.start && isWordCharacter(codePointBefore(text, start));
  const wordAfter = end < within.end && isWordCharacter(text.codePointAt(end)!);
  return !wordBefore && !wordAfter;
}

function codePointBefore(text: string, end: number): number {
  const pair = end >= 2 ? text.codePointAt(end - 2)! : 0;
  return pair > 0xffff ? pair : text.charCodeAt(end - 1);
}

function stripped(
  token: AddedToken,
  text: string,
  start: number,
  done: number,
  limit: number,
): TextPiece {
  let from = start;
  let to = start + token.content.length;
  if (token.lstrip) while (from > done && isWhiteSpace(text.charCodeAt(from - 1))) from--;
  if (token.rstrip) while (to < limit && isWhiteSpace(text.charCodeAt(to))) to++;
  return { start: from, end: to, token };
}
