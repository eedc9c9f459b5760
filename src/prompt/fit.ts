/** @file Prompts that fit a context, for models whose tokens we count. */
import { ConfigError } from "../base/index.ts";
import { shortenCode } from "./fence.ts";
import type { Message, Segment } from "./message.ts";
import { type Asked, conversation, type QuestionName, type Shot } from "./question.ts";

/** How a prompt is made. */
export interface PromptOptions<Ids> {
  readonly question: QuestionName;
  readonly shots: readonly Shot[];
  readonly render: (messages: readonly Message[]) => Promise<readonly Segment[]>;
  readonly encode: (segments: readonly Segment[]) => Ids;
  /** Tokens that the prompt may have. */
  readonly maxTokens: number;
}

/** Ids of a prompt, and whether the code in it was cut. */
export interface FittedPrompt<Ids> {
  readonly ids: Ids;
  readonly isCut: boolean;
}

/** Each cut takes a tenth at least; then all of it. */
const mostCuts = 20;

/**
 * The prompt about a function, its code cut at a line's end until the whole fits.
 * @throws ConfigError `prompt.length` when the prompt does not fit even without code
 */
export async function fitPrompt<Ids extends { readonly length: number }>(
  asked: Asked,
  options: PromptOptions<Ids>,
): Promise<FittedPrompt<Ids>> {
  const { question, shots, render, encode, maxTokens } = options;
  let { code } = asked;
  for (let cuts = 0; cuts <= mostCuts; cuts++) {
    const ids = encode(await render(conversation(question, { ...asked, code }, shots)));
    if (ids.length <= maxTokens) return { ids, isCut: cuts > 0 };
    if (code === "") break;
    const excess = ids.length - maxTokens;
    const share = Math.min(1 - excess / ids.length, 0.9);
    // so many tokens have as many characters at least
    const shorter = Math.min(Math.floor(code.length * share), code.length - excess);
    code = shorter > 0 && cuts < mostCuts - 1 ? shortenCode(code, shorter) : "";
  }
  throw new ConfigError("prompt.length", "the prompt does not fit the model", {
    expected: `at most ${maxTokens} tokens`,
    got: "more, even without the code",
    help: "fewer examples (shots), a shorter prompt, or a model with a longer context",
  });
}
