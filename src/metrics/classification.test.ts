import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { golden } from "../../test/metric-goldens.ts";
import {
  accuracy,
  alwaysPositiveF1,
  binaryScores,
  confusion,
  macroScores,
  matthewsCorrelation,
  weightedScores,
} from "./classification.ts";

// 3 true positives, 1 false positive, 2 false negatives, 4 true negatives
const labels = [1, 1, 1, 0, 1, 1, 0, 0, 0, 0];
const predictions = [1, 1, 1, 1, 0, 0, 0, 0, 0, 0];

test("confusion: the four counts", () => {
  expect(confusion(predictions, labels)).toEqual({
    truePositives: 3,
    falsePositives: 1,
    falseNegatives: 2,
    trueNegatives: 4,
  });
});

test("binary, macro and weighted scores: worked by hand", () => {
  const one = { precision: 3 / 4, recall: 3 / 5, f1: 6 / 9 };
  const zero = { precision: 4 / 6, recall: 4 / 5, f1: 8 / 11 };
  const mean = (key: "precision" | "recall" | "f1") => (one[key] + zero[key]) / 2;
  expect(binaryScores(predictions, labels)).toEqual(one);
  const macro = macroScores(predictions, labels);
  expect([macro.precision, macro.recall, macro.f1]).toBeAllclose(
    [mean("precision"), mean("recall"), mean("f1")],
    { rtol: 1e-15 },
  );
  expect(weightedScores(predictions, labels).f1).toBeCloseTo(mean("f1"), 12); // five of each
  expect(accuracy(predictions, labels)).toBe(0.7);
});

test("weightedScores: classes count by their labels, a class only predicted by nothing", () => {
  const scores = weightedScores([0, 0, 1, 2], [0, 0, 0, 1]);
  expect(scores.recall).toBeCloseTo((3 / 4) * (2 / 3), 12);
  expect(scores.f1).toBeCloseTo((3 / 4) * (4 / 5), 12);
  expect(macroScores([0, 0, 1, 2], [0, 0, 0, 1]).f1).toBeCloseTo(4 / 5 / 3, 12);
});

test("matthewsCorrelation: worked by hand, and 0 for a constant answer", () => {
  expect(matthewsCorrelation(predictions, labels)).toBeCloseTo(
    (3 * 4 - 1 * 2) / Math.sqrt(4 * 5 * 5 * 6),
    12,
  );
  expect(matthewsCorrelation(labels, labels)).toBeCloseTo(1, 12);
  expect(
    matthewsCorrelation(
      labels.map((y) => 1 - y),
      labels,
    ),
  ).toBeCloseTo(-1, 12);
  expect(matthewsCorrelation([1, 1], [0, 1])).toBe(0);
});

test("scores are 0, not NaN, where nothing is predicted or nothing is there", () => {
  expect(binaryScores([0, 0], [0, 0])).toEqual({ precision: 0, recall: 0, f1: 0 });
});

test("alwaysPositiveF1: two thirds on a balanced set, and equal to F1 of all ones", () => {
  expect(alwaysPositiveF1([0, 1])).toBeCloseTo(2 / 3, 12);
  const labelLists = fc.array(fc.integer({ min: 0, max: 1 }), { minLength: 1 });
  fc.assert(
    fc.property(labelLists, (list) => {
      const { f1 } = binaryScores(
        list.map(() => 1),
        list,
      );
      expect(alwaysPositiveF1(list)).toBeCloseTo(f1, 12);
    }),
  );
  expect(() => alwaysPositiveF1([0, 2])).toThrow("must be 0 or 1");
});

test("the recall of weightedScores is the accuracy, whatever the classes", () => {
  const pairs = fc.array(fc.tuple(fc.nat(3), fc.nat(3)), { minLength: 1 });
  fc.assert(
    fc.property(pairs, (list) => {
      const predicted = list.map(([p]) => p);
      const actual = list.map(([, y]) => y);
      expect(weightedScores(predicted, actual).recall).toBeCloseTo(accuracy(predicted, actual), 12);
    }),
  );
});

test("wrong counts are refused by every score", () => {
  for (const score of [confusion, accuracy, binaryScores, macroScores, weightedScores]) {
    expect(() => score([1], [1, 0])).toThrow("do not pair up");
    expect(() => score([], [])).toThrow("nothing to score");
  }
});

interface Scores {
  precision: number;
  recall: number;
  f1: number;
  accuracy?: number;
}
interface Classification {
  clone_example: { y_true: number[]; y_pred: number[]; binary: Scores; macro: Scores };
  synthetic_2000: { y_true: string; y_pred: string; binary: Scores; macro: Scores };
  defect_example: { y_true: number[]; y_pred: number[]; accuracy: number };
}

describe.runIf(golden.exists)("goldens of the classification scores", () => {
  const want = golden.read("classification.json") as Classification;

  test.each(["clone_example", "synthetic_2000"] as const)("binary and macro: %s", (name) => {
    const row = want[name];
    const y = Array.from(row.y_true, Number);
    const p = Array.from(row.y_pred, Number);
    const list = ({ precision, recall, f1 }: Scores) => [precision, recall, f1];
    const atol = 1e-12;
    expect(list(binaryScores(p, y))).toBeAllclose(list(row.binary), { atol });
    expect(list(macroScores(p, y))).toBeAllclose(list(row.macro), { atol });
    expect(accuracy(p, y)).toBeCloseTo(row.binary.accuracy!, 12);
  });

  test("accuracy: the defect example", () => {
    const { y_true, y_pred, accuracy: value } = want.defect_example;
    expect(accuracy(y_pred, y_true)).toBe(value);
  });
});
