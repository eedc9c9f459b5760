import { describe, expect, test } from "vitest";
import { golden, goldenInput } from "../../test/metric-goldens.ts";
import { pythonLines, pythonStrip } from "./python-text.ts";
import {
  nistTokens,
  smoothedBleu,
  smoothedBleuOfRows,
  smoothedSentenceBleu,
  splitPunctuation,
  summaryMaps,
} from "./smoothed-bleu.ts";

test("splitPunctuation: words are Unicode, marks stand alone, a byte-order mark is a mark", () => {
  expect(splitPunctuation("naïve_x(變數,1)\x1f\ufeff!")).toBe("naïve_x ( 變數 , 1 ) \ufeff !");
});

test("nistTokens: entities, hyphenation, and dashes after digits only", () => {
  expect(nistTokens("X-\nray &lt;b&gt; 3.5-4 a-b")).toEqual(
    ["xray", "<", "b", ">", "3.5", "-", "4", "a-b"], //
  );
});

test("smoothedSentenceBleu: worked by hand", () => {
  // "a b" against "a c": p1 = 1/2, then (0+1)/(1+1), (0+1)/(0+1), (0+1)/(0+1); equal lengths
  const [bleu, p1] = smoothedSentenceBleu("a b", ["a c"]);
  expect(bleu).toBeCloseTo((1 / 4) ** (1 / 4), 12);
  expect(p1).toBeCloseTo(1 / 2, 12);
});

test("smoothedSentenceBleu: an empty prediction is not 0, and no match is almost 0", () => {
  expect(smoothedSentenceBleu("", ["hello world"])[0]).toBeCloseTo(Math.exp(-2), 12);
  const [none] = smoothedSentenceBleu("b", ["a"]);
  expect(none).toBeGreaterThan(0);
  expect(none).toBeLessThan(1e-70);
});

test("smoothedSentenceBleu: the shortest reference sets the length", () => {
  expect(smoothedSentenceBleu("a", ["a b c d", "a"])[0]).toBe(1);
});

test("smoothedBleu: lists and rows agree, a missing prediction is left out", () => {
  const predictions = ["Get the Name.", "Sets x"];
  const references = ["get the name .", "set the x"];
  const rows = (texts: string[]) => texts.map((text, i) => `${i}\t${text}`);
  const { values, numScored } = smoothedBleuOfRows(rows(predictions), [
    ...rows(references),
    "7\tnobody answered",
  ]);
  expect(numScored).toBe(2);
  expect(smoothedBleu(predictions, references)).toBe(values[0]);
});

test("smoothedBleu: wrong counts and malformed rows are refused with their place", () => {
  expect(() => smoothedBleu(["a"], [])).toThrow("do not pair up");
  expect(() => smoothedBleuOfRows(["0\ta"], ["1\ta"])).toThrow("nothing to score");
  expect(() => smoothedBleuOfRows(["0\ta"], ["0\ta", "1 b"])).toThrow(
    expect.objectContaining({
      code: "metric.row",
      details: expect.objectContaining({ where: "reference row 2" }),
    }),
  );
});

/** What the scorer does to a text before it computes BLEU. */
const asSummary = (text: string) => splitPunctuation(pythonStrip(text).toLowerCase());

interface SmoothedGolden {
  gold: string;
  pred: string;
  n: number;
  all5: number[];
  first50_sentence_bleu: Record<string, number>;
}

type Pairs<Value> = [string, Value][];

interface EdgeCases {
  "smooth_bleu.normalize": Pairs<string[]>;
  "smooth_bleu.splitPuncts": Pairs<string>;
  "smooth_bleu.bleu(ref,hyp)[all5]": [string, string, number[]][];
  "smooth_bleu.computeMaps": {
    gold_lines: string[];
    pred_rows: string[];
    goldMap: Record<string, string[]>;
    predMap: Record<string, [string]>;
    bleuFromMaps: number[];
  };
}

describe.runIf(golden.exists)("goldens of smooth_bleu.py", () => {
  const { cases } = golden.read("smoothed_bleu.json") as { cases: SmoothedGolden[] };

  test.each(cases)("smoothedBleuOfRows: $pred", (row) => {
    const predictions = pythonLines(goldenInput(row.pred));
    const references = pythonLines(goldenInput(row.gold));
    const { values, numScored } = smoothedBleuOfRows(predictions, references);
    expect(numScored).toBe(row.n);
    expect(values).toBeAllclose(row.all5, { rtol: 1e-12 });
    const maps = summaryMaps(predictions, references);
    const sentences = Object.keys(row.first50_sentence_bleu).map(
      (id) => smoothedSentenceBleu(maps.predictions.get(id)!, maps.references.get(id)!)[0]!,
    );
    expect(sentences).toBeAllclose(Object.values(row.first50_sentence_bleu), { rtol: 1e-12 });
  });

  const edges = golden.read("edge_cases.json") as EdgeCases;

  test.each(edges["smooth_bleu.normalize"])("nistTokens: %j", (text, want) => {
    expect(nistTokens(text)).toEqual(want);
  });

  test.each(edges["smooth_bleu.splitPuncts"])("splitPunctuation: %j", (text, want) => {
    expect(asSummary(text)).toBe(want);
  });

  test.each(edges["smooth_bleu.bleu(ref,hyp)[all5]"])(
    "smoothedSentenceBleu: %j, %j",
    (reference, prediction, want) => {
      const [hypothesis, gold] = [prediction, reference].map(asSummary) as [string, string];
      const got = smoothedSentenceBleu(hypothesis, [gold]);
      expect(got).toBeAllclose(want, { rtol: 1e-12, atol: 1e-320 });
    },
  );

  test("summaryMaps: as computeMaps and bleuFromMaps", () => {
    const want = edges["smooth_bleu.computeMaps"];
    const maps = summaryMaps(want.pred_rows, want.gold_lines);
    expect(Object.fromEntries(maps.references)).toEqual(want.goldMap);
    const wantPredictions = Object.entries(want.predMap).map(([id, [text]]) => [id, text]);
    expect([...maps.predictions]).toEqual(wantPredictions);
    const { values } = smoothedBleuOfRows(want.pred_rows, want.gold_lines);
    expect(values).toBeAllclose(want.bleuFromMaps, { rtol: 1e-12 });
  });
});
