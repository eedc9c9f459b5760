import fc from "fast-check";
import { expect, test } from "vitest";
import { mergeSymbols } from "./merge.ts";
import { type MergeRule, MergeTable, NO_RANK } from "./merge-table.ts";

interface Token {
  readonly id: number;
  readonly length: number;
}

/** The definition, one merge at a time. */
function naiveMerge(ids: readonly number[], rules: readonly MergeRule[]): Token[] {
  let tokens = ids.map((id): Token => ({ id, length: 1 }));
  for (;;) {
    const ranks = tokens
      .slice(1)
      .map((token, i) =>
        rules.findIndex(({ left, right }) => left === tokens[i]!.id && right === token.id),
      );
    const lowest = Math.min(...ranks.filter((rank) => rank >= 0), rules.length);
    const at = ranks.indexOf(lowest);
    if (at < 0) return tokens;
    const length = tokens[at]!.length + tokens[at + 1]!.length;
    tokens = [
      ...tokens.slice(0, at),
      { id: rules[lowest]!.result, length },
      ...tokens.slice(at + 2),
    ];
  }
}

/** Rules over 3 bytes: each joins two ids that exist already, in a shuffled order of ranks. */
const ruleSets = fc
  .array(fc.tuple(fc.nat(), fc.nat()), { maxLength: 12 })
  .map((seeds) => {
    const rules = new Map<string, MergeRule>();
    seeds.forEach(([a, b]) => {
      const left = a % (3 + rules.size);
      const right = b % (3 + rules.size);
      const key = `${left} ${right}`;
      if (!rules.has(key)) rules.set(key, { left, right, result: 3 + rules.size });
    });
    const order = [...rules.values()];
    return order.map((_, i) => order[(i * 5 + seeds.length) % order.length]!);
  })
  .filter((rules) => new Set(rules).size === rules.length);

function merged(ids: readonly number[], rules: readonly MergeRule[]): Token[] {
  const symbols = {
    size: ids.length,
    ids: Int32Array.from(ids),
    lengths: new Int32Array(ids.length).fill(1),
  };
  mergeSymbols(symbols, new MergeTable(rules));
  return Array.from({ length: symbols.size }, (_, i) => {
    return { id: symbols.ids[i]!, length: symbols.lengths[i]! };
  });
}

test("mergeSymbols: short and long words equal one merge at a time, lowest rank and leftmost first", () => {
  const word = fc.array(fc.nat(2), { minLength: 1, maxLength: 90 });
  fc.assert(
    fc.property(word, ruleSets, (ids, rules) => {
      expect(merged(ids, rules)).toEqual(naiveMerge(ids, rules));
    }),
    { numRuns: 1000 },
  );
});

test("mergeSymbols: a million equal symbols take a moment, not a square of it", () => {
  const rules = Array.from({ length: 12 }, (_, i) => ({ left: i, right: i, result: i + 1 }));
  const tokens = merged(new Array(1_000_000).fill(0), rules);
  expect(tokens.reduce((sum, token) => sum + token.length, 0)).toBe(1_000_000);
  expect(tokens[0]).toEqual({ id: 12, length: 4096 });
}, 20_000);

test("MergeTable: pairs without a rule have no rank", () => {
  const table = new MergeTable([{ left: 1, right: 2, result: 3 }]);
  expect([table.rank(1, 2), table.rank(2, 1), table.rank(0, 0)]).toEqual([0, NO_RANK, NO_RANK]);
  expect(new MergeTable([]).rank(0, 0)).toBe(NO_RANK);
});
