import fc from "fast-check";
import { expect, test } from "vitest";
import { extractIdentifiers, loadGrammar, obfuscate, restore } from "./index.ts";

/** Pairs of the words of a text. */
function wordPairs(source: string): Int32Array {
  const matches = [...source.matchAll(/[a-z_0-9]+/g)];
  return Int32Array.from(matches.flatMap(({ 0: word, index }) => [index, index + word.length]));
}

test("obfuscate: one sentinel per distinct identifier, numbered by first occurrence", async () => {
  const source = "int add(int a, int b) { return a + b + add(b, a); }";
  const { identifiers } = extractIdentifiers(await loadGrammar("c"), source);
  expect(obfuscate(source, identifiers)).toEqual({
    text:
      "int <extra_id_0>(int <extra_id_1>, int <extra_id_2>) { " +
      "return <extra_id_1> + <extra_id_2> + <extra_id_0>(<extra_id_2>, <extra_id_1>); }",
    names: ["add", "a", "b"],
  });
});

test("obfuscate: identifiers beyond the limit stay, earlier ones are still replaced", () => {
  const { text, names } = obfuscate("a b c a", wordPairs("a b c a"), { limit: 2 });
  expect(text).toBe("<extra_id_0> <extra_id_1> c <extra_id_0>");
  expect(names).toEqual(["a", "b"]);
  expect(restore(text, names)).toBe("a b c a");
});

test("obfuscate: a number the source spells out is left to the source", () => {
  const source = "a <extra_id_0> b <extra_id_1>";
  const pairs = Int32Array.from([0, 1, 15, 16]);
  const { text, names } = obfuscate(source, pairs);
  expect(text).toBe("<extra_id_2> <extra_id_0> <extra_id_3> <extra_id_1>");
  expect(names).toEqual(["", "", "a", "b"]);
  expect(restore(text, names)).toBe(source);
});

test("restore: sentinels without a name, and what only looks like one, stay", () => {
  const text = "<extra_id_5> <extra_id_007> <extra_id_> <extra_id_0>";
  expect(restore(text, ["x"])).toBe("<extra_id_5> <extra_id_007> <extra_id_> x");
});

const pieces = fc.constantFrom(
  ...[
    "a",
    "b1",
    " ",
    "<",
    ">",
    "<extra_id_",
    "<extra_id_0>",
    "<extra_id_12>",
    "_0>",
    "extra_id_3",
    "$&",
    "é\n",
  ],
);

test("restore: undoes obfuscate for any text, any identifiers and any limit", () => {
  fc.assert(
    fc.property(
      fc.array(pieces, { maxLength: 40 }),
      fc.integer({ min: 0, max: 8 }),
      (words, limit) => {
        const source = words.join("");
        const { text, names } = obfuscate(source, wordPairs(source), { limit });
        expect(restore(text, names)).toBe(source);
        expect(names.length).toBeLessThanOrEqual(limit);
      },
    ),
    { numRuns: 1000 },
  );
});

test("restore: undoes obfuscate for identifiers cut anywhere", () => {
  fc.assert(
    fc.property(
      fc.array(pieces, { maxLength: 30 }),
      fc.array(fc.nat(60), { maxLength: 20 }),
      (words, cuts) => {
        const source = words.join("");
        const sorted = [...new Set(cuts.map((cut) => cut % (source.length + 1)))].sort(
          (a, b) => a - b,
        );
        const even = sorted.slice(0, sorted.length - (sorted.length % 2));
        const { text, names } = obfuscate(source, Int32Array.from(even));
        expect(restore(text, names)).toBe(source);
      },
    ),
    { numRuns: 1000 },
  );
});
