/**
 * @file The finished sequences of one example, best kept, and when no better can come.
 * Source: transformers generation/beam_search.py `BeamHypotheses`, `BeamSearchScorer`, as of 4.36 between
 * pull requests 27351 and 27808: the length in a score leaves out the start token (or the prompt) and the end token,
 * and `earlyStopping: "never"` counts `maxLength` whole.
 */
import type { Decoding } from "./options.ts";

/** A finished sequence, or one cut off at the greatest length. */
export interface Hypothesis {
  /** Sum of log-probabilities / length^lengthPenalty, nats. */
  readonly score: number;
  /** From the start token or the prompt on, without the end token. */
  readonly tokens: readonly number[];
}

/** Options that score and stop. */
export type Scoring = Pick<
  Decoding,
  | "numBeams"
  | "lengthPenalty"
  | "earlyStopping"
  | "promptLength"
  | "maxLength"
  | "numReturnSequences"
>;

/** The best `numBeams` finished hypotheses of one example; of equals, the later pushes out the earlier. */
export class BeamHypotheses {
  readonly #scoring: Scoring;
  readonly #kept: Hypothesis[] = [];
  #worstScore = 1e9;

  constructor(scoring: Scoring) {
    this.#scoring = scoring;
  }

  /** @param sumLogProbs of all generated tokens, the end token included */
  add(tokens: readonly number[], sumLogProbs: number): void {
    const { numBeams, lengthPenalty, promptLength } = this.#scoring;
    const score = sumLogProbs / (tokens.length - promptLength) ** lengthPenalty;
    const isFull = this.#kept.length === numBeams;
    if (isFull && !(score > this.#worstScore)) return;
    this.#kept.push({ score, tokens });
    if (isFull) this.#kept.splice(this.#worstIndex(), 1);
    this.#worstScore = this.#kept[this.#worstIndex()]!.score;
  }

  /**
   * Whether the example is finished.
   * @param bestSum the best sum of log-probabilities among all candidates of this step
   * @param newTokens tokens generated so far, this step's included
   */
  isDone(bestSum: number, newTokens: number): boolean {
    const { numBeams, earlyStopping, lengthPenalty, maxLength } = this.#scoring;
    if (this.#kept.length < numBeams) return false;
    if (earlyStopping === true) return true;
    // the longer, the better the score of a given sum: "never" asks for the greatest length
    const length = earlyStopping === "never" && lengthPenalty > 0 ? maxLength : newTokens;
    return this.#worstScore >= bestSum / length ** lengthPenalty;
  }

  /** The best `numReturnSequences`, best first; of equals, the later first. */
  best(): Hypothesis[] {
    const ascending = [...this.#kept].sort((a, b) => a.score - b.score);
    return ascending.reverse().slice(0, this.#scoring.numReturnSequences);
  }

  #worstIndex(): number {
    return this.#kept.reduce((worst, { score }, i, all) => {
      return score < all[worst]!.score ? i : worst;
    }, 0);
  }
}
