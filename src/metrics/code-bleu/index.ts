/** @file CodeBLEU: the mean of four comparisons of code, n-grams, keywords, syntax and data flow. */
export {
  type CodeBleu,
  type CodeBleuCounts,
  type CodeBleuScore,
  type CodeBleuWeights,
  codeBleuLanguage,
  codeBleuOf,
  loadCodeBleu,
} from "./code-bleu.ts";
export type { CodeBleuLanguage } from "./keywords.ts";
