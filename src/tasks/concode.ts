/** @file Code generation: a Java method from a sentence and the class around it (Concode). */
import { mapParts, readConcode } from "../data/index.ts";
import type { Task } from "./task.ts";
import { codeGeneration, numbered } from "./text-scores.ts";

export const concode: Task = {
  name: "concode",
  ...codeGeneration,
  version: 1,
  summary: "write a Java method from its description and its class",
  layout: "a folder with {train,dev,test}.json, one object a line (nl, code)",
  subTasks: [""],
  prompt: () => "Generate Java: ",
  heads: ["generation"],
  defaults: () => ({
    learningRate: 1e-4,
    batchSize: { mini: 16, small: 32, base: 32, large: 8 },
    maxSourceLength: 320,
    maxTargetLength: 150,
    epochs: 30,
    patience: 3,
  }),
  read: async ({ data }) => mapParts(await readConcode(data), numbered),
};
