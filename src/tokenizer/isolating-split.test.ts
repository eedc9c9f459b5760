/** @file The scanners of Llama 3's and Qwen 2's patterns against the regular expressions. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { type SplitPattern, splitPatterns, wordEnds } from "./isolating-split.ts";
import { mixedText } from "./small.test-data.ts";

function split(text: string, pattern: SplitPattern): string[] {
  const bytes = Buffer.from(text);
  const words: string[] = [];
  for (let start = 0; start < bytes.length; ) {
    const end = wordEnds[pattern](bytes, start, bytes.length);
    words.push(bytes.toString("utf8", start, end));
    start = end;
  }
  return words;
}

/** In JavaScript's dialect: no flags within, and `\s` as Rust has it; the long s is an s without case. */
function expressionOf(pattern: SplitPattern): RegExp {
  const source = splitPatterns[pattern]
    .replace(/\(\?i:(.*?)\)/, "'[sS\u017f]|'[tT]|'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD]")
    .replaceAll("\\S", "\\P{White_Space}")
    .replaceAll("\\s", "\\p{White_Space}");
  return new RegExp(source, "gu");
}

const texts = fc.oneof(mixedText, fc.string({ unit: "grapheme" }), fc.string({ unit: "binary" }));

test.each(Object.keys(splitPatterns) as SplitPattern[])(
  "%s: as the expression, on any text",
  (name) => {
    const expression = expressionOf(name);
    fc.assert(
      fc.property(texts, (text) => {
        expect(split(text, name)).toEqual(text.match(expression) ?? []);
      }),
      { numRuns: 600 },
    );
  },
);

test("llama3: numbers by three digits, symbols with their line breaks, blanks up to the last line break", () => {
  const text = "x = 123456;\n\n\t\tfoo(a,  \n b)";
  expect(split(text, "llama3")).toEqual([
    "x",
    " =",
    " ",
    "123",
    "456",
    ";\n\n",
    "\t",
    "\tfoo",
    "(a",
    ",",
    "  \n",
    " b",
    ")",
  ]);
  expect(split("12345", "qwen2")).toEqual(["1", "2", "3", "4", "5"]);
  expect(split("I'LL don'T", "llama3")).toEqual(["I", "'LL", " don", "'T"]);
});

test("a long run of blanks or symbols is read once or twice, not for every character", () => {
  const text = `${" ".repeat(200_000)}\n${"=".repeat(200_000)}`;
  const start = process.cpuUsage();
  expect(split(text, "llama3").length).toBe(2);
  expect(process.cpuUsage(start).user / 1e6).toBeLessThan(2);
});
