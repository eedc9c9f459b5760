/**
 * @file The tree of a piece of code in which CodeBLEU's parts are counted: for the languages of the reference
 * rewritten to what its grammars give, for the others as it is parsed.
 */
import { DataError } from "../../base/index.ts";
import { type Grammar, type Language, parseNodes, type TreeNode } from "../../syntax/index.ts";
import { csharpEarlyRewrites, csharpLateRewrites, csharpRewrites } from "./csharp-tree.ts";
import { javaEarlyRewrites } from "./java-operators.ts";
import { javaRewrites } from "./java-tree.ts";
import { pythonRewrites } from "./python-tree.ts";
import { preorder, type Rewrites, rewriteTree, wrapNodes } from "./reference-tree.ts";
import {
  type LoneBraces,
  loneBraces,
  openCsharpMember,
  openJavaBody,
  putClosingBack,
  withoutClosing,
} from "./unclosed.ts";

/** How a language is parsed and rewritten. */
interface TreeForm {
  /** What is put around the code, tried in turn while there are errors; the first is kept then. */
  readonly wraps: readonly (readonly [string, string])[];
  /** Node types that the wraps add. */
  readonly added: readonly string[];
  /** What becomes of the nodes that code leaves open; see unclosed.ts. */
  readonly unclosed?: (root: TreeNode, end: number) => void;
  readonly rewrites: readonly Rewrites[];
}

const bare = ["", ""] as const;
const inClass = ["class Wrap {", "\n}"] as const;
const noBraces: LoneBraces = { numOpen: 0, closing: [] };
const asParsed: TreeForm = { wraps: [bare], added: [], rewrites: [] };

const forms: Readonly<Partial<Record<Language, TreeForm>>> = {
  // today's grammar has no constructors outside classes
  java: {
    wraps: [bare, inClass],
    added: ["class_declaration", "class_body"],
    unclosed: openJavaBody,
    rewrites: [javaEarlyRewrites, javaRewrites],
  },
  // the reference's grammar has what is in a class outside it as well, and no statements there
  csharp: {
    wraps: [inClass],
    added: ["class_declaration", "declaration_list"],
    unclosed: openCsharpMember,
    rewrites: [csharpEarlyRewrites, csharpRewrites, csharpLateRewrites],
  },
  python: { wraps: [bare], added: [], rewrites: [pythonRewrites] },
  php: { wraps: [["<?php ", ""]], added: ["php_tag"], rewrites: [] },
};

/**
 * Parse code and rewrite its tree.
 * @throws DataError `metric.code` when it is over 2 Mi UTF-16 units, or is not parsed within ten seconds
 */
export function referenceTree(grammar: Grammar, code: string): TreeNode {
  const form = forms[grammar.language] ?? asParsed;
  const root = parseWithin(grammar, code, form);
  if (isDeep(root)) return root;
  for (const table of form.rewrites) {
    rewriteTree(root, table, (node) => code.slice(node.start, node.end));
  }
  return root;
}

/** Trees deeper than this, which is Python's recursion limit, are left as they are parsed. */
const maxDepth = 1000;

function isDeep(root: TreeNode): boolean {
  let level = [root];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > maxDepth) return true;
    level = level.flatMap(({ children }) => children);
  }
  return false;
}

function parseWithin(grammar: Grammar, code: string, form: TreeForm): TreeNode {
  const braces = form.unclosed === undefined ? noBraces : loneBraces(code);
  const closing = braces.numOpen === 0 ? "" : `\n${"}".repeat(braces.numOpen)}`;
  let first: TreeNode | undefined;
  for (const [before, after] of form.wraps) {
    const text = before === "" ? code : withoutClosing(code, braces);
    const parsed = parseNodes(grammar, text, { wrap: [before, closing + after] });
    if (parsed === undefined) throw tooLong(code);
    if (parsed.hasError && first !== undefined) continue;
    const { root } = parsed;
    shift(root, before.length);
    unwrap(root, form.added);
    if (braces.numOpen > 0 && !isDeep(root)) form.unclosed?.(root, code.length);
    clamp(root, code.length);
    if (before !== "") putClosingBack(root, code, braces);
    if (!parsed.hasError) return root;
    first = root;
  }
  return first!;
}

function tooLong(code: string): DataError {
  return new DataError("metric.code", "codeBleu: code too long to be parsed", {
    expected: "at most 2 Mi characters, parsed in 10 s",
    got: `${code.length} characters`,
    where: `${JSON.stringify(code.slice(0, 40))}...`,
  });
}

/** Positions in the code instead of in what was parsed. */
function shift(root: TreeNode, by: number): void {
  if (by === 0) return;
  for (const node of preorder(root)) {
    node.start -= by;
    node.end -= by;
  }
}

function clamp(root: TreeNode, length: number): void {
  if (root.start >= 0 && root.end <= length) return;
  for (const node of preorder(root)) {
    node.start = Math.min(Math.max(node.start, 0), length);
    node.end = Math.min(Math.max(node.end, 0), length);
  }
}

/** Take what the wrap added out of the tree. */
function unwrap(root: TreeNode, added: readonly string[]): void {
  const open = (node: TreeNode): readonly TreeNode[] => {
    if (node.end <= 0 && node.start < 0) return [];
    if (node.start >= 0) return [node];
    const inside = node.children.flatMap(open);
    if (node.type === "ERROR") return skippedRuns(inside);
    if (!added.includes(node.type)) return [node];
    return inside.at(-1)?.type === "}" ? inside.slice(0, -1) : inside;
  };
  if (root.children.some(({ start }) => start < 0)) root.children = root.children.flatMap(open);
}

/** Of what a broken class holds the members, and between them errors of what is none. */
function skippedRuns(nodes: readonly TreeNode[]): TreeNode[] {
  const runs: TreeNode[] = [];
  for (const node of nodes) {
    const before = runs.at(-1);
    if (node.type.endsWith("_declaration") || node.type === "ERROR") runs.push(node);
    else if (before?.type === "ERROR") before.children.push(node);
    else runs.push(wrapNodes("ERROR", undefined, [node]));
  }
  return runs;
}
