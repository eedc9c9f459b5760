/** @file Training: settings, steps, the loop, run folders. */

export type { ModelShape } from "./code-t5-config.ts";
export { type TrainConfig, trainFields } from "./config.ts";
export type { Ahead, Engine, EngineSetting, StartEngine, StepRequest } from "./engine.ts";
export { batchOf, type Example } from "./example.ts";
export {
  type Report,
  type TrainingEvent,
  type TrainingHooks,
  type TrainingJob,
  type TrainingResult,
  train,
} from "./loop.ts";
export { adaptedForTraining, type LoraSettings, loraDefaults } from "./lora-start.ts";
export { mixtureSource } from "./mixture.ts";
export { probeRunFolder } from "./run-folder.ts";
export { scratchConfig } from "./scratch-config.ts";
export type { Selection } from "./selection.ts";
export {
  exampleSource,
  planned,
  type TrainingSource,
  type TrainingStep,
} from "./source.ts";
export { type StepReport, Trainer } from "./step.ts";
export { type Validation, validate } from "./validation.ts";
