/** @file Which parts of a data set a run uses, where some are absent. */
import { DataError, Random } from "../base/index.ts";
import type { SplitName } from "../data/index.ts";
import type { ReadOptions, Task, TaskData } from "./task.ts";

export interface PartOptions extends ReadOptions {
  /**
   * Share of the validation part to train on where there is no training part, in (0, 1). The rest is split
   * evenly into validation and test, where there is no test part either.
   */
  readonly trainFromValidation?: number | undefined;
}

/** Read a task's data; a training part that is absent is taken from the validation part, if asked for. */
export async function readTask(task: Task, options: PartOptions): Promise<TaskData> {
  const data = await task.read(options);
  const { trainFromValidation: share, splitSeed } = options;
  if (share === undefined || data.splits.train.length > 0) return data;
  const shuffled = [...data.splits.validation];
  new Random(splitSeed, "parts").shuffle(shuffled);
  const numTrain = Math.round(share * shuffled.length);
  const rest = shuffled.slice(numTrain);
  const hasTest = data.splits.test.length > 0;
  const numValidation = hasTest ? rest.length : Math.ceil(rest.length / 2);
  return {
    files: data.files,
    splits: {
      train: shuffled.slice(0, numTrain),
      validation: rest.slice(0, numValidation),
      test: hasTest ? data.splits.test : rest.slice(numValidation),
    },
  };
}

/** @throws DataError `task.empty` when one of the parts has no example */
export function requireParts(
  { splits }: TaskData,
  names: readonly SplitName[],
  where: string,
): void {
  const empty = names.find((name) => splits[name].length === 0);
  if (empty === undefined) return;
  const labels = { train: "training", validation: "validation", test: "test" };
  const isTraining = empty === "train" && splits.validation.length > 0;
  throw new DataError("task.empty", `no ${labels[empty]} examples`, {
    expected: `${names.map((name) => labels[name]).join(" and ")} examples`,
    got: names.map((name) => splits[name].length).join(" and "),
    where,
    ...(isTraining
      ? { help: "--train-from-validation 0.8 takes some from the validation part" }
      : {}),
  });
}
