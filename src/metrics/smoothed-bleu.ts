/** @file Smoothed sentence BLEU of code summarisation (`smooth_bleu.py`), quirks included. */
import { DataError } from "../base/index.ts";
import { clippedMatches, mergeByMaximum, ngramCounter } from "./ngrams.ts";
import { requirePairs } from "./pairing.ts";
import { pythonSpace, pythonSplit, pythonStrip } from "./python-text.ts";

const maxOrder = 4;
/** Python's sys.float_info.min, added so that no logarithm is taken of 0. */
const floatMin = 2.2250738585072014e-308;
/** What the reference takes as the logarithm of a precision without n-grams; its exponential is 0. */
const logOfNothing = -10000000;

/** Python's `[\w]+|[^\s\w]`: its `\w` is Unicode (letters, numbers, underscore). */
const wordOrMark = new RegExp(`[\\p{L}\\p{N}_]+|[^\\p{L}\\p{N}_${pythonSpace}]`, "gu");

/**
 * Words and single punctuation marks joined by spaces.
 * Source: smooth_bleu.py `splitPuncts`.
 */
export function splitPunctuation(text: string): string {
  return (text.match(wordOrMark) ?? []).join(" ");
}

/** NIST mteval-v11a in the order the reference applies it; each step sees the text of the one before. */
const nistBefore: readonly (readonly [RegExp, string])[] = [
  [/<skipped>/g, ""],
  [/-\n/g, ""], // end-of-line hyphenation
  [/\n/g, " "],
  [/&gt;/g, ">"],
  [/&lt;/g, "<"],
  [/&quot;/g, '"'],
  [/&amp;/g, "&"],
];
const nistAfter: readonly (readonly [RegExp, string])[] = [
  [/([{-~[-` -&(-+:-@/])/g, " $1 "], // all ASCII punctuation but ' , - .
  [/([^0-9])([.,])/gu, "$1 $2 "],
  [/([.,])([^0-9])/gu, " $1 $2"],
  [/([0-9])(-)/g, "$1 $2 "],
];

/**
 * Tokens of a text after NIST normalisation, lower case.
 * Source: smooth_bleu.py `normalize`, lifted there from mteval-v11a.pl.
 */
export function nistTokens(text: string): string[] {
  const apply = (from: string, steps: typeof nistBefore) =>
    steps.reduce((done, [pattern, replacement]) => done.replace(pattern, replacement), from);
  const lower = ` ${apply(text, nistBefore)} `.toLowerCase();
  return pythonSplit(apply(lower, nistAfter));
}

/**
 * BLEU-4 of one sentence, and its four n-gram precisions.
 * +1 smoothing for n = 2..4 only; both lengths in the brevity penalty are one longer
 * (`min(0, 1 - (r + 1) / (c + 1))`, shortest reference); no unigram match gives about 1e-77, not 0;
 * an empty prediction scores `exp(1 - (r + 1))`. All five in [0, 1]; higher is better.
 *
 * Source: Lin and Och 2004 (ORANGE); salesforce/CodeT5 evaluator/smooth_bleu.py `bleu` at 7de7f69. No departure.
 * @param prediction text, tokenised here by {@link nistTokens}; so are the references
 * @returns `[bleu, p1, p2, p3, p4]`; the precisions are neither smoothed nor penalised
 * @throws DataError `metric.empty` without a reference
 */
export function smoothedSentenceBleu(
  prediction: string,
  references: readonly string[],
): readonly number[] {
  requirePairs("smoothedBleu", references, references);
  const count = ngramCounter(maxOrder);
  const tokens = nistTokens(prediction);
  const referenceTokens = references.map(nistTokens);
  const matches = clippedMatches(count(tokens), mergeByMaximum(referenceTokens.map(count)));
  const shortest = referenceTokens.reduce((r, words) => Math.min(r, words.length), Infinity);
  let logBleu = 0;
  const precisions = matches.map((correct, i) => {
    const guesses = Math.max(0, tokens.length - i);
    const add = i > 0 ? 1 : 0;
    logBleu += Math.log(correct + add + floatMin) - Math.log(guesses + add + floatMin);
    return Math.exp(
      guesses === 0 ? logOfNothing : Math.log(correct + floatMin) - Math.log(guesses),
    );
  });
  const brevity = Math.min(0, 1 - (shortest + 1) / (tokens.length + 1));
  return [Math.exp(logBleu / maxOrder + brevity), ...precisions];
}

/** A text as the summarisation scorer sees it: stripped, lower case, punctuation set apart. */
function summaryText(text: string): string {
  return splitPunctuation(pythonStrip(text).toLowerCase());
}

/** The mean over sentences, in percent, of each of the five values of {@link smoothedSentenceBleu}. */
export interface SmoothedBleuScore {
  /** `[bleu, p1, p2, p3, p4]`, each in [0, 100]. */
  readonly values: readonly number[];
  /** How many references had a prediction; only they are scored. */
  readonly numScored: number;
}

function meanOfSentences(pairs: Iterable<readonly [string, readonly string[]]>): SmoothedBleuScore {
  const sums = new Array<number>(maxOrder + 1).fill(0);
  let numScored = 0;
  for (const [prediction, references] of pairs) {
    const values = smoothedSentenceBleu(prediction, references);
    for (const [i, value] of values.entries()) sums[i]! += value;
    numScored++;
  }
  return { values: sums.map((sum) => (sum * 100) / numScored), numScored };
}

/**
 * Smoothed BLEU-4 of summarisation in percent: the mean of sentence BLEU over the examples.
 * Range [0, 100]; higher is better.
 *
 * Source: as {@link smoothedBleuOfRows}, of which this is the form for parallel lists. Departure: a tab
 * inside a text is white space here, while the row format cuts the prediction there.
 * @throws DataError `metric.length`, `metric.empty`
 */
export function smoothedBleu(
  predictions: readonly string[],
  references: readonly string[],
): number {
  requirePairs("smoothedBleu", predictions, references);
  const pairs = predictions.map((text, i) => {
    return [summaryText(text), [summaryText(references[i]!)]] as const;
  });
  return meanOfSentences(pairs).values[0]!;
}

/** References and predictions by id, as the scorer compares them. */
export interface SummaryMaps {
  readonly references: ReadonlyMap<string, readonly string[]>;
  readonly predictions: ReadonlyMap<string, string>;
}

/**
 * Read `id<TAB>text` rows. Of a prediction row the first two fields count, a row with one field is
 * an empty prediction, the last row of an id wins. Reference rows of one id are alternatives; those
 * whose id has no prediction are left out.
 * Source: smooth_bleu.py `computeMaps`.
 * @throws DataError `metric.row` when a reference row has not exactly one tab
 */
export function summaryMaps(
  predictionRows: readonly string[],
  referenceRows: readonly string[],
): SummaryMaps {
  const predictions = new Map<string, string>();
  for (const row of predictionRows) {
    const [id = "", text = ""] = pythonStrip(row).split("\t");
    predictions.set(id, summaryText(text));
  }
  const references = new Map<string, string[]>();
  for (const [i, row] of referenceRows.entries()) {
    const fields = row.split("\t");
    if (fields.length !== 2) throw badRow(i, fields.length - 1);
    const [id, text] = fields as [string, string];
    if (!predictions.has(id)) continue;
    const known = references.get(id);
    if (known === undefined) references.set(id, [summaryText(text)]);
    else known.push(summaryText(text));
  }
  return { references, predictions };
}

function badRow(index: number, numTabs: number): DataError {
  return new DataError("metric.row", "smoothedBleu: malformed reference row", {
    expected: "id, one tab, text",
    got: `${numTabs} tabs`,
    where: `reference row ${index + 1}`,
  });
}

/**
 * Smoothed BLEU of `id<TAB>text` rows: what CodeT5 and CodeXGLUE report for summarisation.
 * Range [0, 100]; higher is better.
 *
 * Source: salesforce/CodeT5 evaluator/smooth_bleu.py `computeMaps`, `bleuFromMaps` at 7de7f69. No departure.
 * @param predictionRows lines of the prediction file, without line ends
 * @param referenceRows lines of the reference file, without line ends
 * @throws DataError `metric.row`; `metric.empty` when no reference has a prediction
 */
export function smoothedBleuOfRows(
  predictionRows: readonly string[],
  referenceRows: readonly string[],
): SmoothedBleuScore {
  const { references, predictions } = summaryMaps(predictionRows, referenceRows);
  if (references.size === 0) requirePairs("smoothedBleu", [], []);
  const pairs = [...references].map(([id, texts]) => [predictions.get(id)!, texts] as const);
  return meanOfSentences(pairs);
}
