/** @file The table of tasks: adding one is a file, a row and a test. */
import { clone } from "./clone.ts";
import { concode } from "./concode.ts";
import { defect } from "./defect.ts";
import { refine } from "./refine.ts";
import { summarize } from "./summarize.ts";
import type { Task } from "./task.ts";
import { translate } from "./translate.ts";
import { vulnerability } from "./vulnerability.ts";

export const tasks = {
  summarize,
  concode,
  translate,
  refine,
  defect,
  clone,
  vulnerability,
} as const satisfies Record<string, Task>;

export type TaskName = keyof typeof tasks;

export { classProbabilities, classWords } from "./class-scores.ts";
export {
  type ClassifierSettings,
  classifierSettings,
  classifyFunctions,
  type Verdict,
} from "./classifier.ts";
export { encodeExamples } from "./encode.ts";
export { type EvaluateOptions, evaluateTask } from "./evaluate.ts";
export { type FinetuneOptions, finetune, startDefaults } from "./finetune.ts";
export { generateTexts } from "./generate-texts.ts";
export { nameOf, type TaskJob } from "./prepare.ts";
export { defaultHead, readerOf } from "./read-off.ts";
export {
  modelSizeOf,
  type Scored,
  subTaskOf,
  type Task,
  type TaskData,
  type TaskExample,
} from "./task.ts";
export { type Measurement, readTaskFile, type TunedTask, writeTaskFile } from "./task-file.ts";
