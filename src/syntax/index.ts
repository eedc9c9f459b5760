/** @file Syntax of 13 languages by tree-sitter: functions, docstrings, identifiers, obfuscation. */
export {
  analyzeSource,
  extractIdentifiers,
  type FunctionSpan,
  type Identifiers,
  leafTokens,
  type SourceAnalysis,
} from "./analyze.ts";
export { type Grammar, loadGrammar } from "./grammar.ts";
export type { FunctionKind, Language, LanguageSyntax } from "./language-syntax.ts";
export { languageNames, languageOfPath, languages } from "./languages/index.ts";
export { type LeafTokens, leafTexts } from "./leaves.ts";
export { type Obfuscated, obfuscate, restore } from "./obfuscate.ts";
export { parseNodes, type TreeNode } from "./tree-nodes.ts";
