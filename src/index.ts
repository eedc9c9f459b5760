/**
 * @module codet5
 * CodeT5 in TypeScript: load, run, train and save models; tokenizers; syntax of source code;
 * gradients of ONNX graphs.
 */
export { CodeT5Error, type NdArray, type Tensor } from "./base/index.ts";
export { gradcheck } from "./grad/index.ts";
export {
  type Batch,
  createModel,
  type ForwardResult,
  type GenerateOptions,
  type LoadModelOptions,
  type LossAndGradients,
  loadModel,
  Model,
  saveModel,
} from "./model/index.ts";
export {
  analyzeSource,
  extractIdentifiers,
  type FunctionKind,
  type FunctionSpan,
  type Grammar,
  type Identifiers,
  type Language,
  type LanguageSyntax,
  type LeafTokens,
  languageOfPath,
  languages,
  leafTokens,
  loadGrammar,
  type Obfuscated,
  obfuscate,
  restore,
  type SourceAnalysis,
} from "./syntax/index.ts";
export {
  type DecodeOptions,
  type EncodeOptions,
  type Encoding,
  loadTokenizer,
  saveTokenizer,
  Tokenizer,
  type TrainOptions,
  type TrainProgress,
  trainTokenizer,
} from "./tokenizer/index.ts";
