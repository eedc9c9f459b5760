/** @file Training: settings, steps, the loop, run folders. */
export { type TrainConfig, trainFields } from "./config.ts";
export { batchOf, type Example, tokensOf } from "./example.ts";
export { type Report, type TrainingEvent, type TrainingResult, train } from "./loop.ts";
export { Trainer } from "./step.ts";
