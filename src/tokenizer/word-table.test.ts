import fc from "fast-check";
import { expect, test } from "vitest";
import { WordTable } from "./word-table.ts";

test("intern: numbers distinct words in order of arrival and keeps their bytes", () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 3 })), (words) => {
      const table = new WordTable();
      const known = new Map<string, number>();
      for (const word of words) {
        const name = word.join();
        const index = known.get(name) ?? known.size;
        known.set(name, index);
        expect(table.intern(word, 0, word.length)).toBe(index);
        expect(table.bytes.slice(table.starts[index]!, table.starts[index + 1]!)).toEqual(word);
      }
      expect(table.size).toBe(known.size);
    }),
  );
});

test("intern: tens of thousands of words are still told apart after growing, and none after clear", () => {
  const table = new WordTable();
  const words = Array.from({ length: 30_000 }, (_, i) => Buffer.from(`word ${i}`));
  words.forEach((word, i) => {
    expect(table.intern(word, 0, word.length)).toBe(i);
  });
  expect(words.every((word, i) => table.intern(word, 0, word.length) === i)).toBe(true);
  table.clear();
  expect(table.size).toBe(0);
  expect(table.intern(words[7]!, 0, words[7]!.length)).toBe(0);
});
