/** @file Models in GGUF files: early refusal, llama.cpp, files of our own. */
export { type GgufModelInfo, readGgufModel } from "./check.ts";
export { type GgufModel, openGguf } from "./llama-cpp.ts";
