/** @file A sample corpus without end: small functions in several languages, some with a weakness. */
export * from "./corpus.ts";
export { generateFunctions, generateTranslationPairs } from "./generate.ts";
export { generateLabelledSamples } from "./labelled.ts";
