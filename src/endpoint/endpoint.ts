/** @file A model behind a server: the vulnerability question to scores. */
import { join } from "node:path";
import { endpointKey, Random } from "../base/index.ts";
import {
  type Asked,
  conversation,
  neutralize,
  type PromptScores,
  type QuestionName,
  type Shot,
  shortenCode,
} from "../prompt/index.ts";
import { type Answer, digestOf, openAnswerCache } from "./answer-cache.ts";
import { type Ask, createAsker } from "./asker.ts";
import { type BudgetLimits, openBudget, type Usage } from "./budget.ts";
import { parseEndpointName } from "./endpoint-name.ts";
import { mapLimited } from "./limited.ts";
import { EndpointError } from "./post.ts";
import { isWithoutLogProbabilities, sampleRequest, tokenRequest } from "./protocol.ts";
import { classOfText, probabilityByTokens } from "./read-answer.ts";

/** How to ask. */
export interface EndpointOptions extends BudgetLimits {
  /** Folder that keeps answers, one folder in it for each model and address. */
  readonly answers: string;
  readonly question?: QuestionName;
  /** Examples of a few-shot prompt. */
  readonly shots?: readonly Shot[];
  /** Requests at once; default 8. */
  readonly concurrency?: number;
  /** For one answer, ms; default two minutes. */
  readonly timeoutMs?: number;
  /** Attempts for one answer; default 6. */
  readonly attempts?: number;
  /** Pause after the first failure, ms, doubled each time; default 500. */
  readonly firstPauseMs?: number;
  /** Answers drawn for each function where the server gives no log-probabilities; default 5. */
  readonly numSamples?: number;
  /** Longer code is cut at a line's end; default 40,000. */
  readonly maxCodeCharacters?: number;
  readonly seed?: number;
}

/** What {@link Endpoint.score} tells beside the scores. */
export interface EndpointScores extends PromptScores {
  /** Functions scored by log-probabilities; the others by sampled answers. */
  readonly byTokens: number;
  /** Of this run. */
  readonly usage: Usage;
}

/** A model behind a server, with what it answered before. */
export interface Endpoint {
  /** @throws DataError `endpoint.*`; whatever was answered by then is kept */
  score(asked: readonly Asked[], onProgress?: (done: number) => void): Promise<EndpointScores>;
  /** Answers that were kept from before. */
  readonly numKept: number;
  close(): Promise<void>;
}

const defaults = {
  question: "auditor-1",
  shots: [],
  concurrency: 8,
  timeoutMs: 120_000,
  attempts: 6,
  firstPauseMs: 500,
  numSamples: 5,
  maxCodeCharacters: 40_000,
  seed: 1,
} as const;

type Settings = EndpointOptions & Required<Omit<EndpointOptions, keyof BudgetLimits>>;

/**
 * Open `openai:MODEL@URL`. Nothing is sent yet.
 * @throws ConfigError `endpoint.name`, `env.value`; DataError `run.locked`, `file.*`
 */
export async function openEndpoint(text: string, options: EndpointOptions): Promise<Endpoint> {
  const settings: Settings = { ...defaults, ...options };
  const name = parseEndpointName(text);
  const key = endpointKey();
  const cache = await openAnswerCache(join(settings.answers, digestOf(name).slice(0, 16)));
  const budget = openBudget(settings);
  const random = new Random(settings.seed, "jitter");
  const { timeoutMs, attempts, firstPauseMs } = settings;
  const common = { name, timeoutMs, attempts, firstPauseMs, random, budget, cache };
  const ask = createAsker({ ...common, ...(key === undefined ? {} : { key }) });
  const reader = createReader(name.model, ask, settings);
  return {
    numKept: cache.numKept,
    async score(asked, onProgress = () => {}) {
      let done = 0;
      const judged = await mapLimited(asked, settings.concurrency, async (one) => {
        const verdict = await reader(one);
        onProgress(++done);
        return verdict;
      });
      return { ...summary(judged), usage: budget.used };
    },
    close: () => cache.close(),
  };
}

