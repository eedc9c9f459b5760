/** @file The tokens by which a model begins its answer, for models whose probabilities we see. */
import { DataError } from "../base/index.ts";
import { answerWords } from "./question.ts";

/** First tokens of every spelling, by class: no, yes. */
export type AnswerTokens = readonly [no: readonly number[], yes: readonly number[]];

/**
 * First tokens of "yes", "Yes", "YES", with and without a space before them, and of "no". What both
 * words begin with (a lone space) says nothing.
 * @param encode ids of a text without special tokens
 * @throws DataError `prompt.answers` when the two words begin alike
 */
export function answerTokens(encode: (text: string) => readonly number[]): AnswerTokens {
  const [no, yes] = answerWords.map((word) => {
    const capital = word[0]!.toUpperCase() + word.slice(1);
    const spellings = [word, capital, word.toUpperCase()].flatMap((text) => [text, ` ${text}`]);
    return new Set(spellings.flatMap((text) => encode(text).slice(0, 1)));
  }) as [Set<number>, Set<number>];
  const ids = [without(no, yes), without(yes, no)] as const;
  if (ids.every(({ length }) => length > 0)) return ids;
  throw new DataError("prompt.answers", "the tokenizer does not tell `yes` from `no`", {
    expected: "different first tokens",
    got: `${[...no].join(" ")} and ${[...yes].join(" ")}`,
  });
}

function without(ids: ReadonlySet<number>, others: ReadonlySet<number>): number[] {
  return [...ids].filter((id) => !others.has(id));
}

/**
 * Probability of yes against no.
 * @param logOf log-probability of a token, or a logit, nats
 */
export function probabilityOfYes([no, yes]: AnswerTokens, logOf: (id: number) => number): number {
  return 1 / (1 + Math.exp(logSumExp(no.map(logOf)) - logSumExp(yes.map(logOf))));
}

function logSumExp(values: readonly number[]): number {
  const highest = Math.max(...values);
  return highest + Math.log(values.reduce((sum, value) => sum + Math.exp(value - highest), 0));
}
