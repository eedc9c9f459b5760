export { decodeModel } from "./decode.ts";
export { encodeModel } from "./encode.ts";
export { loadExternalData, readExternalData } from "./external-data.ts";
export * from "./file.ts";
export * from "./model.ts";
export { printModel } from "./print.ts";
export * from "./stats.ts";
