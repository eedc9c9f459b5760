/** @file Decoding search: greedy, sampling and beams over any incremental decoder. */
export type { Decoder } from "./decoder.ts";
export { generate } from "./generate.ts";
export type { GenerateOptions } from "./options.ts";
export type { Generated } from "./search.ts";
