/** @file Models in GGUF files: early refusal, llama.cpp, files of our own. */
export { type GgufModelInfo, readGgufModel } from "./check.ts";
export { exportAdapterGguf, exportModelGguf, type GgufExportOptions } from "./export-gguf.ts";
export type { GgufType } from "./ggml-blocks.ts";
export { type GgufModel, openGguf, requireLlamaCpp } from "./llama-cpp.ts";
export type { GgufSource } from "./llama-layout.ts";
