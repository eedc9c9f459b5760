/** @file Data of the paper's tasks made from a corpus, in CodeXGLUE's layouts. */
export { type RewriteOptions, rewriteFunction } from "./rewrite.ts";
export { type DocumentedFunction, documentedFunction } from "./summaries.ts";
export { type CorpusTaskCounts, type CorpusTaskOptions, writeCorpusTasks } from "./write-tasks.ts";
