/** @file The functions of a tree: where they are, what they are called, what documents them. */
import {
  type Docstring,
  docstringAhead,
  docstringAmong,
  pythonDocstring,
  type Remark,
} from "./docstring.ts";
import { kindOf, readHeader } from "./function-header.ts";
import { type Grammar, role } from "./grammar.ts";
import type { FunctionKind } from "./language-syntax.ts";
import type { ParsedSource } from "./parse.ts";
import { childOfType, outermost, typeOf } from "./syntax-tree.ts";

/** A function found. */
export interface FoundFunction {
  readonly name: string;
  readonly kind: FunctionKind;
  readonly start: number;
  readonly end: number;
  readonly docstring: Docstring | undefined;
  /** The node of a docstring inside the body, else -1. */
  readonly docNode: number;
}

/** All named functions with a body, in order of their starts. */
export function findFunctions(
  grammar: Grammar,
  tree: ParsedSource,
  source: string,
): FoundFunction[] {
  const { roles } = tree.dialect;
  const { numNodes, symbols, starts, ends, next } = tree.nodes;
  const found: FoundFunction[] = [];
  const remarks: Remark[] = [];
  const scopes: number[] = [];
  for (let i = 0; i < numNodes; i += 1) {
    const bits = roles[symbols[i]!]!;
    if (!(bits & (role.comment | role.attachment | role.class | role.function))) continue;
    if (bits & (role.comment | role.attachment)) {
      const isInside = starts[i]! < (remarks.at(-1)?.end ?? 0);
      const isComment = (bits & role.comment) !== 0;
      if (!isInside) remarks.push({ start: starts[i]!, end: ends[i]!, isComment });
      continue;
    }
    while (scopes.length > 0 && next[scopes.at(-1)!]! <= i) scopes.pop();
    if (bits & role.function) {
      const one = readFunction(grammar, tree, i, scopes.at(-1) ?? -1, remarks, source);
      if (one !== undefined) found.push(one);
    }
    scopes.push(i);
  }
  return found.sort((a, b) => a.start - b.start);
}

function readFunction(
  { syntax }: Grammar,
  tree: ParsedSource,
  node: number,
  scope: number,
  remarks: readonly Remark[],
  source: string,
): FoundFunction | undefined {
  const form = tree.dialect.forms.get(tree.nodes.symbols[node]!)!;
  const header = readHeader(tree, node, form, source);
  if (header === undefined) return undefined;
  const { starts, ends } = tree.nodes;
  const docNode = syntax.docComments.markup === "docstring" ? docstringNode(tree, node) : -1;
  const inside =
    docNode < 0 ? undefined : pythonDocstring(source, starts[docNode]!, ends[docNode]!);
  const outer = outermost(tree, header.node, role.wrapper);
  return {
    name: header.name,
    kind: kindOf(tree, header, form, syntax, scope, source),
    start: starts[header.node]!,
    end: ends[header.node]!,
    docstring:
      inside ??
      docstringAhead(source, remarks, starts[outer]!, syntax.docComments) ??
      docstringAmong(
        source,
        modifierComments(tree, header.node, header.nameStart),
        syntax.docComments,
      ),
    docNode: inside === undefined ? -1 : docNode,
  };
}

/** Nodes of a header looked at: nobody writes as many modifiers. */
const maxHeaderNodes = 1000;

/** Comments between a declaration's beginning and its name. */
function modifierComments(
  { dialect, nodes }: ParsedSource,
  node: number,
  nameStart: number,
): Remark[] {
  const { symbols, starts, ends } = nodes;
  const end = Math.min(nodes.numNodes, node + maxHeaderNodes);
  const remarks: Remark[] = [];
  for (let i = node + 1; i < end && starts[i]! < nameStart; i += 1) {
    if ((dialect.roles[symbols[i]!]! & role.comment) === 0) continue;
    remarks.push({ start: starts[i]!, end: ends[i]!, isComment: true });
  }
  return remarks;
}

/** Python: the first statement of the body when it is a string; -1 when it is not. */
function docstringNode(tree: ParsedSource, node: number): number {
  const { next } = tree.nodes;
  const body = childOfType(tree, node, ["block"]);
  if (body < 0) return -1;
  let statement = body + 1;
  while (statement < next[body]! && typeOf(tree, statement) === "comment") statement += 1;
  const isString =
    statement + 1 < next[body]! &&
    typeOf(tree, statement) === "expression_statement" &&
    typeOf(tree, statement + 1) === "string";
  return isString ? statement + 1 : -1;
}
