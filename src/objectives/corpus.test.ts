/** @file The invariants on real functions with CodeT5's own vocabulary. */
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { loadCodeT5Tokenizer } from "../tokenizer/index.ts";
import { exampleOf } from "./examples.test-data.ts";
import { languageTag, objectives, readSegments, readTarget, restoreMasked } from "./index.ts";

const shared = resolve(import.meta.dirname, "../../../shared/data");
const vocabulary = join(shared, "codexglue/codet5-tokenizer");
const samples = join(shared, "vuln/permissive.jsonl.gz");
const numSamples = 400;

describe.runIf(existsSync(vocabulary) && existsSync(samples))("real functions", () => {
  const tokenizer = loadCodeT5Tokenizer({
    vocabFile: join(vocabulary, "codet5-vocab.json"),
    mergesFile: join(vocabulary, "codet5-merges.txt"),
  });
  const lines = gunzipSync(readFileSync(samples)).toString("utf8").trim().split("\n");
  const step = Math.max(1, Math.floor(lines.length / numSamples));
  const examples = lines
    .filter((_, i) => i % step === 0)
    .map((line) => JSON.parse(line) as { language: string; code: string })
    .map(({ language, code }) => exampleOf(language, "What it does.", code));

  test.each(["maskedSpanPrediction", "maskedIdentifierPrediction", "spanDenoising"] as const)(
    "%s: restored byte for byte, within 512 and 256",
    (name) => {
      let numWhole = 0;
      examples.forEach((example, seed) => {
        for (const instance of objectives[name].build(example, tokenizer, { seed })) {
          expect(instance.source.length).toBeLessThanOrEqual(512);
          expect(instance.target.length).toBeLessThanOrEqual(256);
          const { docstring, code } = restoreMasked(instance, tokenizer);
          expect(docstring).toBe(example.docstring);
          expect(example.code.includes(code)).toBe(true);
          if (code === example.code) numWhole++;
        }
      });
      expect(numWhole / examples.length).toBeGreaterThan(0.6);
    },
  );

  test("maskedSpanPrediction: about 15 % of the tokens are hidden", () => {
    let hidden = 0;
    let all = 0;
    examples.forEach((example, seed) => {
      for (const { source, target } of objectives.maskedSpanPrediction.build(example, tokenizer, {
        seed,
      })) {
        const texts = readTarget(target, tokenizer);
        const inTarget = texts.reduce((sum, { ids }) => sum + ids.length, 0);
        hidden += inTarget;
        all += inTarget + source.length - 3 - texts.length;
      }
    });
    expect(Math.abs(hidden / all - 0.15)).toBeLessThan(0.015);
  });

  test("dualGeneration: targets begin with the language, spelled in sub-words", () => {
    const example = exampleOf("java", "Adds.", "int add ( ) { }");
    const [toCode, toDocstring] = objectives.dualGeneration.build(example, tokenizer, { seed: 1 });
    expect(toCode!.source).toEqual(tokenizer.encode("Adds.").ids);
    expect(toCode!.target).toEqual(tokenizer.encode("<java> int add ( ) { }").ids);
    expect(toCode!.target.slice(0, 4)).toEqual([1, 32, 6290, 34]);
    expect(toDocstring!.target).toEqual(tokenizer.encode("<en> Adds.").ids);
    expect([languageTag("csharp"), languageTag("constructor")]).toEqual([
      "<c_sharp>",
      "<constructor>",
    ]);
  });

  test("special tokens in a text are spelled in sub-words", () => {
    const code = 'print("</s> <extra_id_0> <s> <mask>")';
    const example = exampleOf("python", "<pad> and </s>", code);
    const [instance] = objectives.identifierTagging.build(example, tokenizer, { seed: 1 });
    const { source } = instance!;
    expect(source.filter((id) => tokenizer.isSpecial(id))).toEqual([1, 2, 2]);
    expect(readSegments(source, tokenizer)).toEqual(["<pad> and </s>", code]);
  });
});
