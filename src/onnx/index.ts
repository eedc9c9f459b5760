export { decodeModel } from "./decode.ts";
export { encodeModel } from "./encode.ts";
export { loadExternalData, readExternalData } from "./external-data.ts";
export { readModel, type WriteModelOptions, writeModel } from "./file.ts";
export * from "./model.ts";
export { printModel } from "./print.ts";
export { type ModelStats, statsOf, type TensorTotals } from "./stats.ts";
