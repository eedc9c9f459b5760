import { describe, expect, test } from "vitest";
import type { CorpusSplit } from "../data/index.ts";
import { poolOf } from "./pool.ts";

/** A split of which only the languages matter. */
function splitOf(languages: readonly string[]): CorpusSplit {
  const language = (i: number) => languages[i]!;
  return { length: languages.length, language, numTokens: (i: number) => i } as CorpusSplit;
}

const many = (language: string, count: number) => new Array<string>(count).fill(language);
const mixed = splitOf([...many("java", 6400), ...many("rust", 100)]);

function shares(pool: ReturnType<typeof poolOf>): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const index of pool.epoch(1, 0)) {
    const language = pool.language(index);
    counts[language] = (counts[language] ?? 0) + 1;
  }
  return counts;
}

describe("pool", () => {
  test("pool: as it is, every function comes once an epoch", () => {
    const pool = poolOf([{ split: mixed, weight: 1 }]);
    expect([...pool.epoch(1, 0)].sort((a, b) => a - b)).toEqual(
      Array.from({ length: 6500 }, (_, i) => i),
    );
  });

  test("pool: an exponent raises small languages and keeps the length of an epoch", () => {
    const counts = shares(poolOf([{ split: mixed, weight: 1 }], { samplingExponent: 0.5 }));
    const ratio = counts.rust! / counts.java!;
    expect(ratio).toBeGreaterThan(0.9 / 8);
    expect(ratio).toBeLessThan(1.1 / 8);
    expect(counts.rust! + counts.java!).toBeGreaterThan(6500 * 0.98);
    expect(counts.rust! + counts.java!).toBeLessThan(6500 * 1.02);
  });

  test("pool: a language left out is gone, and the rest is numbered without gaps", () => {
    const parts = [
      { split: mixed, weight: 1 },
      { split: splitOf(["go", "java", "go"]), weight: 2 },
    ];
    const pool = poolOf(parts, { leaveOut: ["java"] });
    expect(pool.length).toBe(102);
    expect(pool.numTokens(0)).toBe(6400);
    expect(pool.numTokens(101)).toBe(2);
    expect(shares(pool)).toEqual({ rust: 100, go: 4 });
  });

  test("pool: a weight that is not positive is refused", () => {
    expect(() => poolOf([{ split: mixed, weight: 0 }])).toThrow(/weight/);
  });
});
