/** @file The objectives of models with one stack: what is read, what is predicted, in which shares. */
import { expect, test } from "vitest";
import { Tokenizer } from "../tokenizer/index.ts";
import { functions, tokenizerOf } from "./examples.test-data.ts";
import { notTagged, objectives } from "./index.ts";

const tokenizer = tokenizerOf();
const example = functions.find(({ docstring }) => docstring !== "")!;

test("nextTokenPrediction: every token but the first is scored, at its own place", () => {
  const [instance] = objectives.nextTokenPrediction.build(example, tokenizer, { seed: 1 });
  const { source, labels } = instance!;
  expect(labels).toEqual([notTagged, ...source.slice(1)]);
  const text = tokenizer.decode(source);
  expect(text).toBe(`<s>${example.docstring}</s>${example.code}</s>`);
});

test("maskedLanguageModelling: 15 % are predicted; 80 % of them hidden, 10 % replaced, 10 % kept", () => {
  const { maskId, bosId, eosId } = tokenizer;
  const counts = { tokens: 0, predicted: 0, hidden: 0, kept: 0 };
  const [unmasked] = objectives.nextTokenPrediction.build(example, tokenizer, { seed: 1 });
  const whole = unmasked!.source;
  for (let seed = 0; seed < 150; seed++) {
    const [instance] = objectives.maskedLanguageModelling.build(example, tokenizer, { seed });
    const { source, labels } = instance!;
    expect(source).toHaveLength(whole.length);
    const isEdge = (i: number) => whole[i] === bosId || whole[i] === eosId;
    const places = source.flatMap((_, i) => (isEdge(i) ? [] : [i]));
    const predicted = places.filter((i) => labels[i] !== notTagged);
    const seen = source.map((id, i) => (predicted.includes(i) ? whole[i] : id));
    expect(seen).toEqual(whole);
    expect(predicted.map((i) => labels[i])).toEqual(predicted.map((i) => whole[i]));
    expect(labels.filter((label) => label !== notTagged)).toHaveLength(predicted.length);
    counts.tokens += places.length;
    counts.predicted += predicted.length;
    counts.hidden += predicted.filter((i) => source[i] === maskId).length;
    counts.kept += predicted.filter((i) => source[i] === whole[i]).length;
  }
  expect(counts.predicted / counts.tokens).toBeCloseTo(0.15, 1);
  expect(counts.hidden / counts.predicted).toBeCloseTo(0.8, 1);
  expect(counts.kept / counts.predicted).toBeCloseTo(0.1, 1);
});

test("maskedLanguageModelling: a tokenizer without <mask> is refused", () => {
  const { mask: _mask, ...specialTokens } = tokenizer.definition.specialTokens;
  const bare = new Tokenizer({ ...tokenizer.definition, specialTokens });
  const { build } = objectives.maskedLanguageModelling;
  expect(() => build(example, bare, { seed: 1 })).toThrow("lacks special tokens");
});
