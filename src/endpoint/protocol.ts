/** @file OpenAI's chat completions, as far as they are used here: requests out, answers in. */
import { z } from "zod";
import { describeIssue } from "../base/index.ts";
import type { Message } from "../prompt/index.ts";
import type { Answer, Position } from "./answer-cache.ts";
import { EndpointError } from "./post.ts";

/** Words before the answer: white space, emphasis. */
const maxAnswerTokens = 4;
/** The most that OpenAI and vLLM offer. */
const numTopTokens = 20;
const sampledTokens = 12;

/** The likeliest answer with the probabilities of its tokens. */
export function tokenRequest(model: string, messages: readonly Message[]) {
  const common = { model, messages, max_tokens: maxAnswerTokens, temperature: 0 };
  return { ...common, logprobs: true, top_logprobs: numTopTokens };
}

/** One answer drawn at temperature 1. */
export function sampleRequest(model: string, messages: readonly Message[], seed: number) {
  return { model, messages, max_tokens: sampledTokens, temperature: 1, seed };
}

const logProbability = z.number().max(1e-3);
const tokenEntry = z.looseObject({ token: z.string(), logprob: logProbability });
const choice = z.looseObject({
  message: z.looseObject({ content: z.string().nullish() }),
  logprobs: z
    .looseObject({
      content: z
        .array(tokenEntry.extend({ top_logprobs: z.array(tokenEntry).nullish() }))
        .nullish(),
    })
    .nullish(),
});
const completion = z.looseObject({
  choices: z.array(choice).min(1),
  usage: z.looseObject({ total_tokens: z.int().min(0).nullish() }).nullish(),
});

/** An answer, and what it cost where the server tells. */
export interface Completion {
  readonly answer: Answer;
  readonly tokens: number | undefined;
}

/** @throws EndpointError `endpoint.answer` naming what is wrong with it */
export function readCompletion(json: unknown, url: string): Completion {
  const parsed = completion.safeParse(json);
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!;
    const { expected, got } = describeIssue(issue, json);
    const details = { expected, got, where: `${url}: ${issue.path.join(".") || "answer"}` };
    const message = "the server's answer is none of the protocol's";
    throw new EndpointError("endpoint.answer", message, details, { status: 200 });
  }
  const { choices, usage } = parsed.data;
  const { message, logprobs } = choices[0]!;
  const positions = logprobs?.content?.slice(0, maxAnswerTokens).map((entry): Position => {
    const top = (entry.top_logprobs ?? []).slice(0, 100);
    return { token: entry.token, top: top.map(({ token, logprob }) => [token, logprob]) };
  });
  const hasTop = positions?.some(({ top }) => top.length > 0) === true;
  const text = (message.content ?? "").slice(0, 2000);
  return {
    answer: { text, ...(hasTop ? { positions } : {}) },
    tokens: usage?.total_tokens ?? undefined,
  };
}

/** Whether a refusal is about the length of the prompt. */
export function isTooLong({ status, details }: EndpointError): boolean {
  const isRefusal = status === 400 || status === 413 || status === 422;
  return isRefusal && /context|too long|too large|maximum|exceed/i.test(details.got ?? "");
}

/** Whether a refusal is about log-probabilities. */
export function isWithoutLogProbabilities({ status, details }: EndpointError): boolean {
  return (status === 400 || status === 422) && /logprob/i.test(details.got ?? "");
}
