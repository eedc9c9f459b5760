/** @file Losses and accuracies of each objective on held-out functions, the same ones every time. */
import { hash32 } from "../base/index.ts";
import type { Tokenizer } from "../tokenizer/index.ts";
import { type Report, type Trainer, validate } from "../train/index.ts";
import type { ExamplePool } from "./pool.ts";
import { headOf, type InstanceSettings, instancesOf } from "./source.ts";

export interface ValidationOptions extends InstanceSettings {
  /** Functions to validate on, evenly spaced over the pool. */
  readonly validationExamples: number;
  readonly batchSize: number;
}

/** Up to `count` indices, evenly spaced. */
export function evenly(length: number, count: number): number[] {
  const chosen = Math.min(count, length);
  return Array.from({ length: chosen }, (_, i) => Math.floor((i * length) / chosen));
}

/**
 * A function that reports on a model: `loss`, the mean over objectives in nats, and for each objective
 * `<name>Loss` and `<name>Accuracy` (share of tokens right under teacher forcing, in [0, 1]).
 */
export function validationOf(
  pool: ExamplePool,
  tokenizer: Tokenizer,
  options: ValidationOptions,
): (trainer: Trainer) => Promise<Report> {
  const indices = evenly(pool.length, options.validationExamples);
  const held = options.objectives.map((name) => {
    const examples = indices.flatMap((index) => {
      return instancesOf(name, pool, index, tokenizer, { ...options, seed: hash32(0, index) });
    });
    return { name, examples };
  });
  return async (trainer) => {
    const report: Record<string, number> = { loss: 0 };
    const scored = held.filter(({ examples }) => examples.length > 0);
    for (const { name, examples } of scored) {
      const { loss, accuracy } = await validate(
        trainer.modelFor(headOf(name)),
        examples,
        options.batchSize,
      );
      report.loss! += loss / scored.length;
      report[`${name}Loss`] = loss;
      report[`${name}Accuracy`] = accuracy;
    }
    return report;
  };
}
