/** @file What asking a model about functions gives, whatever kind of model was asked. */

/** One entry per function, in the order asked. */
export interface PromptScores {
  /** Probability of "vulnerable", in [0, 1]; 0.5 where the answer says nothing. */
  readonly scores: readonly number[];
  /** Whether the code was cut to fit. */
  readonly truncated: readonly boolean[];
  /** Share of answers that were neither yes nor no, in [0, 1]. */
  readonly unparsable: number;
}
