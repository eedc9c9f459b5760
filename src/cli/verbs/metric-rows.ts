/** @file The metrics of `codet5 metric` that compare texts: how each scores a selection of examples. */
import { UsageError } from "../../base/index.ts";
import {
  codeBleuLanguage,
  codeBleuOf,
  computeBleu,
  type Direction,
  exactMatch,
  exactMatchOfTokens,
  loadCodeBleu,
  pythonSplit,
  roundHalfEven,
  smoothedBleuOfRows,
} from "../../metrics/index.ts";

/** A value, and what else is worth printing of it. */
export interface Score {
  readonly value: number;
  readonly parts?: Readonly<Record<string, unknown>>;
}

/** Scores examples given by their numbers. */
export type ScoreOf = (indexes: Uint32Array) => Score;

/** What texts are compared, and how. */
export interface TextInput {
  readonly predictions: readonly string[];
  /** For each example the texts of all reference files. */
  readonly references: readonly (readonly string[])[];
  readonly language: string | undefined;
}

/** A metric of texts. */
export interface TextRow {
  readonly summary: string;
  readonly direction: Direction;
  readonly range: readonly [number, number];
  /** Prepare a score of any selection. */
  readonly scorer: (input: TextInput) => ScoreOf | Promise<ScoreOf>;
  /** Whether each example is right, for McNemar's test, where that makes sense. */
  readonly isRight?: (prediction: string, references: readonly string[]) => boolean;
}

type Match = typeof exactMatch;

function isMatch(match: Match): (prediction: string, references: readonly string[]) => boolean {
  return (prediction, references) =>
    references.some((reference) => match([prediction], [reference]) === 100);
}

/** Share of the examples that equal one of their references, in percent. */
function matchRow(summary: string, match: Match): TextRow {
  const isRight = isMatch(match);
  return {
    summary,
    direction: "higher",
    range: [0, 100],
    scorer: ({ predictions, references }) => {
      const right = predictions.map((text, i) => isRight(text, references[i]!));
      return (indexes) => {
        const count = indexes.reduce((sum, i) => sum + (right[i]! ? 1 : 0), 0);
        return { value: (count / indexes.length) * 100, parts: { matches: count } };
      };
    },
    isRight,
  };
}

const scoreBleu: TextRow["scorer"] = ({ predictions, references }) => {
  const tokens = predictions.map(pythonSplit);
  const referenceTokens = references.map((texts) => texts.map(pythonSplit));
  return (indexes) => {
    const chosen = Array.from(indexes);
    const { bleu, ...parts } = computeBleu(
      chosen.map((i) => tokens[i]!),
      chosen.map((i) => referenceTokens[i]!),
      { smooth: true },
    );
    return { value: roundHalfEven(100 * bleu, 2), parts };
  };
};

/** Texts as rows of the summarisation scorer, which cuts them at tabs. */
function summaryRows(texts: readonly string[], keys: readonly number[]): string[] {
  return texts.map((text, i) => `${keys[i]}\t${text.replaceAll("\t", " ")}`);
}

const scoreSmoothedBleu: TextRow["scorer"] = ({ predictions, references }) => {
  const hasIds = references.every((texts) => texts.every((text) => text.split("\t").length === 2));
  return (indexes) => {
    const chosen = Array.from(indexes);
    const keys = chosen.map((_, place) => place);
    const plain = (text: string) => (hasIds ? text.slice(text.indexOf("\t") + 1) : text);
    const fields = (row: string) => (hasIds ? (row.split("\t")[1] ?? "") : row);
    const rows = chosen.flatMap((i, place) =>
      summaryRows(
        references[i]!.map(plain),
        references[i]!.map(() => place),
      ),
    );
    const { values } = smoothedBleuOfRows(
      summaryRows(
        chosen.map((i) => fields(predictions[i]!)),
        keys,
      ),
      rows,
    );
    return { value: values[0]!, parts: { precisions: values.slice(1) } };
  };
};

const scoreCodeBleu: TextRow["scorer"] = async ({ predictions, references, language }) => {
  if (language === undefined) {
    throw new UsageError("usage.lang", "code-bleu needs the language of the code", {
      expected: "--lang, for example --lang java",
      got: "nothing",
    });
  }
  const metric = await loadCodeBleu(codeBleuLanguage(language));
  const counts = metric.count(predictions, references);
  return (indexes) => {
    const { codeBleu, counts: sums, ...parts } = codeBleuOf(Array.from(indexes, (i) => counts[i]!));
    return { value: codeBleu, parts: { ...parts, counts: sums } };
  };
};

/** Every metric of texts, by name. */
export const textRows: Readonly<Record<string, TextRow>> = {
  bleu: {
    summary: "corpus BLEU-4, +1 smoothing on all orders, two decimals",
    direction: "higher",
    range: [0, 100],
    scorer: scoreBleu,
  },
  "smoothed-bleu": {
    summary: "mean smoothed sentence BLEU-4 of summarisation",
    direction: "higher",
    range: [0, 100],
    scorer: scoreSmoothedBleu,
  },
  "exact-match": matchRow("equal after stripping both ends", exactMatch),
  "exact-match-of-tokens": matchRow("equal white-space tokens", exactMatchOfTokens),
  "bleu-plus-exact-match": {
    summary: "BLEU + exact match: what CodeT5 selects generation models by",
    direction: "higher",
    range: [0, 200],
    scorer: async (input) => {
      const bleu = await scoreBleu(input);
      const match = await matchRow("", exactMatch).scorer(input);
      return (indexes) => {
        const parts = { bleu: bleu(indexes).value, exactMatch: match(indexes).value };
        return { value: parts.bleu + parts.exactMatch, parts };
      };
    },
  },
  "code-bleu": {
    summary: "CodeBLEU: mean of n-gram, weighted n-gram, syntax and data-flow match",
    direction: "higher",
    range: [0, 1],
    scorer: scoreCodeBleu,
  },
};
