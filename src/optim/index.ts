/** @file Optimizers over flat parameter memory, schedules, clipping and accumulation. */
export { type AdafactorConfig, adafactorDefaults, createAdafactor } from "./adafactor.ts";
export { type AdamWConfig, adamWDefaults, createAdamW } from "./adamw.ts";
export {
  accumulateGradients,
  type GradientMeasure,
  measureGradients,
} from "./gradient-norm.ts";
export type {
  GradientSource,
  Optimizer,
  OptimizerUpdate,
  ParameterGroup,
} from "./optimizer.ts";
export {
  createParameterStore,
  loadValues,
  type Parameter,
  type ParameterSpec,
  type ParameterStore,
} from "./parameter-store.ts";
export {
  type ScheduleConfig,
  type ScheduleName,
  scheduleFactor,
  schedules,
} from "./schedules.ts";
