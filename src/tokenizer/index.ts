/** @file BPE of bytes or of characters: load, save, train, encode with character offsets, decode. */
export { loadCodeT5Tokenizer } from "./codet5.ts";
export { loadTokenizer, loadTokenizerSync } from "./load.ts";
export { saveTokenizer } from "./save.ts";
export {
  type DecodeOptions,
  type DecodeStream,
  type EncodeOptions,
  type Encoding,
  Tokenizer,
} from "./tokenizer.ts";
export { type TrainOptions, type TrainProgress, trainTokenizer } from "./train.ts";
