/** @file Scoring a finished model on one part of a task's data. */
import type { SplitName } from "../data/index.ts";
import type { Model } from "../model/index.ts";
import type { Tokenizer } from "../tokenizer/index.ts";
import { readTask, requireParts } from "./parts.ts";
import {
  requireHead,
  type Scored,
  type ScoreOptions,
  type Task,
  type TaskExample,
} from "./task.ts";

export interface EvaluateOptions
  extends Omit<ScoreOptions, "onProgress" | "onTruncated" | "threshold"> {
  readonly data: string;
  readonly subTask: string;
  readonly trainFromValidation?: number | undefined;
  readonly splitSeed: number;
  readonly split: SplitName;
  /** Score only the first so many examples. */
  readonly limit?: number | undefined;
}

export interface EvaluateHooks {
  readonly onProgress?: (done: number, total: number) => void;
  /** Sources of so many examples were longer than the limit and were cut. */
  readonly onTruncated?: (count: number, total: number) => void;
}

/**
 * Score a model. A task with a threshold has it chosen on validation first and frozen, so that the
 * test part decides nothing.
 * @throws ConfigError `task.head` when the model's head is none of the task's, DataError `task.empty`
 */
export async function evaluateTask(
  task: Task,
  model: Model,
  tokenizer: Tokenizer,
  options: EvaluateOptions,
  { onProgress, onTruncated }: EvaluateHooks = {},
): Promise<Scored> {
  requireHead(task, model.head);
  const data = await readTask(task, options);
  const { split } = options;
  const isChosen = task.hasThreshold && split !== "validation";
  requireParts(data, isChosen ? [split, "validation"] : [split], options.data);
  const examples = data.splits[split].slice(0, options.limit);
  const chosen = isChosen ? data.splits.validation : [];
  const total = chosen.length + examples.length;
  let numTruncated = 0;
  const scoreOn = (part: readonly TaskExample[], before: number, threshold?: number) =>
    task.score(model, tokenizer, part, {
      ...options,
      ...(threshold === undefined ? {} : { threshold }),
      onProgress: (done) => onProgress?.(before + done, total),
      onTruncated: (count) => {
        numTruncated += count;
      },
    });
  const threshold = chosen.length === 0 ? undefined : (await scoreOn(chosen, 0)).report.threshold;
  const scored = await scoreOn(examples, chosen.length, threshold);
  if (numTruncated > 0) onTruncated?.(numTruncated, total);
  return scored;
}
