/** @file What an answer says about the yes/no question: by the first word's probabilities, or by its text. */
import type { Answer, Position } from "./answer-cache.ts";

/** Probability of "yes" against "no", in [0, 1]; undefined when the answer is neither. */
export function probabilityByTokens({ positions = [] }: Answer): number | undefined {
  for (const { token, top } of positions) {
    const { yes, no } = weights(top.length > 0 ? top : [[token, 0]]);
    if (yes + no > 0) return yes / (yes + no);
    // white space, quotes and emphasis may stand before the word
    if (wordOf(token) !== "") return undefined;
  }
  return undefined;
}

/** Sums over the spellings that were found: " Yes", "yes", "YES", "y". */
function weights(top: Position["top"]): { yes: number; no: number } {
  let yes = 0;
  let no = 0;
  for (const [token, logProbability] of top) {
    const word = wordOf(token);
    if (/^(y|ye|yes)$/.test(word)) yes += Math.exp(logProbability);
    if (/^(n|no)$/.test(word)) no += Math.exp(logProbability);
  }
  return { yes, no };
}

/** Letters of a token; SentencePiece and byte-level spellings of a space are none. */
function wordOf(token: string): string {
  return token.replace(/^[\sĠ▁Ċ"'`*_(.:]+|[\sĠ▁Ċ"'`*_).,:;!]+$/gu, "").toLowerCase();
}

const answerPattern =
  /^[\s"'`*_(#>-]*(?:(?:the )?answer(?: is)?\s*[:=]?)?[\s"'`*_(]*(yes|no)(?![\p{L}\p{N}])/iu;

/** The class that a text answers; undefined when it does not begin with yes or no. */
export function classOfText(text: string): 0 | 1 | undefined {
  const word = text.match(answerPattern)?.[1]?.toLowerCase();
  if (word === undefined) return undefined;
  return word === "yes" ? 1 : 0;
}
