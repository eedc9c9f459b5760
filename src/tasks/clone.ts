/**
 * @file Clone detection: do two Java functions do the same (BigCloneBench, CodeXGLUE). The published
 * F1 of CodeT5's paper is macro; its later script and everybody else's report binary F1.
 * Departure: besides the published head a model may write `true` or `false`, having read the one function behind
 * the other, so that clones can be learned together with other tasks and by every family.
 */
import { mapParts, readClone } from "../data/index.ts";
import { classified, scoreClasses } from "./class-scores.ts";
import type { Task } from "./task.ts";

export const clone: Task = {
  name: "clone",
  version: 1,
  summary: "tell whether two functions do the same",
  layout:
    "a folder with data.jsonl (func, idx) and {train,valid,test}.txt (idx, idx, label by tabs)",
  subTasks: [""],
  prompt: () => "Clone: ",
  heads: ["clone", "generation", "classification"],
  hasThreshold: false,
  defaults: () => ({
    learningRate: 5e-5,
    batchSize: { mini: 8, small: 25, base: 10, large: 8 },
    maxSourceLength: 400,
    maxTargetLength: 5,
    epochs: 1,
    patience: 2,
  }),
  selection: { metric: "f1", direction: "higher" },
  read: async ({ data }) => mapParts(await readClone(data), classified),
  score: scoreClasses,
};
