/** @file A function rewritten so that it still does the same: other names, comparisons turned round. */
import { type Grammar, leafTokens, parseNodes, type TreeNode } from "../../syntax/index.ts";

export interface RewriteOptions {
  /**
   * Names to give, the first distinct identifier the first one; what is no plain ASCII name is passed over.
   * Identifiers beyond them keep theirs.
   */
  readonly names: readonly string[];
}

/** `a < b` as `b > a`: what each comparison is when its sides change places. */
const mirrored: Readonly<Record<string, string>> = {
  "<": ">",
  ">": "<",
  "<=": ">=",
  ">=": "<=",
  "==": "==",
  "!=": "!=",
  "===": "===",
  "!==": "!==",
};

/** `a += 1` as `a = a + 1`, for numbers only: on lists and texts the two may differ. */
const expanded: Readonly<Record<string, string>> = { "+=": "+", "-=": "-", "*=": "*" };

/** Between tokens; a `#` with nothing behind it begins an interpolation, as in Ruby's "#@name". */
const comments = /\/\*[\s\S]*?\*\/|(?:\/\/|#(?=[^@{$])).*/g;

const isPlainName = /^[A-Za-z_]\w*$/;
const isName = /^[$@]?[A-Za-z_]\w*$/;
const isNumber = /^\d+$/;

/**
 * A function that does the same: identifiers renamed wherever they stand (scope-blind, called functions and fields
 * included), comments dropped, comparisons of names and numbers mirrored, `a += 1` written out.
 * @param code one function that parses without error
 * @returns undefined when it does not parse, before or after: some names have a meaning, as Ruby's capitals
 */
export function rewriteFunction(
  grammar: Grammar,
  code: string,
  { names }: RewriteOptions,
): string | undefined {
  const tree = parseNodes(grammar, code);
  // a method alone may parse as a snippet only: then its expressions stay
  const edits = tree === undefined || tree.hasError ? [] : expressionEdits(tree.root, code);
  const turned = applied(code, edits);
  const { ranges, isIdentifier, hasError } = leafTokens(grammar, turned);
  if (hasError) return undefined;
  const nameOf = renaming(names);
  const pieces: string[] = [];
  let end = 0;
  for (let i = 0; i < isIdentifier.length; i++) {
    const [start, after] = [ranges[2 * i]!, ranges[2 * i + 1]!];
    const token = turned.slice(start, after);
    pieces.push(turned.slice(end, start).replace(comments, ""));
    pieces.push(isIdentifier[i] ? nameOf(token) : token);
    end = after;
  }
  const rewritten = pieces.join("") + code.slice(code.trimEnd().length);
  return leafTokens(grammar, rewritten).hasError ? undefined : rewritten;
}

/** Distinct names for distinct identifiers; what tells kinds apart stays: a sigil, a capital, Ruby's final mark. */
function renaming(names: readonly string[]): (name: string) => string {
  const given = new Map<string, string>();
  const used = new Set<string>();
  const fresh = names.filter((name) => isPlainName.test(name));
  const next = (isCapital: boolean): string | undefined => {
    for (let name = fresh.shift(); name !== undefined; name = fresh.shift()) {
      const first = isCapital ? name[0]!.toUpperCase() : name[0]!.toLowerCase();
      const fitting = first + name.slice(1);
      if (used.has(fitting)) continue;
      used.add(fitting);
      return fitting;
    }
    return undefined;
  };
  return (name) => {
    const [, sigil, bare, mark] = /^([$@]*)(.*?)([?!]?)$/s.exec(name)!;
    const known = given.get(bare!) ?? next(/^[A-Z]/.test(bare!)) ?? bare!;
    given.set(bare!, known);
    return sigil + known + mark;
  };
}

interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** In order; none lies in another, as their operands are single tokens. */
function expressionEdits(node: TreeNode, code: string): readonly Edit[] {
  const edit = editOf(node, code);
  return edit === undefined
    ? node.children.flatMap((child) => expressionEdits(child, code))
    : [edit];
}

function editOf({ start, end, children }: TreeNode, code: string): Edit | undefined {
  if (children.length !== 3) return undefined;
  const [left, operator, right] = children.map((child) => code.slice(child.start, child.end));
  const isOperand = (text: string) => isName.test(text) || isNumber.test(text);
  if (!isOperand(left!) || !isOperand(right!)) return undefined;
  const mirror = mirrored[operator!];
  if (mirror !== undefined) return { start, end, text: `${right} ${mirror} ${left}` };
  const plain = isName.test(left!) && isNumber.test(right!) ? expanded[operator!] : undefined;
  if (plain === undefined) return undefined;
  return { start, end, text: `${left} = ${left} ${plain} ${right}` };
}

function applied(code: string, edits: readonly Edit[]): string {
  let end = 0;
  const pieces = edits.flatMap(({ start, end: after, text }) => {
    const piece = [code.slice(end, start), text];
    end = after;
    return piece;
  });
  return [...pieces, code.slice(end)].join("");
}
