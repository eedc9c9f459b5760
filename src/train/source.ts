/** @file Where a run's batches come from: a pure function of epoch and step, so that a resumed run sees the same. */
import { planBatches } from "../data/index.ts";
import type { Batch, Head } from "../model/index.ts";
import type { TrainConfig } from "./config.ts";
import { batchOf, type Example, lengthsOf, tokensOf } from "./example.ts";

/** What one step learns from. */
export interface TrainingStep {
  readonly head: Head;
  /** Name under which the loss is logged, where there is more than one. */
  readonly objective: string;
  /** Micro-batches summed into one update. */
  readonly batches: readonly Batch[];
  /** Ids that count as work done: source and target, no padding. */
  readonly numTokens: number;
}

export interface TrainingSource {
  /** Steps of an epoch. */
  readonly numSteps: (epoch: number) => number;
  /**
   * @param index of the step within its epoch
   * @param exhausted selections that no better model is waited for: their examples need not come again
   */
  readonly step: (epoch: number, index: number, exhausted: ReadonlySet<string>) => TrainingStep;
}

/** Cuts an epoch's batches into steps of `accumulation`; the last step may have fewer. */
function stepsOf<T>(batches: readonly T[], accumulation: number): (readonly T[])[] {
  const steps = Math.ceil(batches.length / accumulation);
  return Array.from({ length: steps }, (_, i) => {
    return batches.slice(i * accumulation, (i + 1) * accumulation);
  });
}

/** A function of a number that keeps its last value: an epoch's plan, a group's instances. */
export function planned<T>(plan: (of: number) => T): (of: number) => T {
  let known: { readonly of: number; readonly plan: T } | undefined;
  return (of) => {
    if (known?.of !== of) known = { of, plan: plan(of) };
    return known.plan;
  };
}

/** Encoded examples for one head, in batches of like length. */
export function exampleSource(
  examples: readonly Example[],
  head: Head,
  { batchSize, accumulation, seed }: Pick<TrainConfig, "batchSize" | "accumulation" | "seed">,
): TrainingSource {
  const lengths = examples.map(lengthsOf);
  const steps = planned((epoch) => {
    const { batches } = planBatches({ lengths, batchSize, seed, epoch, multipleOf: 8 });
    return stepsOf(batches, accumulation);
  });
  return {
    numSteps: (epoch) => steps(epoch).length,
    step: (epoch, index) => {
      const chosen = steps(epoch)[index]!.map((batch) => batch.map((i) => examples[i]!));
      const numTokens = tokensOf(chosen.flat());
      return { head, objective: "loss", batches: chosen.map(batchOf), numTokens };
    },
  };
}
