/** @file The n-gram parts of CodeBLEU: NLTK's corpus BLEU, and its recall with keywords weighing more. */
import { clippedMatches, mergeByMaximum, ngramCounter } from "../ngrams.ts";

const maxOrder = 4;
/** What a count of no match at all becomes (Chen and Cherry 2014, smoothing 1). */
const epsilon = 0.1;
/** The weight of a token that is no keyword. */
const plainWeight = 0.2;

/** Matches and what could have matched, by order; sums over the pairs of a corpus. */
export interface NgramTotals {
  readonly matches: readonly number[];
  readonly possible: readonly number[];
  readonly predictionLength: number;
  /** Tokens of the reference that is closest in length. */
  readonly referenceLength: number;
}

/** Nothing counted yet. */
export const noNgrams: NgramTotals = {
  matches: Array.from({ length: maxOrder }, () => 0),
  possible: Array.from({ length: maxOrder }, () => 0),
  predictionLength: 0,
  referenceLength: 0,
};

/** The sum of two counts, order by order. */
export function addNgrams(a: NgramTotals, b: NgramTotals): NgramTotals {
  return {
    matches: a.matches.map((count, i) => count + b.matches[i]!),
    possible: a.possible.map((count, i) => count + b.possible[i]!),
    predictionLength: a.predictionLength + b.predictionLength,
    referenceLength: a.referenceLength + b.referenceLength,
  };
}

type Tokens = readonly string[];

/** Both counts of one prediction and its references. */
export interface NgramCountsOfPair {
  readonly plain: NgramTotals;
  readonly weighted: NgramTotals;
}

/**
 * Count a prediction's n-grams that its references have (`plain`), and the references' n-grams that the
 * prediction has (`weighted`), where a unigram counts 1 if it is a keyword and 0.2 if not.
 *
 * Source: salesforce/CodeT5 evaluator/CodeBLEU/bleu.py `modified_precision` and
 * weighted_ngram_match.py `modified_recall` at 7de7f69. A sentence shorter than n has one possible n-gram
 * (weighted: a weight of at least 1 for its unigrams). Kept quirks: the weighted part is a recall, and
 * the length of each of its references is 2, that of the list [tokens, weights].
 */
export function countNgrams(
  prediction: Tokens,
  references: readonly Tokens[],
  keywords: ReadonlySet<string>,
): NgramCountsOfPair {
  const count = ngramCounter(maxOrder);
  const own = count(prediction);
  const theirs = references.map(count);
  const predictionLength = prediction.length;
  const plain = {
    matches: clippedMatches(own, mergeByMaximum(theirs)),
    possible: possible(predictionLength),
    predictionLength,
    referenceLength: closestLength(references, predictionLength),
  };
  let weighted = { ...noNgrams, predictionLength, referenceLength: 2 };
  const held = countTokens(prediction);
  for (const [i, reference] of references.entries()) {
    const weights = weighTokens(reference, held, keywords);
    const recalled = clippedMatches(theirs[i]!, own);
    weighted = addNgrams(weighted, {
      ...noNgrams,
      matches: [weights.matched, ...recalled.slice(1)],
      possible: [Math.max(1, weights.total), ...possible(reference.length).slice(1)],
    });
  }
  return { plain, weighted };
}

function possible(length: number): number[] {
  return Array.from({ length: maxOrder }, (_, i) => Math.max(1, length - i));
}

function closestLength(references: readonly Tokens[], length: number): number {
  const lengths = references.map((reference) => reference.length);
  const distance = (other: number) => Math.abs(other - length);
  return lengths.reduce((best, other) => {
    const nearer = distance(other) - distance(best) || other - best;
    return nearer < 0 ? other : best;
  });
}

function countTokens(tokens: Tokens): Map<string, number> {
  const counts = new Map<string, number>();
  for (const token of tokens) counts.set(token, (counts.get(token) ?? 0) + 1);
  return counts;
}

/** Added in order of first appearance: the last digits depend on it. */
function weighTokens(
  reference: Tokens,
  held: ReadonlyMap<string, number>,
  keywords: ReadonlySet<string>,
): { readonly matched: number; readonly total: number } {
  let matched = 0;
  let total = 0;
  for (const [token, number] of countTokens(reference)) {
    const weight = keywords.has(token) ? 1 : plainWeight;
    matched += Math.min(number, held.get(token) ?? 0) * weight;
    total += number * weight;
  }
  return { matched, total };
}

/**
 * BLEU-4 of counted n-grams: the geometric mean of matches over possible, an order without a match
 * counting 0.1, times the brevity penalty. In [0, 1]; 0 without a matching unigram.
 *
 * Source: NLTK `corpus_bleu` with smoothing method 1, as salesforce/CodeT5 evaluator/CodeBLEU/bleu.py
 * `corpus_bleu` at 7de7f69. No departure.
 */
export function bleuOf({
  matches,
  possible,
  predictionLength,
  referenceLength,
}: NgramTotals): number {
  if (matches[0] === 0) return 0;
  const logs = matches.map((count, i) => Math.log((count || epsilon) / possible[i]!) / maxOrder);
  return brevityPenalty(referenceLength, predictionLength) * Math.exp(exactSum(logs));
}

function brevityPenalty(referenceLength: number, predictionLength: number): number {
  if (predictionLength > referenceLength) return 1;
  return predictionLength === 0 ? 0 : Math.exp(1 - referenceLength / predictionLength);
}

/** A sum rounded once, as Python's `math.fsum` (Shewchuk 1997), but for ties of the last step. */
function exactSum(values: readonly number[]): number {
  const parts: number[] = [];
  for (const value of values) {
    let x = value;
    let kept = 0;
    for (const part of parts) {
      const [big, small] = Math.abs(x) < Math.abs(part) ? [part, x] : [x, part];
      const sum = big + small;
      const lost = small - (sum - big);
      if (lost !== 0) parts[kept++] = lost;
      x = sum;
    }
    parts.length = kept;
    parts.push(x);
  }
  return parts.reduceRight((sum, part) => sum + part, 0);
}
