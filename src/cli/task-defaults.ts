/** @file Settings of a fine-tuning run that the user may leave open: by task, by model, as published. */
import { describeModel, familyOf } from "../model/index.ts";
import { modelSizeOf, startDefaults, type Task } from "../tasks/index.ts";
import { loraDefaults, type TrainConfig } from "../train/index.ts";

/** What decides the defaults. */
export interface Start {
  readonly subTask: string;
  /** Model folder to start from; from scratch when absent. */
  readonly model?: string | undefined;
  /** Width of a model from scratch. */
  readonly dModel: number;
  /** As salesforce/CodeT5's released scripts train. */
  readonly asPublished: boolean;
  /** Adapters are trained, which bear higher rates. */
  readonly isAdapted?: boolean;
}

/** Settings that are decided here unless they are given. */
export type OpenSettings = Pick<
  TrainConfig,
  | "learningRate"
  | "optimizer"
  | "warmupSteps"
  | "batchSize"
  | "epochs"
  | "patience"
  | "patienceCounts"
  | "maxGradNorm"
> & {
  readonly maxSourceLength: number;
  readonly maxTargetLength: number;
  readonly scoreExamples: number;
  readonly scoreBeams: number;
};

/** This project's own, where the task and the start say nothing. */
const ours = {
  patienceCounts: "score",
  maxGradNorm: 1,
  scoreExamples: 500,
  scoreBeams: 1,
} as const;

/**
 * salesforce/CodeT5 run_gen.py at 7de7f69: AdamW, no clipping, up to 5,000 validation examples decoded
 * with 10 beams, and a stop when neither loss nor score has improved in more than `patience` epochs.
 */
function published({ patience }: { readonly patience: number }, isGeneration: boolean) {
  return {
    ...startDefaults.checkpoint,
    ...(isGeneration ? { maxGradNorm: 0 } : {}),
    patience: patience + 1,
    patienceCounts: "scoreAndLoss",
    scoreExamples: 5000,
    scoreBeams: 10,
  } as const;
}

/** Defaults for one run. */
export function openSettings(task: Task, head: string, start: Start): OpenSettings {
  const { subTask, model, asPublished } = start;
  const { learningRate, warmupSteps } = loraDefaults;
  const dModel = model === undefined ? start.dModel : widthOf(model);
  const { batchSize, ...byTask } = task.defaults(subTask);
  const begin = model === undefined ? startDefaults.scratch : startDefaults.checkpoint;
  return {
    ...ours,
    ...byTask,
    batchSize: batchSize[modelSizeOf(dModel)],
    ...begin,
    ...(start.isAdapted === true ? { learningRate, warmupSteps } : {}),
    ...(asPublished ? published(byTask, head === "generation") : {}),
  };
}

function widthOf(model: string): number {
  const { modelType, config } = describeModel(model).spec;
  return familyOf(modelType).summary(config).dModel;
}
