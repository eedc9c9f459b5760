/** @file Making a data set ready for an experiment: counts, copies, parts. */
export { type CopyLevel, copyLevels, copySets, defaultNearness } from "./copies.ts";
export * from "./divide.ts";
export * from "./remove-copies.ts";
export * from "./stats.ts";
