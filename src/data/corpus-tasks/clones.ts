/** @file Clone-detection data: functions beside themselves rewritten, or beside others rewritten. */
import { type Grammar, leafTexts, leafTokens } from "../../syntax/index.ts";
import { rewriteFunction } from "./rewrite.ts";

/** A function that clones are made of. */
export interface CloneCandidate {
  readonly code: string;
  readonly numTokens: number;
  readonly names: readonly string[];
}

/** Two functions of one language, and whether they do the same. */
export interface MadePair {
  readonly first: string;
  readonly second: string;
  readonly label: 0 | 1;
}

const codeTokens = { least: 30, most: 250 };

/** @returns undefined when the function is too short or long, or does not parse */
export function cloneCandidate(grammar: Grammar, code: string): CloneCandidate | undefined {
  const leaves = leafTokens(grammar, code);
  const numTokens = leaves.isIdentifier.length;
  if (leaves.hasError || numTokens < codeTokens.least || numTokens > codeTokens.most)
    return undefined;
  const identifiers = leafTexts(code, leaves).filter((_, i) => leaves.isIdentifier[i]);
  const names = new Set(identifiers.map((name) => name.replace(/^[$@]+/, "")));
  return { code, numTokens, names: [...names] };
}

/**
 * A pair for each candidate: by turns with itself and with the one next to it in length. The second member is
 * always rewritten, with the names of functions further on, so neither names nor length nor style tell the label.
 */
export function clonePairs(grammar: Grammar, candidates: readonly CloneCandidate[]): MadePair[] {
  const inOrder = [...candidates].sort((a, b) => a.numTokens - b.numTokens);
  const allNames = inOrder.map(({ names }) => names);
  return inOrder.flatMap(({ code }, i) => {
    const label = i % 2 === 0 ? 1 : 0;
    const other = label ? inOrder[i]! : (inOrder[i + 1] ?? inOrder[i - 1])!;
    const names = namesFrom(allNames, i + 2, other.names.length);
    const second = rewriteFunction(grammar, other.code, { names });
    return second === undefined ? [] : [{ first: code, second, label } as const];
  });
}

/** At least `count` distinct names of functions from `first` on, as far as there are any. */
function namesFrom(
  allNames: readonly (readonly string[])[],
  first: number,
  count: number,
): readonly string[] {
  const names = new Set<string>();
  for (let k = 0; k < allNames.length && names.size < count; k++) {
    for (const name of allNames[(first + k) % allNames.length]!) names.add(name);
  }
  return [...names];
}
