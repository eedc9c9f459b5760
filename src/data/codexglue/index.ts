/** @file CodeXGLUE's data sets, read as they are downloaded. */
export {
  type ClonePair,
  type LabelledFunction,
  readClone,
  readDefect,
} from "./classification.ts";
export { readRefine, readTranslate } from "./parallel.ts";
export { mapParts, type Parts } from "./parts.ts";
export { readConcode, readSummarize } from "./text.ts";
