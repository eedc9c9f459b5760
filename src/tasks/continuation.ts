/**
 * @file Questions to a decoder alone: `<s> source` and a cue are read, the answer is what follows. The source
 * is cut before the cue, so that a long one is still a question.
 */
import { ConfigError } from "../base/index.ts";
import type { Tokenizer } from "../tokenizer/index.ts";

/**
 * Stands between two snippets, ends every question, and begins every answer: most vocabularies have words
 * with the space before them.
 */
const cue = { other: "\n\n", question: "\nAnswer:", answer: " " } as const;

/** PyTorch's ignore_index. */
const notScored = -100;

/** A question as ids. */
export interface Question {
  readonly ids: number[];
  readonly truncated: boolean;
}

/**
 * @param snippets what the question is about, the first with the prompt; each is cut by itself
 * @param maxLength tokens of each snippet, begin and cue included
 * @throws ConfigError `task.length` when the cue alone is longer
 */
export function encodeQuestion(
  snippets: readonly string[],
  tokenizer: Tokenizer,
  maxLength: number,
): Question {
  const start = startOf(tokenizer);
  const plain = { addSpecialTokens: false };
  const end = tokenizer.encodeIds(cue.question, plain);
  const room = maxLength - start.length - end.length;
  if (room < 1) throw noRoom(maxLength, start.length + end.length + 1);
  const between = tokenizer.encodeIds(cue.other, plain);
  const cut = snippets.map((text) => tokenizer.encode(text, { ...plain, maxLength: room }));
  const ids = cut.flatMap((snippet, i) => [...(i > 0 ? between : []), ...snippet.ids]);
  return { ids: [...start, ...ids, ...end], truncated: cut.some(({ truncated }) => truncated) };
}

/** The begin token, where the tokenizer's template has one. */
function startOf(tokenizer: Tokenizer): number[] {
  const [first] = tokenizer.encodeIds("");
  return first !== undefined && first === tokenizer.bosId ? [first] : [];
}

function noRoom(maxLength: number, least: number): ConfigError {
  return new ConfigError("task.length", "no room for a source beside the question", {
    expected: `at least ${least} tokens`,
    got: String(maxLength),
    help: "raise --max-source-length",
  });
}

/** An answer without the token that ends it. @param maxLength tokens, at least 1 */
export function encodeAnswer(answer: string, tokenizer: Tokenizer, maxLength?: number): Question {
  return tokenizer.encode(cue.answer + answer, {
    addSpecialTokens: false,
    ...(maxLength === undefined ? {} : { maxLength }),
  });
}

/**
 * Question and answer as one text to learn from: labels are the answer's ids and the end, at their own
 * places, and -100 before them.
 */
export function continuation(
  question: readonly number[],
  answer: readonly number[],
): { readonly source: number[]; readonly target: number[] } {
  return {
    source: [...question, ...answer],
    target: [...question.map(() => notScored), ...answer],
  };
}
