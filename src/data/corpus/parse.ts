/** @file Parses source files for mining; grammars are loaded when first needed. */
import { analyzeSource, type Language, loadGrammar } from "../../syntax/index.ts";
import type { ParseSource } from "./mine-file.ts";

/** Parse with a bound on time. */
export function sourceParser(timeoutMs: number): ParseSource {
  return async (language, text) => {
    const grammar = await loadGrammar(language as Language);
    return analyzeSource(grammar, text, { timeoutMs });
  };
}
