/** @file Ignore files (`.gitignore`, `.ignore`) of nested folders, as git reads them. */
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import ignore, { type Ignore } from "ignore";

const ignoreFileNames = [".gitignore", ".ignore"];

/** Hostile or broken ignore files stay cheap. */
const maxIgnoreBytes = 1 << 18;
const maxPatternLength = 300;
/** Runs of `*` in a pattern; matching takes time to their power. */
const maxStars = 5;

/** The rules in force in one folder: its own, and those of the folders around it. */
export interface IgnoreRules {
  readonly own: Ignore;
  /** Name of the folder the rules are relative to, from the source tree; "" for the tree itself. */
  readonly base: string;
  readonly outer: IgnoreRules | undefined;
}

/**
 * Add the rules of a folder.
 * @param names the folder's entries
 * @param base the folder's name relative to its source tree, with `/` between parts
 * @returns `outer` when the folder has no ignore file
 */
export function enterFolder(
  folder: string,
  names: readonly string[],
  base: string,
  outer: IgnoreRules | undefined,
): IgnoreRules | undefined {
  const files = ignoreFileNames.filter((name) => names.includes(name));
  const patterns = files.flatMap((name) => readPatterns(join(folder, name)));
  if (patterns.length === 0) return outer;
  return { own: ignore().add(patterns), base, outer };
}

function readPatterns(path: string): string[] {
  try {
    const found = statSync(path);
    if (!found.isFile() || found.size > maxIgnoreBytes) return [];
    const lines = readFileSync(path, "utf8").split(/\r?\n/);
    return lines.filter(isModest);
  } catch {
    return [];
  }
}

function isModest(pattern: string): boolean {
  if (pattern === "" || pattern.length > maxPatternLength) return false;
  return (pattern.match(/\*+/g)?.length ?? 0) <= maxStars;
}

/**
 * Whether a name is ignored; the innermost rule that says anything decides.
 * @param name relative to the source tree, with `/` between parts, and at its end for a folder
 */
export function isIgnored(rules: IgnoreRules | undefined, name: string): boolean {
  for (let scope = rules; scope !== undefined; scope = scope.outer) {
    const inner = scope.base === "" ? name : name.slice(scope.base.length + 1);
    const { ignored, unignored } = scope.own.test(inner);
    if (ignored || unignored) return ignored;
  }
  return false;
}