/** What is known of one function. */
interface Verdict {
  readonly score: number;
  /** Share of its answers, in [0, 1]. */
  readonly unparsable: number;
  readonly isCut: boolean;
  readonly isByTokens: boolean;
}

function summary(verdicts: readonly Verdict[]): Omit<EndpointScores, "usage"> {
  const total = verdicts.reduce((sum, { unparsable }) => sum + unparsable, 0);
  return {
    scores: verdicts.map(({ score }) => score),
    unparsable: verdicts.length === 0 ? 0 : total / verdicts.length,
    truncated: verdicts.map(({ isCut }) => isCut),
    byTokens: verdicts.filter(({ isByTokens }) => isByTokens).length,
  };
}

/** A prompt that is too long is halved, so often; then it is told. */
const mostHalvings = 8;

function createReader(model: string, ask: Ask, settings: Settings) {
  const { question, shots, maxCodeCharacters } = settings;
  const harmless = <T extends Asked>(one: T): T => ({ ...one, code: neutralize(one.code) });
  const readAnswer = createAnswerReader(model, ask, settings);
  return async (asked: Asked): Promise<Verdict> => {
    let { code } = harmless(asked);
    let limit = maxCodeCharacters;
    let isCut = false;
    for (let halvings = 0; halvings <= mostHalvings; halvings++) {
      if (code.length > limit) {
        code = shortenCode(code, limit);
        isCut = true;
      }
      const messages = conversation(question, { ...asked, code }, shots.map(harmless));
      const verdict = await readAnswer(messages);
      if (verdict !== undefined) return { ...verdict, isCut };
      limit = Math.floor(code.length / 2);
    }
    const details = { expected: "a prompt that fits the model's context", got: "longer ones" };
    const message = "the server finds even a short prompt too long";
    throw new EndpointError("endpoint.length", message, details, { status: 400 });
  };
}

/** @returns undefined when the server found the prompt too long */
function createAnswerReader(model: string, ask: Ask, { numSamples }: Settings) {
  // set by the first answers: a server that offers none is not asked for them again
  let offersTokens: boolean | undefined;
  const byTokens = async (messages: ReturnType<typeof conversation>) => {
    if (offersTokens === false) return undefined;
    const answer = await asUnsupported(ask(tokenRequest(model, messages)));
    const hasTokens = answer?.positions !== undefined;
    if (answer?.isTooLong !== true) offersTokens = offersTokens === true || hasTokens;
    return hasTokens || answer?.isTooLong === true ? answer : undefined;
  };
  return async (
    messages: ReturnType<typeof conversation>,
  ): Promise<Omit<Verdict, "isCut"> | undefined> => {
    const answer = await byTokens(messages);
    if (answer?.isTooLong === true) return undefined;
    if (answer !== undefined) {
      const probability = probabilityByTokens(answer);
      const unparsable = probability === undefined ? 1 : 0;
      return { score: probability ?? 0.5, unparsable, isByTokens: true };
    }
    const samples: Answer[] = [];
    // one after the other, so that `concurrency` holds
    for (let i = 0; i < numSamples; i++) {
      const sample = await ask(sampleRequest(model, messages, i));
      if (sample.isTooLong) return undefined;
      samples.push(sample);
    }
    return verdictOf(samples);
  };
}

/** Some servers refuse what they do not offer. */
async function asUnsupported(answer: Promise<Answer>): Promise<Answer | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof EndpointError && isWithoutLogProbabilities(error)) return undefined;
    throw error;
  }
}

function verdictOf(samples: readonly Answer[]): Omit<Verdict, "isCut"> {
  const classes = samples.map(({ text }) => classOfText(text));
  const told = classes.filter((one) => one !== undefined);
  const yes = told.filter((one) => one === 1).length;
  return {
    score: told.length === 0 ? 0.5 : yes / told.length,
    unparsable: 1 - told.length / Math.max(samples.length, 1),
    isByTokens: false,
  };
}
