/** @file Whether a data set's words give away its labels. */
export * from "./leaks.ts";
export * from "./word-baseline.ts";
