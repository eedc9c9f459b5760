import { expect, test } from "vitest";
import { type AddedToken, createTextCutter } from "./added-token.ts";

const plain = { singleWord: false, lstrip: false, rstrip: false, normalized: false, special: true };

function token(content: string, flags: Partial<AddedToken> = {}): AddedToken {
  return { id: content.length, content, ...plain, ...flags };
}

/** Pieces as text; added tokens in brackets. */
function cut(text: string, ...tokens: readonly AddedToken[]): string[] {
  return createTextCutter(tokens)(text).map((piece) => {
    const content = text.slice(piece.start, piece.end);
    return piece.token === undefined ? content : `[${content}]`;
  });
}

test("createTextCutter: pieces cover the text, none is empty", () => {
  expect(cut("<a>x<a><a>", token("<a>"))).toEqual(["[<a>]", "x", "[<a>]", "[<a>]"]);
  expect(cut("", token("<a>"))).toEqual([]);
  expect(cut("abc")).toEqual(["abc"]);
});

test("createTextCutter: the longest of the tokens that begin first wins", () => {
  expect(cut("x<ab>", token("<a"), token("<ab>"), token("ab>"))).toEqual(["x", "[<ab>]"]);
  expect(cut("x<abc", token("<a"), token("<ab>"), token("abc"))).toEqual(["x", "[<a]", "bc"]);
});

test("createTextCutter: white space before a sentinel is swallowed, but not what a token took already", () => {
  const sentinel = token("<k>", { lstrip: true });
  expect(cut("a \n\u3000<k> b", sentinel)).toEqual(["a", "[ \n\u3000<k>]", " b"]);
  const greedy = token("<r>", { rstrip: true });
  expect(cut("<r>  <k>", sentinel, greedy)).toEqual(["[<r>  ]", "[<k>]"]);
});

test("createTextCutter: a single word touches no letter, digit, mark or underscore", () => {
  const word = token("ab", { singleWord: true });
  expect(cut("ab ab. (ab)", word)).toEqual(["[ab]", " ", "[ab]", ". (", "[ab]", ")"]);
  for (const text of ["xab", "abx", "ab_", "1ab", "ab\u0301", "𝕏ab"])
    expect(cut(text, word)).toEqual([text]);
  expect(cut("🤗ab", word)).toEqual(["🤗", "[ab]"]);
});

test("createTextCutter: a word that is refused still hides what it covers", () => {
  expect(cut("aab", token("aa", { singleWord: true }), token("ab"))).toEqual(["aab"]);
});

test("createTextCutter: normalized tokens are looked for in what the others leave", () => {
  const tokens = [token("b<", { normalized: true }), token("<s>")];
  expect(cut("ab<s>b<", ...tokens)).toEqual(["ab", "[<s>]", "[b<]"]);
});

test("createTextCutter: many pieces and a second pass that finds nothing stay linear", () => {
  const text = "<s>".repeat(200_000);
  const pieces = createTextCutter([token("<s>"), token("zz", { normalized: true })])(`${text}x`);
  expect(pieces.length).toBe(200_001);
});

test("createTextCutter: tokens of several first characters, some outside the BMP", () => {
  expect(cut("a🤗]b[🤖", token("🤗"), token("]"), token("["))).toEqual([
    "a",
    "[🤗]",
    "[]]",
    "b",
    "[[]",
    "🤖",
  ]);
});
