/** @file Code summarisation: a function to the first words of its documentation (CodeXGLUE). */
import { mapParts, readSummarize } from "../data/index.ts";
import type { Task } from "./task.ts";
import { numbered, textGeneration } from "./text-scores.ts";

/** Sub-tasks by the name of their folder, with the name their prompt uses. */
const languages: Readonly<Record<string, string>> = {
  ruby: "Ruby",
  javascript: "JavaScript",
  go: "Go",
  python: "Python",
  java: "Java",
  php: "PHP",
};

export const summarize: Task = {
  name: "summarize",
  ...textGeneration,
  version: 1,
  summary: "say in a sentence what a function does",
  layout: "a folder with <language>/{train,valid,test}.jsonl (code_tokens, docstring_tokens)",
  subTasks: ["ruby", "javascript", "go", "python", "java", "php"],
  prompt: (subTask) => `Summarize ${languages[subTask]}: `,
  heads: ["generation"],
  defaults: () => ({
    learningRate: 5e-5,
    batchSize: { mini: 16, small: 64, base: 48, large: 8 },
    maxSourceLength: 256,
    maxTargetLength: 128,
    epochs: 15,
    patience: 2,
  }),
  read: async ({ data, subTask }) => mapParts(await readSummarize(data, subTask), numbered),
};
