/**
 * @file Code that ends before its braces are closed, as much of what models write does. It is parsed with
 * the braces put in, where every parser agrees, and what they closed is opened again in the way
 * the reference's parser mends it.
 */
import type { TreeNode } from "../../syntax/index.ts";
import { Endings } from "./comments.ts";
import { wrapNodes } from "./reference-tree.ts";

/** Braces without a partner; those in quotations do not count. */
export interface LoneBraces {
  /** How many are left open. */
  readonly numOpen: number;
  /** Offsets of those that close nothing. */
  readonly closing: readonly number[];
}

/** Find the braces of a piece of code that have no partner. */
export function loneBraces(code: string): LoneBraces {
  let numOpen = 0;
  const closing: number[] = [];
  const quoted = endsOfQuotations(code);
  for (const { 0: brace, index } of code.matchAll(/[{}]/g)) {
    if (quoted(index)) continue;
    if (brace === "{") numOpen++;
    else if (numOpen > 0) numOpen--;
    else closing.push(index);
  }
  return { numOpen, closing };
}

/** Tells of ascending offsets whether they lie in a quotation. */
function endsOfQuotations(code: string): (offset: number) => boolean {
  const endings = new Endings(code);
  const quotations: [start: number, end: number][] = [];
  let from = 0;
  for (const { index } of code.matchAll(/["']/g)) {
    if (index < from) continue;
    const end = endings.ofQuote(index);
    if (end < 0) continue;
    quotations.push([index, end]);
    from = end;
  }
  let at = 0;
  return (offset) => {
    while (at < quotations.length && quotations[at]![1] <= offset) at++;
    return at < quotations.length && quotations[at]![0] < offset;
  };
}

/** The code with spaces for braces that close nothing: in a class that is put around they would close it. */
export function withoutClosing(code: string, { closing }: LoneBraces): string {
  let kept = "";
  let from = 0;
  for (const offset of closing) {
    kept += `${code.slice(from, offset)} `;
    from = offset + 1;
  }
  return kept + code.slice(from);
}

/**
 * Put braces that close nothing back: skipped between members, or at the end in the last block.
 */
export function putClosingBack(root: TreeNode, code: string, { closing }: LoneBraces): void {
  for (const [i, offset] of closing.entries()) {
    const isNext = i > 0 && code.slice(closing[i - 1]! + 1, offset).trim() === "";
    if (isNext) continue; // one error for a run of them
    const brace = { type: "}", isNamed: false, field: undefined, label: "" };
    const error = wrapNodes("ERROR", undefined, [
      { ...brace, start: offset, end: offset + 1, children: [] },
    ]);
    const isLast = /^[\s}]*$/.test(code.slice(offset));
    const siblings = (isLast ? lastBlock(root) : root).children;
    const behind = siblings.findIndex(
      ({ start, type }) => start >= offset || (isLast && type === "}"),
    );
    siblings.splice(behind < 0 ? siblings.length : behind, 0, error);
  }
}

/** The last block of the last member; the root where there is none. */
function lastBlock(root: TreeNode): TreeNode {
  const block = root.children.at(-1)?.children.at(-1);
  return block?.type === "block" ? block : root;
}

/** What is left of a node whose end was put in: its closed parts, those of open ones among them. */
function closedParts(node: TreeNode, end: number): TreeNode[] {
  if (node.start >= end) return [];
  node.field = undefined;
  if (node.end <= end) return [node];
  return node.children.flatMap((child) => closedParts(child, end));
}

/** The innermost node that is left open, with its brace the last of its children. */
function innermostOpen(node: TreeNode, end: number): TreeNode {
  let at = node;
  for (;;) {
    const open = at.children.find((child) => child.start < end && child.end > end);
    if (open === undefined) return at;
    at = open;
  }
}

/** Statements that end in another, which is where C#'s parser does not see that a brace is missing. */
const endless = new Set([
  "if_statement",
  "while_statement",
  "for_statement",
  "foreach_statement",
  "lock_statement",
  "using_statement",
  "fixed_statement",
]);

/** C#: a single brace may be put in; all else is skipped, its closed parts left. */
export function openCsharpMember(root: TreeNode, end: number): void {
  root.children = root.children.flatMap((member) => {
    if (member.start >= end) return [];
    if (member.end <= end) return [member];
    const open = innermostOpen(member, end);
    const braces = open.children.filter((child) => child.start >= end);
    const [brace, ...more] = braces;
    const before = open.children.findLast((child) => child.start < end);
    const isSingle = more.length === 0 && brace?.type === "}" && countOpen(member, end) === 1;
    if (isSingle && !endless.has(before?.type ?? "")) {
      brace.label = 'MISSING "}"';
      return [member];
    }
    return [wrapNodes("ERROR", undefined, closedParts(member, end))];
  });
}

/** How many braces were put in below a node. */
function countOpen(node: TreeNode, end: number): number {
  if (node.end <= end) return 0;
  if (node.start >= end) return node.type === "}" ? 1 : 0;
  return node.children.reduce((sum, child) => sum + countOpen(child, end), 0);
}

/** The type of a body that is not closed, its children the closed parts. */
export const openBody = "open_body";

/** Java: the statements of the body stand where the rewrite of methods puts them. */
export function openJavaBody(root: TreeNode, end: number): void {
  root.children = root.children.filter((member) => member.start < end);
  const member = root.children.at(-1);
  const body = member?.children.at(-1);
  if (member === undefined || body === undefined || member.end <= end) return;
  const children = body.children.flatMap((child) => closedParts(child, end));
  const isMethod = ["method_declaration", "constructor_declaration"].includes(member.type);
  if (isMethod && body.end > end) {
    body.type = openBody;
    body.label = openBody;
    body.children = children;
  } else {
    root.children.splice(-1, 1, wrapNodes("ERROR", undefined, closedParts(member, end)));
  }
}
