/** @file Summarisation data: a function's tokens and the first paragraph of its documentation. */
import { type Grammar, leafTexts, leafTokens } from "../../syntax/index.ts";
import type { CodeExample } from "../corpus/index.ts";

/** A line of CodeSearchNet's files, as far as CodeXGLUE's task reads it. */
export interface DocumentedFunction {
  readonly code_tokens: readonly string[];
  readonly docstring_tokens: readonly string[];
  readonly path: string;
}

const summaryTokens = { least: 3, most: 256 };
const leastCodeTokens = 20;

/** What CodeXGLUE left out: pictures, addresses, and words outside English. */
const isForeign = /<img|https?:|[^\p{ASCII}]/u;

/**
 * The example as summarisation data.
 * Source: Husain et al. 2019 (CodeSearchNet) §3 and CodeXGLUE's filters: the documentation's first paragraph, 3
 * to 256 tokens of it, English letters, no addresses; no tests. Departure: code of at least 20 tokens rather than 3 lines.
 * @returns undefined for an example that is filtered out
 */
export function documentedFunction(
  grammar: Grammar,
  { docstring, code, path }: CodeExample,
): DocumentedFunction | undefined {
  const paragraph = docstring.split(/\n\s*\n/, 1)[0]!.trim();
  if (paragraph === "" || isForeign.test(paragraph) || /test/i.test(path)) return undefined;
  const summary = paragraph.match(/\w+|[^\w\s]/g) ?? [];
  if (summary.length < summaryTokens.least || summary.length > summaryTokens.most) return undefined;
  const leaves = leafTokens(grammar, code);
  if (leaves.hasError || leaves.isIdentifier.length < leastCodeTokens) return undefined;
  return { code_tokens: leafTexts(code, leaves), docstring_tokens: summary, path };
}
