/** @file Code refinement: buggy Java functions to fixed ones, names abstracted (CodeXGLUE). */
import { mapParts, readRefine } from "../data/index.ts";
import type { Task } from "./task.ts";
import { codeGeneration, numbered } from "./text-scores.ts";

/** Longest source and target, batch sizes; salesforce/CodeT5 sh/run_exp.py at 7de7f69. */
const sizes = {
  small: { lengths: [130, 120], batchSize: { mini: 16, small: 64, base: 32, large: 8 } },
  medium: { lengths: [240, 240], batchSize: { mini: 16, small: 32, base: 32, large: 8 } },
} as const;

export const refine: Task = {
  name: "refine",
  ...codeGeneration,
  version: 1,
  summary: "mend a buggy Java function",
  layout: "a folder with {small,medium}/{train,valid,test}.buggy-fixed.{buggy,fixed}",
  subTasks: ["small", "medium"],
  prompt: () => "Refine Java: ",
  heads: ["generation"],
  defaults: (subTask) => {
    const { lengths, batchSize } = sizes[subTask as keyof typeof sizes];
    const [maxSourceLength, maxTargetLength] = lengths;
    return {
      learningRate: 5e-5,
      batchSize,
      maxSourceLength,
      maxTargetLength,
      epochs: 50,
      patience: 5,
    };
  },
  read: async ({ data, subTask }) =>
    mapParts(await readRefine(data, subTask as keyof typeof sizes), numbered),
};
