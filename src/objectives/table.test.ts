/** @file What holds for every objective: pure, bounded, deaf to hostile input. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Tokenizer } from "../tokenizer/index.ts";
import { anyExample, anyOptions, exampleOf, functions, tokenizerOf } from "./examples.test-data.ts";
import { type ObjectiveName, objectives } from "./index.ts";

const tokenizer = tokenizerOf();
const names = Object.keys(objectives) as ObjectiveName[];

test("objectives: each row bears the name it is found by", () => {
  for (const name of names) expect(objectives[name].name).toBe(name);
});

describe.each(names)("%s", (name) => {
  const { build } = objectives[name];

  test("the same example and seed give the same instances, in any order and from any tokenizer alike", () => {
    const once = functions.map((example, seed) => build(example, tokenizer, { seed }));
    const other = tokenizerOf();
    const again = functions
      .map((example, seed) => ({ example, seed }))
      .toReversed()
      .map(({ example, seed }) => build(example, other, { seed }));
    expect(again.toReversed()).toEqual(once);
    fc.assert(
      fc.property(anyExample, anyOptions, (example, options) => {
        expect(build(example, tokenizer, options)).toEqual(build(example, tokenizer, options));
      }),
      { numRuns: 40 },
    );
  });

  test("a very long function is cropped, in no more time than a window takes", () => {
    const { code, docstring } = functions[0]!;
    const example = exampleOf("java", docstring.repeat(2000), code.repeat(2000));
    const start = performance.now();
    for (let seed = 0; seed < 20; seed++) {
      const instances = build(example, tokenizer, { seed, maxSourceLength: 128 });
      expect(instances.length).toBeGreaterThan(0);
      for (const { source } of instances) {
        expect(source.length).toBeLessThanOrEqual(128);
        expect(source.length).toBeGreaterThan(60);
      }
    }
    expect(performance.now() - start).toBeLessThan(5000);
  });

  test.each([
    ["one word of many letters", "a".repeat(3e5)],
    ["white space alone", " ".repeat(3e5)],
    ["NUL bytes", "\0".repeat(2e5)],
    ["brackets", "(".repeat(2e5)],
    ["special tokens", "<extra_id_0></s>".repeat(2e4)],
    ["lone surrogates", "\ud83e \udd17".repeat(2e4)],
  ])("hostile code, %s, neither crashes nor exceeds the limits", (_, code) => {
    const identifiers = new Int32Array(0);
    for (const docstring of ["", code]) {
      const example = { language: "c", docstring, code, identifiers };
      for (const { source } of build(example, tokenizer, { seed: 1 })) {
        expect(source.length).toBeLessThanOrEqual(512);
      }
    }
  });

  test("a bad length is refused", () => {
    for (const bad of [0, 7, 12.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      const options = { seed: 1, maxSourceLength: bad };
      expect(() => build(functions[0]!, tokenizer, options)).toThrow("bad maxSourceLength");
    }
  });

  test("a tokenizer without <s> and </s> is refused", () => {
    const bare = new Tokenizer({ ...tokenizer.definition, specialTokens: {} });
    expect(() => build(functions[0]!, bare, { seed: 1 })).toThrow("lacks special tokens");
  });
});

test.each(["maskedSpanPrediction", "maskedIdentifierPrediction", "spanDenoising"] as const)(
  "%s: a tokenizer without sentinels is refused",
  (name) => {
    const { build } = objectives[name];
    expect(() => build(functions[0]!, tokenizerOf(0), { seed: 1 })).toThrow("lacks special tokens");
  },
);

test.each([
  ["an end without a start", [1]],
  ["an empty range", [1, 1]],
  ["ranges that overlap", [0, 2, 1, 3]],
  ["ranges out of order", [3, 4, 0, 1]],
  ["an end beyond the code", [0, 99]],
  ["a negative start", [-1, 2]],
  ["half a character", [5, 6]],
])("objectives: identifiers are refused: %s", (_, ranges) => {
  const identifiers = Int32Array.from(ranges);
  const example = { language: "c", docstring: "", code: "a = '🤗'", identifiers };
  for (const name of ["maskedSpanPrediction", "identifierTagging"] as const) {
    expect(() => objectives[name].build(example, tokenizer, { seed: 1 })).toThrow(
      "bad identifier range",
    );
  }
});

test("objectives: windows of a long function reach every part of it over seeds", () => {
  const lines = Array.from({ length: 300 }, (_, i) => `v${i} = f(${i});`);
  const example = exampleOf("c", "", lines.join("\n"));
  const seen = new Set<string>();
  for (let seed = 0; seed < 200; seed++) {
    const options = { seed, maxSourceLength: 100 };
    const [instance] = objectives.identifierTagging.build(example, tokenizer, options);
    for (const [name] of tokenizer.decode(instance!.source).matchAll(/v\d+/g)) seen.add(name);
  }
  expect(seen.size).toBeGreaterThan(290);
});
