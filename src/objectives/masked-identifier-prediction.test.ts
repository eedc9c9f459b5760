import fc from "fast-check";
import { expect, test } from "vitest";
import { anyExample, exampleOf, functions, tokenizerOf } from "./examples.test-data.ts";
import {
  type ObjectiveExample,
  objectives,
  readSegments,
  readTarget,
  restoreMasked,
} from "./index.ts";

const tokenizer = tokenizerOf();
const { build } = objectives.maskedIdentifierPrediction;
const wide = { maxSourceLength: 8192, maxTargetLength: 4096 };

function namesOf({ code, identifiers }: ObjectiveExample): string[] {
  const starts = Array.from(identifiers).filter((_, i) => i % 2 === 0);
  return starts.map((start, i) => code.slice(start, identifiers[2 * i + 1]));
}

test("maskedIdentifierPrediction: one sentinel for each identifier, at every occurrence, by first occurrence", () => {
  const example = exampleOf("java", "Adds a.", "int add(int a, int b) { return a + b.a; }");
  const [instance] = build(example, tokenizer, { seed: 1 });
  expect(readSegments(instance!.source, tokenizer)).toEqual([
    "Adds a.",
    "int <extra_id_0>(int <extra_id_1>, int <extra_id_2>) { return <extra_id_1> + <extra_id_2>.<extra_id_1>; }",
  ]);
  expect(readSegments(instance!.target, tokenizer)).toEqual([
    "<extra_id_0>add<extra_id_1>a<extra_id_2>b",
  ]);
});

test("maskedIdentifierPrediction: every occurrence is hidden by its name's sentinel, NL untouched", () => {
  fc.assert(
    fc.property(anyExample, fc.integer(), (example, seed) => {
      const names = namesOf(example);
      const distinct = [...new Set(names)].slice(0, 100);
      const instances = build(example, tokenizer, { seed, ...wide });
      expect(instances).toHaveLength(distinct.length > 0 ? 1 : 0);
      for (const { source, target } of instances) {
        const texts = readTarget(target, tokenizer).map(({ ids }) => tokenizer.decode(ids));
        expect(texts).toEqual(distinct);
        const sentinels = source
          .map((id) => tokenizer.sentinelIds.indexOf(id))
          .filter((sentinel) => sentinel >= 0);
        const expected = names.map((name) => distinct.indexOf(name)).filter((k) => k >= 0);
        expect(sentinels).toEqual(expected);
        expect(readSegments(source, tokenizer)[0]).toBe(example.docstring);
      }
    }),
    { numRuns: 300 },
  );
});

test("maskedIdentifierPrediction: beyond 100 identifiers the first 100 are masked, the rest stay", () => {
  const names = Array.from({ length: 130 }, (_, i) => `v${i}`);
  const example = exampleOf("c", "", names.concat(names).join(" + "));
  const [instance] = build(example, tokenizer, { seed: 1, ...wide });
  const texts = readTarget(instance!.target, tokenizer).map(({ ids }) => tokenizer.decode(ids));
  expect(texts).toEqual(names.slice(0, 100));
  expect(restoreMasked(instance!, tokenizer).code).toBe(example.code);
  expect(readSegments(instance!.source, tokenizer)[1]).toContain("+ v100 + v101");
});

test("maskedIdentifierPrediction: with a short target the identifiers that fit are masked, all their occurrences", () => {
  for (const example of functions) {
    const [instance] = build(example, tokenizer, { seed: 1, maxTargetLength: 16 });
    const masked = readTarget(instance!.target, tokenizer).map(({ ids }) => tokenizer.decode(ids));
    const [, code] = readSegments(instance!.source, tokenizer);
    for (const name of masked) {
      expect(namesOf(exampleOf("", "", code!.replaceAll(/<extra_id_\d+>/g, "0")))).not.toContain(
        name,
      );
    }
    expect(restoreMasked(instance!, tokenizer).code).toBe(example.code);
  }
});
