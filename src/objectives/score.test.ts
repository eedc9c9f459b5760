import { expect, test } from "vitest";
import { exampleOf, functions, tokenizerOf } from "./examples.test-data.ts";
import {
  countTags,
  notTagged,
  objectives,
  restoreMasked,
  scoreSentinels,
  sentinelRates,
  sumTags,
  taggingScores,
} from "./index.ts";

const tokenizer = tokenizerOf();
const encode = (text: string) => tokenizer.encode(text).ids;
const target = encode("<extra_id_0>foo<extra_id_1> bar(<extra_id_2>baz");

test.each([
  ["the target itself", "<extra_id_0>foo<extra_id_1> bar(<extra_id_2>baz", 3, 3],
  ["white space at the ends", "<extra_id_0> foo<extra_id_1>bar( <extra_id_2>\nbaz ", 3, 3],
  ["white space inside", "<extra_id_0>foo<extra_id_1>bar (<extra_id_2>baz", 2, 3],
  ["another order", "<extra_id_2>baz<extra_id_0>foo<extra_id_1>bar(", 3, 3],
  ["one missing", "<extra_id_0>foo<extra_id_2>baz", 2, 2],
  ["one repeated", "<extra_id_0>foo<extra_id_0>x<extra_id_1>bar(<extra_id_2>baz", 3, 4],
  ["the first of repeated ones", "<extra_id_0>x<extra_id_0>foo<extra_id_1>bar(", 1, 3],
  ["swapped", "<extra_id_0>bar(<extra_id_1>foo<extra_id_2>baz", 1, 3],
  ["another sentinel", "<extra_id_0>foo<extra_id_1>bar(<extra_id_9>baz", 2, 3],
  ["no sentinel", "foo bar baz", 0, 0],
  ["nothing", "", 0, 0],
])("scoreSentinels: %s", (_, prediction, correct, predicted) => {
  const hasRightNumber = predicted === 3;
  const expected = { total: 3, correct, predicted, hasRightNumber };
  expect(scoreSentinels(encode(prediction), target, tokenizer)).toEqual(expected);
});

test("scoreSentinels: what generate returns is read: padding in front and behind, nothing after </s>", () => {
  const generated = [0, ...target, ...encode("<extra_id_3>x"), 0, 0, -100];
  const { correct, hasRightNumber } = scoreSentinels(generated, target, tokenizer);
  expect([correct, hasRightNumber]).toEqual([3, true]);
  // cut short before </s>
  const cut = scoreSentinels(generated.slice(0, target.length - 1), target, tokenizer);
  expect([cut.correct, cut.predicted]).toEqual([2, 3]);
});

test("scoreSentinels: an empty text is wrong, and restoreMasked keeps a sentinel without a text", () => {
  const prediction = encode("<extra_id_0><extra_id_1>bar(");
  expect(scoreSentinels(prediction, target, tokenizer).correct).toBe(1);
  const source = encode("</s>a <extra_id_1> <extra_id_2>");
  expect(restoreMasked({ source, target: prediction }, tokenizer).code).toBe("abar(<extra_id_2>");
});

test("restoreMasked: the first text of a sentinel counts, as in scoreSentinels", () => {
  const source = encode("</s>a<extra_id_0>;");
  const prediction = encode("<extra_id_0> first<extra_id_0> second");
  expect(restoreMasked({ source, target: prediction }, tokenizer).code).toBe("a first;");
});

test("sentinelRates: accuracy over sentinels, right numbers over predictions", () => {
  const scores = ["<extra_id_0>foo", "<extra_id_0>foo<extra_id_1>bar(<extra_id_2>baz", ""].map(
    (prediction) => scoreSentinels(encode(prediction), target, tokenizer),
  );
  expect(sentinelRates(scores)).toEqual({ accuracy: 4 / 9, rightNumber: 1 / 3 });
  expect(sentinelRates([])).toEqual({ accuracy: 0, rightNumber: 0 });
});

test("sentinelRates: every instance predicts itself", () => {
  for (const { build } of [
    objectives.maskedSpanPrediction,
    objectives.maskedIdentifierPrediction,
  ]) {
    const scores = functions.map((example) => {
      const [instance] = build(example, tokenizer, { seed: 5 });
      return scoreSentinels(instance!.target, instance!.target, tokenizer);
    });
    expect(sentinelRates(scores)).toEqual({ accuracy: 1, rightNumber: 1 });
  }
});

test("countTags: counts by hand, what is not tagged left out", () => {
  const labels = [notTagged, 1, 1, 0, 0, 1, 0, notTagged];
  const counts = countTags([1, 1, 0, 0, 1, 1, 0, 0], labels);
  expect(counts).toEqual({
    truePositives: 2,
    falsePositives: 1,
    falseNegatives: 1,
    trueNegatives: 2,
  });
  expect(taggingScores(counts)).toEqual({ precision: 2 / 3, recall: 2 / 3, f1: 4 / 6 });
  expect(() => countTags([1], [1, 0])).toThrow("do not pair up");
});

test("sumTags: counts add up for each language", () => {
  const one = countTags([1, 0], [1, 1]);
  const sums = sumTags([
    ["go", one],
    ["java", countTags([1], [0])],
    ["go", one],
  ]);
  expect([...sums.keys()]).toEqual(["go", "java"]);
  expect(sums.get("go")).toEqual({
    truePositives: 2,
    falsePositives: 0,
    falseNegatives: 2,
    trueNegatives: 0,
  });
  expect(taggingScores(sums.get("java")!)).toEqual({ precision: 0, recall: 0, f1: 0 });
  const { build } = objectives.identifierTagging;
  const [instance] = build(exampleOf("c", "", "a = b"), tokenizer, { seed: 1 });
  expect(taggingScores(countTags(instance!.labels, instance!.labels)).f1).toBe(1);
});
