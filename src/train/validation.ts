/** @file Loss over held-out examples. */
import { planBatches } from "../data/index.ts";
import type { Model } from "../model/index.ts";
import { batchOf, type Example, lengthsOf } from "./example.ts";

/** Means over scored items, without dropout. */
export interface Validation {
  /** Nats. */
  readonly loss: number;
  /** Share of items whose likeliest class is the wanted one, in [0, 1]. */
  readonly accuracy: number;
  readonly count: number;
}

/** Score examples under a model's head. @param batchSize examples in a batch */
export async function validate(
  model: Model,
  examples: readonly Example[],
  batchSize: number,
): Promise<Validation> {
  const lengths = examples.map(lengthsOf);
  const plan = planBatches({ lengths, batchSize, seed: 0, epoch: 0, shuffle: false });
  const sum = { loss: 0, numCorrect: 0, count: 0 };
  for (const batch of plan.batches) {
    const report = await model.evaluateLoss(batchOf(batch.map((i) => examples[i]!)));
    sum.loss += report.loss;
    sum.numCorrect += report.numCorrect;
    sum.count += report.count;
  }
  return { loss: sum.loss / sum.count, accuracy: sum.numCorrect / sum.count, count: sum.count };
}
