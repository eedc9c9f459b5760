/** @file Whether a data set's words give away its labels. */
export * from "./leaks.ts";
