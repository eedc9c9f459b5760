import fc from "fast-check";
import { expect, test } from "vitest";
import { Random } from "../base/index.ts";
import { byteCharacters } from "./byte-alphabet.ts";
import { type TrainProgress, trainTokenizer } from "./train.ts";

const pattern =
  /'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\p{White_Space}\p{L}\p{N}]+|\p{White_Space}+(?!\P{White_Space})|\p{White_Space}+/gu;

type Merges = readonly (readonly [string, string])[];

interface Recipe {
  readonly vocabSize: number;
  readonly minFrequency: number;
  readonly specialTokens: readonly string[];
}

/** Counts every pair of the whole corpus anew for each merge. */
function naiveMerges(texts: readonly string[], recipe: Recipe): Merges {
  const { vocabSize, minFrequency, specialTokens } = recipe;
  const tokens = [...specialTokens, ...byteCharacters.toSorted()];
  let words = texts.flatMap((text) => {
    const parts = text.match(pattern) ?? [];
    return parts.map((word) =>
      [...Buffer.from(word)].map((byte) => tokens.indexOf(byteCharacters[byte]!)),
    );
  });
  const merges: [string, string][] = [];
  while (tokens.length < vocabSize) {
    const counts = new Map<string, number>();
    for (const word of words) {
      word.slice(1).forEach((right, i) => {
        const key = `${word[i]} ${right}`;
        counts.set(key, (counts.get(key) ?? 0) + 1);
      });
    }
    const ranked = [...counts]
      .map(([key, count]) => ({ pair: key.split(" ").map(Number) as [number, number], count }))
      .sort((a, b) => b.count - a.count || a.pair[0] - b.pair[0] || a.pair[1] - b.pair[1]);
    const best = ranked[0];
    if (best === undefined || best.count < Math.max(minFrequency, 1)) break;
    const [left, right] = best.pair;
    merges.push([tokens[left]!, tokens[right]!]);
    tokens.push(tokens[left]! + tokens[right]!);
    words = words.map((word) => joinPairs(word, left, right, tokens.length - 1));
  }
  return merges;
}

function joinPairs(word: readonly number[], left: number, right: number, result: number): number[] {
  const joined: number[] = [];
  for (let i = 0; i < word.length; i++) {
    const isPair = word[i] === left && word[i + 1] === right;
    joined.push(isPair ? result : word[i]!);
    if (isPair) i++;
  }
  return joined;
}

const fewLetters = fc.string({
  unit: fc.constantFrom("a", "b", "c", " ", "é", "\n"),
  maxLength: 60,
});

test("trainTokenizer: the same merges as counting all pairs anew for each of them", () => {
  const recipes = fc.record({
    vocabSize: fc.integer({ min: 258, max: 300 }),
    minFrequency: fc.integer({ min: 0, max: 4 }),
    specialTokens: fc.constantFrom([], ["<s>", "</s>"]),
  });
  fc.assert(
    fc.property(fc.array(fewLetters, { maxLength: 8 }), recipes, (texts, recipe) => {
      const { definition } = trainTokenizer(texts, recipe);
      expect(definition.merges).toEqual(naiveMerges(texts, recipe));
    }),
    { numRuns: 300 },
  );
});

test("trainTokenizer: runs of one letter merge from the left, overlaps counted once merged", () => {
  const recipe = { vocabSize: 262, minFrequency: 1, specialTokens: [] };
  const texts = ["aaaaaaa aaaaa aaa", "aaaa"];
  expect(trainTokenizer(texts, recipe).definition.merges).toEqual(naiveMerges(texts, recipe));
});

test("trainTokenizer: special tokens, then all 256 bytes, then merges, then sentinels", () => {
  const tokenizer = trainTokenizer(["to be or not to be"], { minFrequency: 2, vocabSize: 500 });
  const tokens = Array.from({ length: tokenizer.vocabSize }, (_, id) => tokenizer.idToToken(id)!);
  expect(tokens.slice(0, 5)).toEqual(["<pad>", "<s>", "</s>", "<unk>", "<mask>"]);
  expect(tokens.slice(5, 261)).toEqual(byteCharacters.toSorted());
  expect(tokens.slice(261, -100)).toEqual(
    ["be", "to", "Ġbe"].sort((a, b) => tokens.indexOf(a) - tokens.indexOf(b)),
  );
  expect([tokens.at(-100), tokens.at(-1)]).toEqual(["<extra_id_99>", "<extra_id_0>"]);
  const everything = Buffer.from(Uint8Array.from({ length: 256 }, (_, i) => i)).toString("latin1");
  expect(tokenizer.decode(tokenizer.encodeIds(everything, { addSpecialTokens: false }))).toBe(
    everything,
  );
});

test("trainTokenizer: the text of a special token may become that token, at no cost in size", () => {
  const options = { minFrequency: 1, vocabSize: 260, specialTokens: ["abc"], numSentinels: 0 };
  const { definition, vocabSize } = trainTokenizer(["abc abc abc abcd"], options);
  expect(definition.merges.slice(0, 2)).toEqual([
    ["a", "b"],
    ["ab", "c"],
  ]);
  expect(definition.vocabulary.get("abc")).toBe(0);
  expect(vocabSize).toBe(260);
});

test("trainTokenizer: lines end words only on request", () => {
  const texts = ["a\n\n\nb\n\n\nc\n\n\n"];
  const options = { minFrequency: 2, specialTokens: [], vocabSize: 300 };
  expect(trainTokenizer(texts, options).definition.vocabulary.has("ĊĊ")).toBe(true);
  expect(trainTokenizer(texts, { ...options, useLines: true }).definition.merges).toEqual([]);
});

test("trainTokenizer: the order of texts does not matter", () => {
  const lines = ["int a = first;\n", "return first;\n", "int b = a + first;\n"];
  const options = { minFrequency: 1, vocabSize: 290 };
  const merges = (texts: readonly string[]) => trainTokenizer(texts, options).definition.merges;
  expect(merges(lines.toReversed())).toEqual(merges(lines));
});

test("trainTokenizer: no text at all gives the bytes", () => {
  expect(trainTokenizer([]).vocabSize).toBe(5 + 256 + 100);
});

test("trainTokenizer: tells its progress, bytes first, then tokens", () => {
  const seen: TrainProgress[] = [];
  trainTokenizer(["xyxyxy"], { minFrequency: 1, vocabSize: 263, onProgress: (p) => seen.push(p) });
  expect(seen).toEqual([
    { stage: "words", done: 6 },
    { stage: "merges", done: 263, total: 263 },
  ]);
});

test("trainTokenizer: bad options are refused", () => {
  const bad = [
    { vocabSize: 260 },
    { vocabSize: 1e9 },
    { vocabSize: 300.5 },
    { minFrequency: -1 },
    { minFrequency: Number.NaN },
    { numSentinels: -1 },
    { specialTokens: ["<s>", "<s>"] },
    { specialTokens: [""] },
  ];
  for (const options of bad) {
    expect(() => trainTokenizer(["x"], options)).toThrow(
      expect.objectContaining({ code: "tokenizer.train" }),
    );
  }
});

test("trainTokenizer: a long word without space costs no square of its length", () => {
  const random = new Random(7);
  const letters = Array.from({ length: 300_000 }, () => random.pick([..."abcdefgh"]));
  const tokenizer = trainTokenizer([letters.join("")], { vocabSize: 3000, minFrequency: 2 });
  expect(tokenizer.vocabSize).toBe(3100);
}, 20_000);
