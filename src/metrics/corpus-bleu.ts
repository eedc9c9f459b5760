/** @file Corpus BLEU as CodeXGLUE and CodeT5 report it for generation tasks (`bleu.py`). */
import { DataError } from "../base/index.ts";
import { clippedMatches, mergeByMaximum, ngramCounter } from "./ngrams.ts";
import { requirePairs } from "./pairing.ts";
import { pythonSplit, roundHalfEven } from "./python-text.ts";

/** Everything the reference's `compute_bleu` returns. */
export interface BleuScore {
  /** Geometric mean of the precisions times the brevity penalty, in [0, 1]. */
  readonly bleu: number;
  /** Modified n-gram precision of order 1 to maxOrder, each in [0, 1]. */
  readonly precisions: readonly number[];
  /** exp(1 - r/c) when the predictions are not longer than the references, else 1; in (0, 1]. */
  readonly brevityPenalty: number;
  /** predictionLength / referenceLength. */
  readonly lengthRatio: number;
  /** c: tokens in all predictions. */
  readonly predictionLength: number;
  /** r: tokens in the shortest reference of every segment. */
  readonly referenceLength: number;
}

export interface BleuOptions {
  /** Longest n-gram; default 4. */
  readonly maxOrder?: number;
  /** Add 1 to the numerator and denominator of **every** order, unigrams included; default false. */
  readonly smooth?: boolean;
}

type Tokens = readonly string[];

interface Totals {
  readonly matches: number[];
  readonly possible: number[];
  predictionLength: number;
  referenceLength: number;
}

/**
 * BLEU of a tokenised corpus: n-gram counts are summed over all segments before any division.
 * Range [0, 1]; higher is better.
 *
 * Source: Papineni et al. 2002; salesforce/CodeT5 evaluator/bleu.py `compute_bleu` at 7de7f69 (the same in
 * all CodeXGLUE tasks), with its smoothing of all orders. Departure: lists of different lengths are
 * refused, where the reference silently scores the shorter prefix.
 * @param predictions tokens of each segment
 * @param references for each segment, the tokens of one or more references
 * @throws DataError `metric.length`, `metric.empty`; `metric.noTokens` when all predictions or all
 *   references are empty (the reference stops with ZeroDivisionError)
 */
export function computeBleu(
  predictions: readonly Tokens[],
  references: readonly (readonly Tokens[])[],
  { maxOrder = 4, smooth = false }: BleuOptions = {},
): BleuScore {
  requirePairs("bleu", predictions, references);
  const totals = countCorpus(predictions, references, maxOrder);
  const { predictionLength, referenceLength } = totals;
  requireTokens("predictions", predictionLength);
  requireTokens("references", referenceLength);
  const precisions = totals.matches.map((matches, i) => {
    const possible = totals.possible[i]!;
    if (smooth) return (matches + 1) / (possible + 1);
    return possible > 0 ? matches / possible : 0;
  });
  const lengthRatio = predictionLength / referenceLength;
  const brevityPenalty = lengthRatio > 1 ? 1 : Math.exp(1 - 1 / lengthRatio);
  const bleu = geometricMean(precisions) * brevityPenalty;
  return { bleu, precisions, brevityPenalty, lengthRatio, predictionLength, referenceLength };
}

function countCorpus(
  predictions: readonly Tokens[],
  references: readonly (readonly Tokens[])[],
  maxOrder: number,
): Totals {
  const zeros = () => new Array<number>(maxOrder).fill(0);
  const totals = { matches: zeros(), possible: zeros(), predictionLength: 0, referenceLength: 0 };
  for (const [i, prediction] of predictions.entries()) {
    const ofSegment = references[i]!;
    requireReferences(ofSegment.length, i);
    const count = ngramCounter(maxOrder);
    const matches = clippedMatches(count(prediction), mergeByMaximum(ofSegment.map(count)));
    for (let n = 0; n < maxOrder; n++) {
      totals.matches[n]! += matches[n]!;
      totals.possible[n]! += Math.max(0, prediction.length - n);
    }
    totals.predictionLength += prediction.length;
    totals.referenceLength += Math.min(...ofSegment.map((tokens) => tokens.length));
  }
  return totals;
}

function geometricMean(precisions: readonly number[]): number {
  if (precisions.some((precision) => precision <= 0)) return 0;
  const weight = 1 / precisions.length;
  return Math.exp(precisions.reduce((sum, precision) => sum + weight * Math.log(precision), 0));
}

function requireReferences(count: number, segment: number): void {
  if (count > 0) return;
  throw new DataError("metric.empty", "bleu: a segment without a reference", {
    expected: "at least one reference",
    got: "0 references",
    where: `references[${segment}]`,
  });
}

function requireTokens(what: string, count: number): void {
  if (count > 0) return;
  throw new DataError("metric.noTokens", `bleu: no token in any of the ${what}`, {
    expected: "at least one token",
    got: "0 tokens",
    where: what,
    help: "BLEU divides by this length; the reference scorer stops here too",
  });
}

export interface CorpusBleuOptions {
  /** `refuse` (default) as the reference does, or score 0, when no prediction has a token. */
  readonly noTokens?: "refuse" | "zero";
}

/**
 * Corpus BLEU-4 of text lines in percent, rounded to two decimals: the BLEU that CodeXGLUE and CodeT5
 * print for translation, refinement and generation. White-space tokens (Python's `split()`),
 * one reference each, +1 smoothing on all four orders. Range [0, 100]; higher is better.
 *
 * Source: salesforce/CodeT5 evaluator/bleu.py `_bleu` at 7de7f69. Departures: those of
 * {@link computeBleu}; `noTokens: "zero"`, for a model that predicts nothing yet.
 * @throws DataError as {@link computeBleu}
 */
export function corpusBleu(
  predictions: readonly string[],
  references: readonly string[],
  { noTokens = "refuse" }: CorpusBleuOptions = {},
): number {
  const tokens = predictions.map(pythonSplit);
  const referenceTokens = references.map((reference) => [pythonSplit(reference)]);
  if (noTokens === "zero" && tokens.length > 0 && tokens.every((words) => words.length === 0)) {
    requirePairs("bleu", tokens, referenceTokens);
    return 0;
  }
  const { bleu } = computeBleu(tokens, referenceTokens, { smooth: true });
  return roundHalfEven(100 * bleu, 2);
}
