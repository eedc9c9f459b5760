/** @file Defect detection: is a C function insecure (Devign, CodeXGLUE). */
import { mapParts, readDefect } from "../data/index.ts";
import { classified, scoreClasses } from "./class-scores.ts";
import type { Task } from "./task.ts";

export const defect: Task = {
  name: "defect",
  version: 1,
  summary: "tell whether a C function is insecure",
  layout: "a folder with {train,valid,test}.jsonl (func, target)",
  subTasks: [""],
  prompt: () => "Defect C: ",
  heads: ["generation", "defect", "classification"],
  hasThreshold: false,
  defaults: () => ({
    learningRate: 2e-5,
    batchSize: { mini: 16, small: 32, base: 32, large: 8 },
    maxSourceLength: 512,
    maxTargetLength: 5,
    epochs: 10,
    patience: 2,
  }),
  selection: { metric: "accuracy", direction: "higher" },
  read: async ({ data }) => mapParts(await readDefect(data), classified),
  score: scoreClasses,
};
