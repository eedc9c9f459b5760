/** @file Scoring a finished model on one part of a task's data. */
import type { SplitName } from "../data/index.ts";
import type { Model } from "../model/index.ts";
import type { Tokenizer } from "../tokenizer/index.ts";
import type { Scored, ScoreOptions, Task, TaskExample } from "./task.ts";

export interface EvaluateOptions extends Omit<ScoreOptions, "onProgress" | "threshold"> {
  readonly data: string;
  readonly direction: string;
  readonly seed: number;
  readonly split: SplitName;
  /** Score only the first so many examples. */
  readonly limit?: number | undefined;
}

/**
 * Score a model. A task with a threshold has it chosen on validation first and frozen, so that the
 * test part decides nothing.
 */
export async function evaluateTask(
  task: Task,
  model: Model,
  tokenizer: Tokenizer,
  options: EvaluateOptions,
  onProgress?: (done: number, total: number) => void,
): Promise<Scored> {
  const { splits } = await task.read(options);
  const examples = splits[options.split].slice(0, options.limit);
  const chosen: readonly TaskExample[] =
    task.hasThreshold && options.split !== "validation" ? splits.validation : [];
  const total = chosen.length + examples.length;
  const scoreOn = (part: readonly TaskExample[], before: number, threshold?: number) =>
    task.score(model, tokenizer, part, {
      ...options,
      ...(threshold === undefined ? {} : { threshold }),
      onProgress: (done) => onProgress?.(before + done, total),
    });
  if (chosen.length === 0) return scoreOn(examples, 0);
  const { threshold } = (await scoreOn(chosen, 0)).report;
  return scoreOn(examples, chosen.length, threshold);
}
