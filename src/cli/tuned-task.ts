/** @file How a model is asked: as it was fine-tuned, unless the user says otherwise. */
import { readTaskFile, subTaskOf, type Task, type TunedTask } from "../tasks/index.ts";

/** What the user may say. */
export interface Asked {
  readonly subTask?: string | undefined;
  readonly maxSourceLength?: number | undefined;
  readonly maxTargetLength?: number | undefined;
}

/**
 * Sub-task, prompt and lengths for a model folder: the user's, else those of its fine-tuning for this
 * task, else the task's.
 */
export function askedAs(task: Task, model: string, asked: Asked): Omit<TunedTask, "task"> {
  const tuned = readTaskFile(model).filter((one) => one.task === task.name);
  const known = tuned.find((one) => asked.subTask === undefined || one.subTask === asked.subTask);
  const subTask = subTaskOf(task, asked.subTask ?? known?.subTask);
  const defaults = known ?? { prompt: "", ...task.defaults(subTask) };
  return {
    subTask,
    prompt: defaults.prompt,
    maxSourceLength: asked.maxSourceLength ?? defaults.maxSourceLength,
    maxTargetLength: asked.maxTargetLength ?? defaults.maxTargetLength,
  };
}
