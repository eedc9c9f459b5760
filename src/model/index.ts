/** @file Models: families, folders, generation. */

export { withAdapter, withoutAdapter } from "./adapted-model.ts";
export { isAdapterFolder, readAdapterWeights } from "./adapter-folder.ts";
export type { Architecture, Batch, Feeds } from "./architecture.ts";
export { configText } from "./config-text.ts";
export { families, familyOf, type Head, type ModelType, modelTypeNamed } from "./family.ts";
export {
  createModel,
  type ModelDescription,
  saveModel,
  withHead,
  withOwnNames,
  writeModelFiles,
} from "./folder.ts";
export type { GenerateOptions } from "./generation/index.ts";
export { generationOptionsToJson } from "./generation-config.ts";
export { type GraphName, graphNames, namedGraph } from "./graphs.ts";
export type { LlamaConfig } from "./llama-config.ts";
export { adapterName, defaultTargets, type LoraConfig } from "./lora.ts";
export {
  type ForwardResult,
  type LossAndGradients,
  Model,
  type ModelQuantization,
  type ModelSpec,
  modelQuantizations,
} from "./model.ts";
export type { ModelConfig, ModelSummary } from "./model-config.ts";
export {
  describeModel,
  loadModel,
  type OpenModelOptions as LoadModelOptions,
} from "./open-model.ts";
export { countParameters, type ParameterSpec } from "./parameters.ts";
export { plannedRequirements, workingBytes } from "./requirements.ts";
export { withRoundedBase } from "./rounded-base.ts";
export { gradientName, type StepGraph, stepGraph } from "./step-graph.ts";
export { passingWeights } from "./stored-weights.ts";
export {
  encode as encodeT5,
  feedForwardAt,
  layerNorm,
  relativePositionOptions,
  type T5,
  weightsAt,
} from "./t5.ts";
export type { T5Config } from "./t5-config.ts";
