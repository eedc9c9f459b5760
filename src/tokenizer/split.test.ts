import fc from "fast-check";
import { expect, test } from "vitest";
import { mixedText } from "./small.test-data.ts";
import { wordEnd } from "./split.ts";

const pattern =
  /'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\p{White_Space}\p{L}\p{N}]+|\p{White_Space}+(?!\P{White_Space})|\p{White_Space}+/gu;

function split(text: string): string[] {
  const bytes = Buffer.from(text);
  const words: string[] = [];
  for (let start = 0; start < bytes.length; ) {
    const end = wordEnd(bytes, start, bytes.length);
    words.push(bytes.toString("utf8", start, end));
    start = end;
  }
  return words;
}

test("wordEnd: agrees with the regular expression on any text", () => {
  const texts = fc.oneof(mixedText, fc.string({ unit: "grapheme" }), fc.string({ unit: "binary" }));
  fc.assert(
    fc.property(texts, (text) => {
      expect(split(text)).toEqual(text.match(pattern) ?? []);
    }),
    { numRuns: 3000 },
  );
});

test("wordEnd: the last white space of a run goes with the next word only if it is a space", () => {
  expect(split("a  b\n\n c\n\td  ")).toEqual(["a", " ", " b", "\n\n", " c", "\n", "\t", "d", "  "]);
});

test("wordEnd: contractions stand only at the start of a word", () => {
  expect(split("I'll 'tis don't!'s 'S x''re")).toEqual([
    "I",
    "'ll",
    " '",
    "tis",
    " don",
    "'t",
    "!'",
    "s",
    " '",
    "S",
    " x",
    "''",
    "re",
  ]);
});

test("wordEnd: U+0085 is white space and U+FEFF is not", () => {
  expect(split("a\u0085\u0085b\ufeff\ufeffc")).toEqual([
    "a",
    "\u0085",
    "\u0085",
    "b",
    "\ufeff\ufeff",
    "c",
  ]);
});

test("wordEnd: letters and numbers beyond the BMP are known", () => {
  expect(split("𝕏y𝟘1🤗")).toEqual(["𝕏y", "𝟘1", "🤗"]);
});
