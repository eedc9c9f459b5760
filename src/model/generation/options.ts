/** @file Options of `generate`: names, ranges, defaults, and which go together. */
import { ConfigError, nearest } from "../../base/index.ts";

/** How to decode. Names, meaning and defaults are those of Hugging Face's `generate()`. */
export interface GenerateOptions {
  /** Most tokens in a sequence, the start token or the prompt included; default 20. */
  readonly maxLength?: number;
  /** Most tokens after the start token or the prompt; wins over `maxLength`. */
  readonly maxNewTokens?: number;
  /** Fewest tokens before an end token, the start token or the prompt included; default 0. */
  readonly minLength?: number;
  /** Fewest tokens before an end token, without the start token or the prompt; default 0. */
  readonly minNewTokens?: number;
  /** Hypotheses kept while searching; 1 (default): greedy or sampling. */
  readonly numBeams?: number;
  /** A hypothesis scores the sum of its log-probabilities / length^lengthPenalty; default 1. */
  readonly lengthPenalty?: number;
  /**
   * When a beam search ends: `true` at `numBeams` finished hypotheses, `false` (default) when the best running one
   * cannot beat them at its present length, `"never"` when it cannot at any length.
   */
  readonly earlyStopping?: boolean | "never";
  /** No n-gram of this size occurs twice in a sequence; 0 (default): no such rule. */
  readonly noRepeatNgramSize?: number;
  /** Sequences returned for each example, at most `numBeams` unless sampling with one beam; default 1. */
  readonly numReturnSequences?: number;
  /** Draw tokens instead of taking the likeliest; default false. */
  readonly doSample?: boolean;
  /** Sampling: log-probabilities are divided by this; default 1. */
  readonly temperature?: number;
  /** Sampling: only the likeliest k tokens; 0: all; default 50. */
  readonly topK?: number;
  /** Sampling: only the likeliest tokens that together have this probability; default 1. */
  readonly topP?: number;
  /** Sampling: same seed, same sequences; default 0. */
  readonly seed?: number;
  /** Ends a sequence, any of them; default: the model's. */
  readonly eosTokenId?: number | readonly number[];
  /** Fills sequences up to the longest; default: the model's. */
  readonly padTokenId?: number;
  /**
   * Called for every generated token, the end token included. Greedy and sampling: as soon as it is known.
   * Beam search: when the search is over, since until then any token may be revised.
   * @param sequence index of the token's sequence among those returned
   */
  readonly onToken?: (token: number, sequence: number) => void;
}

/** Options of the search; the special tokens are handed over apart. */
export type SearchOptions = Omit<GenerateOptions, "eosTokenId" | "padTokenId">;

/** Options with all defaults filled in and lengths counted with the start token or the prompt. */
export interface Decoding
  extends Required<Omit<SearchOptions, "maxNewTokens" | "minNewTokens" | "onToken">> {
  /** Tokens that every sequence begins with: 1 for a start token. */
  readonly promptLength: number;
  readonly onToken: (token: number, sequence: number) => void;
}

interface Rule {
  readonly expected: string;
  readonly holds: (value: unknown) => boolean;
}

const number = (expected: string, holds: (value: number) => boolean): Rule => ({
  expected,
  holds: (value) => typeof value === "number" && Number.isFinite(value) && holds(value),
});
const whole = (least: number, most = Number.MAX_SAFE_INTEGER): Rule => {
  const range = most === Number.MAX_SAFE_INTEGER ? `${least} or more` : `${least} to ${most}`;
  const holds = (value: number) => Number.isInteger(value) && value >= least && value <= most;
  return number(`a whole number, ${range}`, holds);
};
const trueOrFalse: Rule = {
  expected: "true or false",
  holds: (value) => typeof value === "boolean",
};

/** Every row of a batch costs memory, so their number has a limit. */
const mostRows = 1000;

