/**
 * @file CodeBLEU against the reference evaluator's values: 160 single pairs and 11 pairs of files.
 * N-gram parts are exact. Syntax and data flow are within 0.005: on whole code the trees are rewritten to
 * those of the reference's grammars (java-tree.ts, csharp-tree.ts); what is left are pieces that do not
 * parse, which the parsers of 2020 and of today mend differently.
 */
import { describe, expect, test } from "vitest";
import { codeBleuLanguage, loadCodeBleu, pythonLines } from "../../src/metrics/index.ts";
import { golden, goldenInput } from "../metric-goldens.ts";

interface Parts {
  readonly ngram: number;
  readonly weighted_ngram: number;
  readonly syntax: number;
  readonly dataflow: number;
  readonly codebleu: number;
}
interface FileCase {
  readonly gold: string;
  readonly pred: string;
  readonly lang: string;
  readonly result_insertion_order_dedupe: Parts;
}
interface Pair {
  readonly lang: string;
  readonly ref: string;
  readonly hyp: string;
  readonly ngram: number;
  readonly weighted_ngram: number;
  readonly syntax_match: readonly [number, number];
  readonly dataflow_match: readonly [number, number];
}

describe.runIf(golden.exists)("goldens of CodeBLEU", () => {
  const { cases } = golden.read("codebleu.json") as { cases: FileCase[] };
  const { pairs } = golden.read("codebleu_pairs.json") as { pairs: Pair[] };

  test.each(Array.from(cases))("$gold, $pred", { timeout: 600_000 }, async (row) => {
    const { score } = await loadCodeBleu(codeBleuLanguage(row.lang));
    const references = pythonLines(goldenInput(row.gold)).map((line) => [line]);
    const got = score(pythonLines(goldenInput(row.pred)), references);
    const want = row.result_insertion_order_dedupe;
    const exact = [got.ngram, got.weightedNgram];
    expect(exact).toBeAllclose([want.ngram, want.weighted_ngram], { atol: 1e-12 });
    expect(Math.abs(got.syntax - want.syntax)).toBeLessThan(0.005);
    expect(Math.abs(got.dataFlow - want.dataflow)).toBeLessThan(0.005);
    expect(Math.abs(got.codeBleu - want.codebleu)).toBeLessThan(0.0025);
  });

  test("single pairs: n-gram parts of all, syntax and data flow of nearly all are equal", async () => {
    let unlike = 0;
    for (const pair of Array.from(pairs)) {
      const { score } = await loadCodeBleu(codeBleuLanguage(pair.lang));
      const { counts, ngram, weightedNgram } = score([pair.hyp], [[pair.ref]]);
      const want = [pair.ngram, pair.weighted_ngram];
      expect([ngram, weightedNgram]).toBeAllclose(want, { atol: 1e-12 });
      const got = JSON.stringify([counts.syntax, counts.dataFlow]);
      if (got !== JSON.stringify([pair.syntax_match, pair.dataflow_match])) unlike++;
    }
    // pieces that do not parse
    expect(unlike / pairs.length).toBeLessThan(0.1);
  });
});
