/** @file A corpus in thirteen languages in which only the flow of data tells vulnerable from safe. */
export * from "./generate.ts";
export { type CorpusLanguage, corpusLanguages } from "./program.ts";
