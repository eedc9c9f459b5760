/** @file Training: settings, steps, the loop, run folders. */

export { codeT5Config, type ModelShape } from "./code-t5-config.ts";
export { type TrainConfig, trainFields } from "./config.ts";
export { batchOf, type Example } from "./example.ts";
export {
  type Report,
  type TrainingEvent,
  type TrainingHooks,
  type TrainingJob,
  type TrainingResult,
  train,
} from "./loop.ts";
export { mixtureSource } from "./mixture.ts";
export { probeRunFolder } from "./run-folder.ts";
export type { Selection } from "./selection.ts";
export {
  exampleSource,
  planned,
  type TrainingSource,
  type TrainingStep,
} from "./source.ts";
export { Trainer } from "./step.ts";
export { type Validation, validate } from "./validation.ts";
