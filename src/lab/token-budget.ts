/** @file Budgets in tokens: how many steps of a source come nearest to one. */
import type { TrainingSource } from "../train/index.ts";
import type { AdaptingPlan } from "./lab-model.ts";

const none: ReadonlySet<string> = new Set();

/** Tokens of a source's steps, from the first on, epoch after epoch. */
function* tokensByStep(source: TrainingSource): Generator<number> {
  for (let epoch = 0; ; epoch++) {
    const numSteps = source.numSteps(epoch);
    for (let index = 0; index < numSteps; index++) {
      yield source.step(epoch, index, none).numTokens;
    }
  }
}

/** The number of steps, at least one, whose tokens come nearest to a budget. */
export function stepsWithin(source: TrainingSource, budget: number): AdaptingPlan {
  let [steps, tokens] = [0, 0];
  for (const more of tokensByStep(source)) {
    const isNearer = Math.abs(tokens + more - budget) <= Math.abs(tokens - budget);
    if (steps > 0 && !isNearer) break;
    steps++;
    tokens += more;
  }
  return { steps, tokens };
}

/** Tokens that the first `steps` steps read. */
export function tokensOfSteps(source: TrainingSource, steps: number): number {
  let [done, tokens] = [0, 0];
  for (const more of tokensByStep(source)) {
    tokens += more;
    if (++done === steps) break;
  }
  return tokens;
}
