import { describe, expect, test } from "vitest";
import { golden, goldenInput } from "../../test/metric-goldens.ts";
import { computeBleu, corpusBleu } from "./corpus-bleu.ts";
import { exactMatch, exactMatchOfTokens } from "./exact-match.ts";
import { pythonLines, pythonSplit } from "./python-text.ts";

test("computeBleu: worked by hand", () => {
  // prediction "a b c", reference "a b d e": 2 of 3 unigrams, 1 of 2 bigrams, 0 of 1 trigrams
  const score = computeBleu([["a", "b", "c"]], [[["a", "b", "d", "e"]]], { maxOrder: 2 });
  expect(score.precisions).toBeAllclose([2 / 3, 1 / 2]);
  expect(score.brevityPenalty).toBeCloseTo(Math.exp(1 - 4 / 3), 12);
  expect(score.bleu).toBeCloseTo(Math.sqrt(1 / 3) * Math.exp(-1 / 3), 12);
  expect(score).toMatchObject({ predictionLength: 3, referenceLength: 4, lengthRatio: 0.75 });
});

test("computeBleu: smoothing adds one to every order, unigrams included", () => {
  const { precisions } = computeBleu([["a", "b"]], [[["a", "c"]]], { smooth: true });
  expect(precisions).toEqual([2 / 3, 1 / 2, 1, 1]);
});

test("computeBleu: a prediction's n-gram counts as often as one reference has it, the shortest sets r", () => {
  const references = [
    ["the", "cat"],
    ["the", "the", "dog"],
  ];
  const { precisions, referenceLength } = computeBleu([["the", "the", "the"]], [references], {
    maxOrder: 1,
  });
  expect(precisions).toEqual([2 / 3]);
  expect(referenceLength).toBe(2);
});

test("computeBleu: without smoothing, an order without a match makes the score 0", () => {
  expect(computeBleu([["a"]], [[["a"]]]).bleu).toBe(0);
});

test("computeBleu: tokens that hold spaces or NUL are not confused", () => {
  const score = computeBleu([["a b", "c"]], [[["a", "b c"]]], { maxOrder: 2 });
  expect(score.precisions).toEqual([0, 0]);
});

test("computeBleu: wrong counts, no text and no reference are refused", () => {
  const codeOf = (run: () => unknown) => {
    try {
      return run();
    } catch (error) {
      return (error as { code: string }).code;
    }
  };
  expect(codeOf(() => computeBleu([["a"]], []))).toBe("metric.length");
  expect(codeOf(() => computeBleu([], []))).toBe("metric.empty");
  expect(codeOf(() => computeBleu([["a"]], [[]]))).toBe("metric.empty");
  expect(codeOf(() => corpusBleu([""], ["a"]))).toBe("metric.noTokens");
  expect(codeOf(() => corpusBleu(["a"], [" "]))).toBe("metric.noTokens");
  expect(codeOf(() => corpusBleu([" "], ["a"], { noTokens: "zero" }))).toBe(0);
  expect(codeOf(() => corpusBleu([" "], [], { noTokens: "zero" }))).toBe("metric.length");
});

test("corpusBleu: percent with two decimals", () => {
  expect(corpusBleu(["a b c d"], [" a  b c d"])).toBe(100);
  expect(corpusBleu(["a b"], ["a c"])).toBe(75.98); // (2/3 * 1/2)^(1/4)
});

interface BleuGolden {
  gold: string;
  pred: string;
  n: number;
  _bleu: number;
  smooth: {
    bleu: number;
    precisions: number[];
    bp: number;
    ratio: number;
    hyp_len: number;
    ref_len: number;
  };
  unsmoothed: { bleu: number; precisions: number[] };
  em_lines: number;
  em_pct: number;
  em_tokens_lines: number;
  em_tokens_pct: number;
}

type EdgeCase = [string, string, [number, number[], number, number, number, number] | string];

describe.runIf(golden.exists)("goldens of bleu.py", () => {
  const { cases } = golden.read("corpus_bleu_em.json") as { cases: BleuGolden[] };

  test.each(cases)("computeBleu and exact match: $pred against $gold", (row) => {
    const predictions = pythonLines(goldenInput(row.pred));
    const references = pythonLines(goldenInput(row.gold));
    expect(predictions).toHaveLength(row.n);
    const tokens = predictions.map(pythonSplit);
    const referenceTokens = references.map((line) => [pythonSplit(line)]);
    const smooth = computeBleu(tokens, referenceTokens, { smooth: true });
    const plain = computeBleu(tokens, referenceTokens);
    expect(corpusBleu(predictions, references)).toBe(row._bleu);
    const { bleu, brevityPenalty, lengthRatio, predictionLength, referenceLength } = smooth;
    expect([bleu, ...smooth.precisions, brevityPenalty, lengthRatio]).toBeAllclose(
      [row.smooth.bleu, ...row.smooth.precisions, row.smooth.bp, row.smooth.ratio],
      { atol: 1e-9 },
    );
    expect([predictionLength, referenceLength]).toEqual([row.smooth.hyp_len, row.smooth.ref_len]);
    expect([plain.bleu, ...plain.precisions]).toBeAllclose(
      [row.unsmoothed.bleu, ...row.unsmoothed.precisions],
      { atol: 1e-9 },
    );
    expect([exactMatch(predictions, references), exactMatchOfTokens(predictions, references)]) //
      .toBeAllclose([row.em_pct, row.em_tokens_pct], { atol: 1e-9 });
    expect(Math.round((exactMatch(predictions, references) * row.n) / 100)).toBe(row.em_lines);
    expect(Math.round((exactMatchOfTokens(predictions, references) * row.n) / 100)).toBe(
      row.em_tokens_lines,
    );
  });

  const edges = golden.read("edge_cases.json") as { "bleu.compute_bleu smooth=True": EdgeCase[] };

  test.each(edges["bleu.compute_bleu smooth=True"])(
    "computeBleu: edge case %j, %j",
    (reference, prediction, want) => {
      const run = () =>
        computeBleu([pythonSplit(prediction)], [[pythonSplit(reference)]], { smooth: true });
      if (typeof want === "string")
        return expect(run).toThrow("no token in any of the predictions");
      const score = run();
      expect([
        score.bleu,
        ...score.precisions,
        score.brevityPenalty,
        score.lengthRatio,
        score.predictionLength,
        score.referenceLength,
      ]).toBeAllclose(want.flat(), { rtol: 1e-12 });
    },
  );
});
