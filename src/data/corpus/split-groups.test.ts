import fc from "fast-check";
import { expect, test } from "vitest";
import { splitCodes, splitGroups } from "./split-groups.ts";

/** Sizes given as `{ group: [functions per language] }`. */
function split(sizes: Readonly<Record<string, readonly number[]>>, shares = {}) {
  const groups = Object.keys(sizes);
  const all = {
    groups,
    languages: ["c", "go"],
    sizes: Uint32Array.from(Object.values(sizes).flat()),
  };
  const codes = splitGroups(all, { validation: 0.1, test: 0.1, seed: 1, ...shares });
  return Object.fromEntries(groups.map((group, i) => [group, codes[i]!]));
}

const many = Object.fromEntries(
  Array.from({ length: 100 }, (_, i) => [`src/g${i}`, i % 2 === 0 ? [10 + i, 0] : [3, 20 + i]]),
);

test("splitGroups: shares are kept per language, to within a group", () => {
  const codes = split(many);
  for (const language of [0, 1]) {
    const members = Object.entries(many).filter((_, i) => i % 2 === language);
    const size = (of: typeof members) => of.reduce((sum, [, [c, go]]) => sum + c! + go!, 0);
    for (const code of [splitCodes.validation, splitCodes.test]) {
      const share = size(members.filter(([name]) => codes[name] === code)) / size(members);
      expect(share).toBeGreaterThan(0.06);
      expect(share).toBeLessThanOrEqual(0.1);
    }
  }
});

test("splitGroups: the order of groups does not matter, the seed does", () => {
  const reversed = Object.fromEntries(Object.entries(many).reverse());
  expect(split(reversed)).toEqual(split(many));
  expect(split(many, { seed: 2 })).not.toEqual(split(many));
});

test("splitGroups: versions and copies of one project stay together", () => {
  const names = ["a/serde-1.0.1", "b/serde-1.0.2", "b/serde", "c/Serde@2.0.0-beta.1"];
  const scoped = ["a/@s/p", "b/@s/p", "b/@t/p"];
  for (let seed = 0; seed < 20; seed++) {
    const all = Object.fromEntries([...names, ...scoped].map((name) => [name, [5, 0]]));
    const codes = split({ ...all, ...many }, { seed });
    expect(new Set(names.map((name) => codes[name])).size).toBe(1);
    expect(codes["a/@s/p"]).toBe(codes["b/@s/p"]);
  }
});

test("splitGroups: a lone group, or one larger than the share, is trained on", () => {
  expect(split({ only: [100, 0] })).toEqual({ only: splitCodes.train });
  const codes = split({ large: [1_000, 0], small: [110, 0] });
  expect(codes).toEqual({ large: splitCodes.train, small: splitCodes.test });
});

test("splitGroups: every group gets a split, empty shares none", () => {
  const sizes = fc.dictionary(
    fc.stringMatching(/^[a-c]\/[a-z]{1,3}$/),
    fc.tuple(fc.nat(50), fc.nat(50)),
  );
  fc.assert(
    fc.property(sizes, (given) => {
      const codes = Object.values(split(given));
      expect(codes.every((code) => code >= 1 && code <= 3)).toBe(true);
      const none = Object.values(split(given, { validation: 0, test: 0 }));
      expect(none.every((code) => code === splitCodes.train)).toBe(true);
    }),
  );
});
