/** @file Measuring: operations of a graph, speed and memory of training and of generation. */

export {
  type AgainstOptions,
  type BatchFigures,
  benchAgainstTransformers,
  livelyModel,
  type Ratios,
  type RunnerName,
  runnerNames,
} from "./against-transformers.ts";
export { benchClassify, type ClassifyBenchOptions, type ClassifyFigures } from "./classify.ts";
export { benchData, type DataBenchOptions, type StageFigures } from "./data.ts";
export {
  benchGenerate,
  type GenerateBenchOptions,
  type GenerateMode,
  generateModes,
  type ModeFigures,
  randomSources,
} from "./generate.ts";
export { benchLlama, type LlamaBenchOptions, type LlamaFigures, type LlamaShape } from "./llama.ts";
export {
  type FlopsPerToken,
  flopsPerToken,
  matmulFlops,
  matmulFlopsOfModel,
} from "./matmul-flops.ts";
export { writeRandomLlama } from "./random-llama.ts";
export { benchSyntax, type SyntaxBenchOptions, type SyntaxFigures } from "./syntax.ts";
export { benchTorch, type TorchBenchOptions } from "./torch.ts";
export { benchTrain, type TrainBenchOptions } from "./train.ts";
