/** @file Asks a server for answers: each once, whatever happens in between. */
import { debug, type Random } from "../base/index.ts";
import { type Answer, type AnswerCache, digestOf } from "./answer-cache.ts";
import type { Budget } from "./budget.ts";
import type { EndpointName } from "./endpoint-name.ts";
import { EndpointError, post } from "./post.ts";
import { isTooLong, readCompletion } from "./protocol.ts";
import { type Gate, retrying } from "./retry.ts";

export interface AskerOptions {
  readonly name: EndpointName;
  readonly key?: string;
  readonly timeoutMs: number;
  readonly attempts: number;
  readonly firstPauseMs: number;
  readonly random: Random;
  readonly budget: Budget;
  readonly cache: AnswerCache;
}

/** Answers a request from what is kept, or from the server. */
export type Ask = (request: object) => Promise<Answer>;

export function createAsker(options: AskerOptions): Ask {
  const { name, cache } = options;
  const gate: Gate = { openAtMs: 0 };
  const underWay = new Map<string, Promise<Answer>>();
  const askServer = async (key: string, request: object) => {
    const answer = await retrying(options, gate, () => attempt(options, request));
    await cache.put(key, answer);
    return answer;
  };
  return async (request) => {
    const key = digestOf({ url: name.url, request });
    const known = cache.get(key);
    if (known !== undefined) return known;
    const same = underWay.get(key);
    if (same !== undefined) return same;
    const asked = askServer(key, request).finally(() => underWay.delete(key));
    underWay.set(key, asked);
    return asked;
  };
}

/** Fewer characters than most tokenizers have to a token of code. */
const charactersPerToken = 3;

async function attempt(options: AskerOptions, request: object): Promise<Answer> {
  const { name, budget, key, timeoutMs } = options;
  const url = `${name.url}/chat/completions`;
  const settle = budget.take(Math.ceil(JSON.stringify(request).length / charactersPerToken));
  let tokens: number | undefined;
  try {
    const json = await post(url, request, { timeoutMs, ...(key === undefined ? {} : { key }) });
    const completion = readCompletion(json, url);
    tokens = completion.tokens;
    return completion.answer;
  } catch (error) {
    if (!(error instanceof EndpointError)) throw error;
    debug(2, () => `${error.message}: ${error.details.got}`);
    if (isTooLong(error)) return { text: "", isTooLong: true };
    throw error;
  } finally {
    settle(tokens);
  }
}
