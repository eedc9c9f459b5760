/** @file The invariant of every objective: a target together with its input restores the original. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Tokenizer } from "../tokenizer/index.ts";
import { anyExample, anyOptions, functions, tokenizerOf } from "./examples.test-data.ts";
import {
  languageTag,
  type ObjectiveExample,
  objectives,
  readSegments,
  readTagged,
  readTarget,
  restoreContinuation,
  restoreMasked,
  type Seq2SeqInstance,
} from "./index.ts";

const tokenizer = tokenizerOf();
const fewSentinels = tokenizerOf(3);
const masking = [
  objectives.maskedSpanPrediction,
  objectives.maskedIdentifierPrediction,
  objectives.spanDenoising,
];

function expectWindowOf(restored: { docstring: string; code: string }, example: ObjectiveExample) {
  expect(example.docstring.startsWith(restored.docstring)).toBe(true);
  expect(example.code).toContain(restored.code);
}

/** Sentinels of the source in order of first appearance, and of the target. */
function sentinelsOf({ source, target }: Seq2SeqInstance, using = tokenizer) {
  const known = new Map(using.sentinelIds.map((id, k) => [id, k]));
  const inSource = source.flatMap((id) => known.get(id) ?? []);
  const inTarget = readTarget(target, using).map(({ sentinel }) => sentinel);
  return { inSource: [...new Set(inSource)], inTarget, numInSource: inSource.length };
}

describe.each(masking)("$name", ({ build, name }) => {
  test.each(functions)("a $language function is restored from source and target", (example) => {
    for (let seed = 0; seed < 50; seed++) {
      const [instance] = build(example, tokenizer, { seed });
      const { docstring, code } = example;
      expect(restoreMasked(instance!, tokenizer)).toEqual({ docstring, code });
    }
  });

  test("any text is restored, or a window of it when it is cropped", () => {
    fc.assert(
      fc.property(anyExample, anyOptions, (example, options) => {
        for (const instance of build(example, tokenizer, options)) {
          const restored = restoreMasked(instance, tokenizer);
          expectWindowOf(restored, example);
          const long = { ...options, maxSourceLength: 4096, maxTargetLength: 4096 };
          const [whole] = build(example, tokenizer, long);
          const { docstring, code } = example;
          expect(restoreMasked(whole!, tokenizer)).toEqual({ docstring, code });
        }
      }),
      { numRuns: 300 },
    );
  });

  test("limits hold, and every sentinel of the source has its text in the target and the reverse", () => {
    fc.assert(
      fc.property(anyExample, anyOptions, fc.boolean(), (example, options, isFew) => {
        const using = isFew ? fewSentinels : tokenizer;
        for (const instance of build(example, using, options)) {
          const { source, target } = instance;
          expect(source.length).toBeLessThanOrEqual(options.maxSourceLength);
          expect(target.length).toBeLessThanOrEqual(options.maxTargetLength);
          const { inSource, inTarget, numInSource } = sentinelsOf(instance, using);
          expect(inTarget).toEqual(Array.from({ length: inTarget.length }, (_, k) => k));
          expect(inSource).toEqual(inTarget);
          expect(inTarget.length).toBeGreaterThan(0);
          if (name !== "maskedIdentifierPrediction") expect(numInSource).toBe(inTarget.length);
        }
      }),
      { numRuns: 300 },
    );
  });

  test("source and target are framed as CodeT5 frames them, whatever the text", () => {
    fc.assert(
      fc.property(anyExample, anyOptions, (example, options) => {
        for (const { source, target } of build(example, tokenizer, options)) {
          const specials = (ids: readonly number[]) =>
            ids.filter((id) => tokenizer.isSpecial(id) && !tokenizer.sentinelIds.includes(id));
          expect(specials(source)).toEqual([1, 2, 2]);
          expect(specials(target)).toEqual([1, 2]);
          expect([source[0], source.at(-1), target[0], target.at(-1)]).toEqual([1, 2, 1, 2]);
          expect(target[1]).toBe(tokenizer.sentinelIds[0]);
        }
      }),
      { numRuns: 200 },
    );
  });
});

test("causalLanguageModelling: the target continues the source", () => {
  const { build } = objectives.causalLanguageModelling;
  fc.assert(
    fc.property(anyExample, anyOptions, (example, options) => {
      for (const instance of build(example, tokenizer, options)) {
        expectWindowOf(restoreContinuation(instance, tokenizer), example);
        expect(instance.source.length).toBeLessThanOrEqual(options.maxSourceLength);
        expect(instance.target.length).toBeLessThanOrEqual(options.maxTargetLength);
        expect(readSegments(instance.target, tokenizer)[0]).toMatch(/\P{White_Space}/u);
      }
    }),
    { numRuns: 300 },
  );
  for (const example of functions) {
    for (let seed = 0; seed < 20; seed++) {
      const [instance] = build(example, tokenizer, { seed });
      const { docstring, code } = example;
      expect(restoreContinuation(instance!, tokenizer)).toEqual({ docstring, code });
    }
  }
});

test("dualGeneration: source and tagged target hold the pair, both ways", () => {
  for (const example of functions) {
    const instances = objectives.dualGeneration.build(example, tokenizer, { seed: 1 });
    const { docstring, code, language } = example;
    if (docstring === "") {
      expect(instances).toEqual([]);
      continue;
    }
    const [toCode, toDocstring] = instances;
    expect(readSegments(toCode!.source, tokenizer)).toEqual([docstring]);
    expect(readTagged(toCode!.target, tokenizer)).toEqual({
      tag: languageTag(language),
      text: code,
    });
    expect(readSegments(toDocstring!.source, tokenizer)).toEqual([code]);
    expect(readTagged(toDocstring!.target, tokenizer)).toEqual({ tag: "<en>", text: docstring });
  }
});

test("dualGeneration: any pair within the limits, text that looks like a tag included", () => {
  fc.assert(
    fc.property(anyExample, anyOptions, (example, options) => {
      const instances = objectives.dualGeneration.build(example, tokenizer, options);
      for (const [i, { source, target }] of instances.entries()) {
        expect(source.length).toBeLessThanOrEqual(options.maxSourceLength);
        expect(target.length).toBeLessThanOrEqual(options.maxTargetLength);
        const [from, to] =
          i === 0 ? [example.docstring, example.code] : [example.code, example.docstring];
        expect(from.startsWith(readSegments(source, tokenizer)[0] ?? "")).toBe(true);
        const { tag, text } = readTagged(target, tokenizer);
        if (tag !== undefined) expect(to.startsWith(text)).toBe(true);
      }
    }),
    { numRuns: 200 },
  );
});

test("dualGeneration: when the end is cut, white space goes before words do", () => {
  const words = "one two three four";
  const room = tokenizer.encode(words).ids.length;
  const example = { ...functions[0]!, docstring: words + "\n \t".repeat(40) };
  const options = { seed: 1, maxSourceLength: room };
  const [instance] = objectives.dualGeneration.build(example, tokenizer, options);
  expect(readSegments(instance!.source, tokenizer)).toEqual([words]);
});

test("objectives: a tokenizer that puts a space before every text puts none between pieces", () => {
  const prefixing = new Tokenizer({ ...tokenizer.definition, addPrefixSpace: true });
  for (const { build } of masking) {
    for (const example of functions) {
      const [instance] = build(example, prefixing, { seed: 2 });
      const { docstring, code } = example;
      expect(restoreMasked(instance!, prefixing)).toEqual({ docstring, code });
    }
  }
});
