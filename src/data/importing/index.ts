/** @file Data sets as people have them on disk, read into labelled samples. */
export * from "./import-samples.ts";
export { importers } from "./sources/index.ts";
