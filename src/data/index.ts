/** @file Data: readers, splits, duplicates, batches. */
export * from "./batches.ts";
export * from "./codexglue/index.ts";
export * from "./corpus/index.ts";
export * from "./digest.ts";
export * from "./duplicates.ts";
export * from "./importing/index.ts";
export { writeJsonLines } from "./json-lines.ts";
export * from "./labelled-samples.ts";
export * from "./languages.ts";
export * from "./leaks/index.ts";
export * from "./lines.ts";
export * from "./pad.ts";
export * from "./parallel-corpus/index.ts";
export * from "./parallel-lines.ts";
export * from "./predictions.ts";
export * from "./preparation/index.ts";
export * from "./sample/index.ts";
export * from "./split.ts";
