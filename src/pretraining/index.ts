/** @file Pre-training CodeT5: corpora in, a checkpoint out. */
export {
  type DenoisingScores,
  evaluatePretraining,
  type PretrainedModels,
  type PretrainingReport,
  type PretrainingScores,
} from "./evaluate.ts";
export { objectivesFor, pretrainedHead } from "./families.ts";
export { type ExamplePool, poolOf } from "./pool.ts";
export { type PretrainOptions, pretrain } from "./pretrain.ts";
export { headOf, pretrainingSource } from "./source.ts";
export { validationOf } from "./validation.ts";