const rules: { readonly [name in keyof Required<SearchOptions>]: Rule } = {
  maxLength: whole(2),
  maxNewTokens: whole(1),
  minLength: whole(0),
  minNewTokens: whole(0),
  numBeams: whole(1, mostRows),
  lengthPenalty: number("a number", () => true),
  earlyStopping: {
    expected: 'true, false or "never"',
    holds: (value) => typeof value === "boolean" || value === "never",
  },
  noRepeatNgramSize: whole(0),
  numReturnSequences: whole(1, mostRows),
  doSample: trueOrFalse,
  temperature: number("a number above 0", (value) => value > 0),
  topK: whole(0),
  topP: number("a probability above 0, at most 1", (value) => value > 0 && value <= 1),
  seed: whole(Number.MIN_SAFE_INTEGER),
  onToken: { expected: "a function", holds: (value) => typeof value === "function" },
};

const defaults = {
  minLength: 0,
  numBeams: 1,
  lengthPenalty: 1,
  earlyStopping: false,
  noRepeatNgramSize: 0,
  numReturnSequences: 1,
  doSample: false,
  temperature: 1,
  topK: 50,
  topP: 1,
  seed: 0,
  onToken: () => {},
} as const;

/**
 * Check options and fill in the defaults.
 * @param promptLength tokens that every sequence begins with
 * @param limit tokens of the longest sequence that the model can hold
 * @throws ConfigError `generate.option`, `generate.value` or `generate.combination`
 */
export function resolveOptions(
  options: SearchOptions,
  promptLength = 1,
  limit = Number.POSITIVE_INFINITY,
): Decoding {
  const given = Object.fromEntries(
    Object.entries(options).filter(([, value]) => value !== undefined),
  ) as SearchOptions;
  for (const [name, value] of Object.entries(given)) checkOption(name, value);
  const { maxNewTokens, minNewTokens = 0, maxLength = 20, ...rest } = given;
  const decoding = {
    ...defaults,
    ...rest,
    promptLength,
    maxLength: maxNewTokens === undefined ? maxLength : maxNewTokens + promptLength,
    minLength: Math.max(rest.minLength ?? 0, minNewTokens === 0 ? 0 : minNewTokens + promptLength),
  };
  checkRoom(decoding, limit);
  checkCombination(decoding);
  return decoding;
}

function checkOption(name: string, value: unknown): void {
  const names = Object.keys(rules);
  if (!Object.hasOwn(rules, name)) {
    throw new ConfigError("generate.option", `unknown generation option ${name}`, {
      expected: names.join(", "),
      got: name,
      help: `did you mean ${nearest(name, names)}?`,
    });
  }
  const { expected, holds } = rules[name as keyof typeof rules];
  if (holds(value)) return;
  const details = { expected, got: String(value), where: name };
  throw new ConfigError("generate.value", `bad value for generation option ${name}`, details);
}

function checkRoom({ maxLength, promptLength }: Decoding, limit: number): void {
  if (maxLength <= promptLength) {
    throw new ConfigError("generate.length", "the prompt leaves no room for a token", {
      expected: `maxLength above the prompt's ${promptLength} tokens`,
      got: String(maxLength),
      help: "set maxNewTokens",
    });
  }
  if (maxLength <= limit) return;
  throw new ConfigError("generate.length", "longer than the model's context", {
    expected: `at most ${limit} tokens, the prompt's ${promptLength} included`,
    got: String(maxLength),
    help: "shorten the prompt or lower maxNewTokens",
  });
}

function checkCombination(decoding: Decoding): void {
  const { numBeams, numReturnSequences, doSample, minLength, maxLength } = decoding;
  const most = numBeams === 1 && doSample ? mostRows : numBeams;
  if (numReturnSequences > most) {
    throw new ConfigError("generate.combination", "more sequences to return than are searched", {
      expected: `numReturnSequences at most numBeams (${numBeams})`,
      got: String(numReturnSequences),
      help: "raise numBeams, or set doSample with one beam",
    });
  }
  if (minLength > maxLength) {
    throw new ConfigError("generate.combination", "the shortest sequence is over the longest", {
      expected: `a minimum of at most ${maxLength} tokens, the start token included`,
      got: String(minLength),
    });
  }
}
