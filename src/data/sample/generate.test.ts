import { expect, test } from "vitest";
import { ConfigError } from "../../base/index.ts";
import { generateFunctions, generateTranslationPairs } from "./index.ts";

const options = { seed: 7, count: 40, source: "java", target: "csharp" } as const;

test("generateTranslationPairs: a seed gives the same pairs again, another seed others", () => {
  const pairs = generateTranslationPairs(options);
  expect(generateTranslationPairs(options)).toEqual(pairs);
  const others = new Set(generateTranslationPairs({ ...options, seed: 8 }).map((p) => p.source));
  expect(pairs.filter((pair) => others.has(pair.source))).toEqual([]);
});

test("generateTranslationPairs: start continues the sequence where a shorter one ended", () => {
  const rest = generateTranslationPairs({ ...options, start: 15, count: 25 });
  expect(rest).toEqual(generateTranslationPairs(options).slice(15));
});

test("generateTranslationPairs: of 10,000 sources fewer than 0.2 % are repeated", () => {
  const pairs = generateTranslationPairs({ ...options, count: 10_000 });
  expect(pairs.length - new Set(pairs.map((pair) => pair.source)).size).toBeLessThan(20);
});

test("generateTranslationPairs: one line where both languages allow it, lines for Python", () => {
  for (const { source, target } of generateTranslationPairs(options)) {
    expect(`${source}${target}`).not.toContain("\n");
    expect(source).not.toBe(target);
  }
  const python = generateTranslationPairs({ ...options, target: "python" });
  expect(python.every((pair) => pair.target.includes("\n"))).toBe(true);
  const flat = { ...options, target: "python", layout: "line" } as const;
  expect(() => generateTranslationPairs(flat)).toThrow(ConfigError);
});

test("generateTranslationPairs: code has 120 tokens or fewer", () => {
  const pairs = generateTranslationPairs({ ...options, count: 1000 });
  const long = pairs.filter(({ source }) => source.match(/\w+|[^\s\w]/g)!.length > 120);
  expect(long.length).toBeLessThan(10);
});

test("generateFunctions: each in four languages, with a sentence about it", () => {
  for (const { code, description } of generateFunctions({ seed: 2, count: 200 })) {
    expect(Object.keys(code).sort()).toEqual(["csharp", "java", "javascript", "python"]);
    expect(description).toMatch(/^[A-Z][^\n]*\.$/);
  }
});

test("generateFunctions: greater difficulty gives longer functions", () => {
  const sizes = ([1, 2, 3] as const).map((difficulty) => {
    const drawn = generateFunctions({ seed: 1, count: 300, difficulty });
    return drawn.reduce((sum, { code }) => sum + code.java.length, 0);
  });
  expect(sizes).toEqual([...sizes].sort((a, b) => a - b));
});

test("generateFunctions: a count that is no whole number is refused", () => {
  for (const count of [-1, 1.5, Number.NaN]) {
    expect(() => generateFunctions({ seed: 1, count })).toThrow(ConfigError);
  }
  expect(generateFunctions({ seed: 1, count: 0 })).toEqual([]);
});
