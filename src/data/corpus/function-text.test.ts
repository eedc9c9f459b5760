import fc from "fast-check";
import { expect, test } from "vitest";
import { functionText } from "./function-text.ts";

/** A function between `‹` and `›`, its docstring between `«` and `»`, identifiers between `[` and `]`. */
function cut(marked: string) {
  const identifiers: number[] = [];
  const at: Record<string, number> = {};
  let source = "";
  for (const character of marked) {
    if ("‹›«»".includes(character)) at[character] = source.length;
    else if ("[]".includes(character)) identifiers.push(source.length);
    else source += character;
  }
  const [start, end] = [at["‹"]!, at["›"]!];
  const [docStart, docEnd] = [at["«"] ?? start, at["»"] ?? start];
  const text = functionText(source, { start, end, docStart, docEnd, identifiers });
  const names: string[] = [];
  for (let i = 0; i < text.identifiers.length; i += 2) {
    names.push(text.code.slice(text.identifiers[i], text.identifiers[i + 1]));
  }
  return { code: text.code, names };
}

test("functionText: a docstring inside goes with its lines, indentation with the place", () => {
  const marked = `class A:
    ‹def [go](self, [x]):
        «"""Add one.

        More.
        """»

        if [x]:
            return [x] + 1
        return 0›
`;
  expect(cut(marked)).toEqual({
    code: "def go(self, x):\n\n    if x:\n        return x + 1\n    return 0",
    names: ["go", "x", "x", "x"],
  });
});

test("functionText: a docstring beside other code goes alone", () => {
  expect(cut('‹def [f](): «"Add."»; return [a]›')).toEqual({
    code: "def f(): return a",
    names: ["f", "a"],
  });
  expect(cut("‹fn [f]() {\n  «//! Adds.»\n  [g]()\n}›")).toEqual({
    code: "fn f() {\n  g()\n}",
    names: ["f", "g"],
  });
});

test("functionText: a docstring before the function is not in it", () => {
  expect(cut("  «/** Adds. */»\n  ‹int [f]() {\n    return [a];\n  }›\n")).toEqual({
    code: "int f() {\n  return a;\n}",
    names: ["f", "a"],
  });
});

test("functionText: lines without the indentation stay; carriage returns go", () => {
  expect(cut("\t‹int [f]() {\r\n#if A\r\n\t  [g]();\r\n\r\n \r\n\t}›\r\n")).toEqual({
    code: "int f() {\n#if A\n  g();\n\n \n}",
    names: ["f", "g"],
  });
  expect(cut("a; ‹int [f]() {\n    [g]();\n}›")).toEqual({
    code: "int f() {\n    g();\n}",
    names: ["f", "g"],
  });
});

test("functionText: identifiers are the same words, wherever lines and docstrings are", () => {
  const line = fc.tuple(
    fc.constantFrom("", "  ", "\t", "    "),
    fc.array(fc.stringMatching(/^[a-zé𝒙]{1,5}$/u), { maxLength: 4 }),
  );
  const lines = fc.array(line, { minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(lines, fc.nat(), fc.nat(), fc.constantFrom("\n", "\r\n"), (all, a, b, feed) => {
      const source = all.map(([indent, words]) => indent + words.join(" ")).join(feed);
      const lineSafe = (at: number) => (source[at - 1] === "\r" ? at - 1 : at);
      const [docStart, docEnd] = [a, b]
        .map((at) => lineSafe(at % (source.length + 1)))
        .sort((x, y) => x - y);
      const words = [...source.matchAll(/[^\s]+/gu)];
      const identifiers = words.flatMap((word) => [word.index, word.index + word[0].length]);
      const place = {
        start: 0,
        end: source.length,
        docStart: docStart!,
        docEnd: docEnd!,
        identifiers,
      };
      const { code, identifiers: moved } = functionText(source, place);
      expect(code.includes("\r")).toBe(false);
      const kept = words.filter(
        ({ index, 0: word }) =>
          docStart === docEnd || index + word.length <= docStart! || index >= docEnd!,
      );
      const names = [];
      for (let i = 0; i < moved.length; i += 2) names.push(code.slice(moved[i], moved[i + 1]));
      expect(names).toEqual(kept.map(([word]) => word));
    }),
  );
});
