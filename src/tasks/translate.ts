/** @file Code translation between Java and C# (CodeXGLUE). */
import { mapParts, readTranslate } from "../data/index.ts";
import type { Task } from "./task.ts";
import { codeGeneration, numbered } from "./text-scores.ts";

const prompts: Readonly<Record<string, string>> = {
  "java-cs": "Translate Java to CSharp: ",
  "cs-java": "Translate CSharp to Java: ",
};

export const translate: Task = {
  name: "translate",
  ...codeGeneration,
  version: 2,
  summary: "translate code between Java and C#",
  layout: "a folder with {train,valid,test}.java-cs.txt.{java,cs}, one function per line",
  subTasks: ["java-cs", "cs-java"],
  prompt: (subTask) => prompts[subTask]!,
  heads: ["generation"],
  defaults: () => ({
    learningRate: 5e-5,
    batchSize: { mini: 16, small: 64, base: 25, large: 8 },
    maxSourceLength: 320,
    maxTargetLength: 256,
    epochs: 100,
    patience: 5,
  }),
  read: async ({ data, subTask }) =>
    mapParts(await readTranslate(data, subTask as "java-cs" | "cs-java"), numbered),
};
