/** @file The table of tasks: adding one is a file, a row and a test. */
import type { Task } from "./task.ts";
import { translate } from "./translate.ts";
import { vulnerability } from "./vulnerability.ts";

export const tasks = { translate, vulnerability } as const satisfies Record<string, Task>;

export type TaskName = keyof typeof tasks;

export { type EvaluateOptions, evaluateTask } from "./evaluate.ts";
export { type FinetuneOptions, finetune, startDefaults } from "./finetune.ts";
export type { Scored, Task, TaskData, TaskExample } from "./task.ts";
