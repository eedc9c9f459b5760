import fc from "fast-check";
import { expect, test } from "vitest";
import { anyExample, exampleOf } from "./examples.test-data.ts";
import { chunksOf, type Segment, segmentFrom, textOf, wholeSegment } from "./word-ends.ts";

const none = new Int32Array(0);

function chunks(segment: Segment): string[] {
  return segment.wordEnds.map((end, i) => {
    return segment.text.slice(segment.wordEnds[i - 1] ?? segment.start, end);
  });
}

const wordsIn = (text: string, identifiers = none) => chunks(wholeSegment(text, identifiers));

test("wholeSegment: words are names, operators and single brackets, with the white space before them", () => {
  expect(wordsIn("foo_bar2 += $x->y();\n\tif (a==b) ")).toEqual(
    "foo_bar2| +=| $x|->|y|(|)|;|\n\tif| (|a|==|b|)".split("|"),
  );
  expect(wordsIn("naïve 你好 🤗🤗 x\u0300 '\u00a0Ⅷ")).toEqual(
    "naïve| 你好| 🤗|🤗| x\u0300| '|\u00a0Ⅷ".split("|"),
  );
  expect(wordsIn(" \n")).toEqual([]);
  expect(wordsIn("")).toEqual([]);
});

test("wholeSegment: an identifier is never cut", () => {
  const code = "x.empty? && `a b` = @size";
  expect(wordsIn(code)).toEqual("x|.|empty|?| &&| `|a| b|`| =| @|size".split("|"));
  const identifiers = Int32Array.of(0, 1, 2, 8, 12, 17, 20, 25);
  expect(wordsIn(code, identifiers)).toEqual("x|.|empty?| &&| `a b`| =| @size".split("|"));
});

test("segmentFrom: whole words only, however the text is cut", () => {
  fc.assert(
    fc.property(
      anyExample,
      fc.nat(),
      fc.integer({ min: 1, max: 60 }),
      ({ code, identifiers }, n, most) => {
        const from = n % (code.length + 1);
        const ends = wholeSegment(code, identifiers).wordEnds;
        const segment = segmentFrom(code, from, most, identifiers);
        expect(textOf(segment).length).toBeLessThanOrEqual(most);
        if (segment.wordEnds.length === 0) return;
        expect(segment.start === 0 || ends.includes(segment.start)).toBe(true);
        const inside = ends.filter((end) => end > segment.start && end <= segment.end);
        expect(segment.wordEnds).toEqual(inside);
        if (segment.end < code.length) expect(segment.end).toBe(inside.at(-1) ?? segment.start);
      },
    ),
    { numRuns: 500 },
  );
});

test("segmentFrom: a stretch inside one word has none", () => {
  const text = "a".repeat(100);
  expect(textOf(segmentFrom(text, 40, 20, none))).toBe("");
  expect(textOf(segmentFrom(text, 0, 20, none))).toBe("");
  expect(textOf(segmentFrom(`${text} b`, 90, 20, none))).toBe(" b");
});

test("chunksOf: parts of a segment join to the whole", () => {
  fc.assert(
    fc.property(anyExample, fc.nat(), ({ code, identifiers }, n) => {
      const segment = wholeSegment(code, identifiers);
      const cut = n % (segment.wordEnds.length + 1);
      const [left, right] = [
        chunksOf(segment, 0, cut),
        chunksOf(segment, cut, segment.wordEnds.length),
      ];
      // white space after the last word goes with the side that has it
      expect(textOf(left) + (cut === segment.wordEnds.length ? "" : textOf(right))).toBe(code);
      expect([...left.wordEnds, ...right.wordEnds]).toEqual(segment.wordEnds);
    }),
  );
  const { code, identifiers } = exampleOf("c", "", "a b ");
  expect(textOf(chunksOf(wholeSegment(code, identifiers), 1, 1))).toBe("");
});
