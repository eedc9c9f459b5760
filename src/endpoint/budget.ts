/** @file A cap on what a run may ask for: requests and tokens. */
import { DataError } from "../base/index.ts";

/** Undefined: no cap. Answers that are kept from before cost nothing. */
export interface BudgetLimits {
  /** HTTP requests of this run, repeated ones included. */
  readonly maxRequests?: number;
  /** Tokens of prompts and answers of this run, as the server counts them. */
  readonly maxTokens?: number;
}

/** What has been used. */
export interface Usage {
  readonly requests: number;
  readonly tokens: number;
}

/** Counts requests and tokens; what is under way counts as estimated. */
export interface Budget {
  readonly used: Usage;
  /**
   * Take a request's share.
   * @param estimate tokens
   * @returns to be called with what it took: `undefined` when there was no answer
   * @throws DataError `endpoint.budget`
   */
  take(estimate: number): (tokens: number | undefined) => void;
}

export function openBudget({ maxRequests, maxTokens }: BudgetLimits): Budget {
  let requests = 0;
  let tokens = 0;
  const check = (used: number, limit: number | undefined, what: string) => {
    if (limit === undefined || used <= limit) return;
    throw new DataError("endpoint.budget", `the budget of ${what} is used up`, {
      expected: `at most ${limit} ${what}`,
      got: `one more ${what === "tokens" ? "request" : "of them"}`,
      help: "nothing is lost: with a larger budget the run goes on, and asks for nothing twice",
    });
  };
  return {
    get used() {
      return { requests, tokens };
    },
    take(estimate) {
      check(requests + 1, maxRequests, "requests");
      check(tokens + estimate, maxTokens, "tokens");
      requests += 1;
      tokens += estimate;
      return (spent) => {
        tokens += (spent ?? 0) - estimate;
      };
    },
  };
}
