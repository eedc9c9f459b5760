/** @file A function's header: its name, the range that declares it, and its kind. */
import type { FunctionForm, FunctionKind, LanguageSyntax } from "./language-syntax.ts";
import type { ParsedSource } from "./parse.ts";
import { childOfType, childrenOf, typeOf } from "./syntax-tree.ts";

/** What stands before a body. */
export interface FunctionHeader {
  readonly name: string;
  readonly nameStart: number;
  /** The node that declares the function: itself, or the statement that binds it to a name. */
  readonly node: number;
}

/** The header of a function node; undefined when it has no name, or no body where one is asked for. */
export function readHeader(
  tree: ParsedSource,
  node: number,
  form: FunctionForm,
  source: string,
): FunctionHeader | undefined {
  if (form.bodies !== undefined && childOfType(tree, node, form.bodies) < 0) return undefined;
  const declared = form.bindings === undefined ? node : bindingOf(tree, node, form.bindings);
  if (declared === undefined) return undefined;
  const range = nameRange(tree, declared, node, form);
  if (range === undefined) return undefined;
  const name = source.slice(range[0], range[1]).trim();
  return { name, nameStart: range[0], node: statementOf(tree, declared, form) };
}

/** The node around an anonymous function that names it, when the function is its value. */
function bindingOf(
  tree: ParsedSource,
  node: number,
  bindings: readonly string[],
): number | undefined {
  const parent = tree.nodes.parents[node]!;
  const isValue = parent >= 0 && bindings.includes(typeOf(tree, parent));
  return isValue && tree.nodes.next[parent]! <= tree.nodes.next[node]! + 1 ? parent : undefined;
}

/** The statement around a binding when it holds nothing else. */
function statementOf(tree: ParsedSource, node: number, { statements = [] }: FunctionForm): number {
  const { parents, next } = tree.nodes;
  const parent = parents[node]!;
  if (parent < 0 || !statements.includes(typeOf(tree, parent))) return node;
  // at most a keyword before and a semicolon behind
  return node <= parent + 2 && next[parent]! <= next[node]! + 1 ? parent : node;
}

/** The last name ahead of the first stop, or all from `nameFrom` to the stop. */
function nameRange(
  tree: ParsedSource,
  declared: number,
  node: number,
  form: FunctionForm,
): [start: number, end: number] | undefined {
  const { starts, ends, next } = tree.nodes;
  const holder = declaratorOf(tree, declared, form.declarators ?? []);
  const isDeep = holder !== declared;
  let range: [number, number] | undefined;
  let from = -1;
  for (let i = holder + 1; i < next[holder]! && i !== node; ) {
    const type = typeOf(tree, i);
    if (form.stops.includes(type)) break;
    if (type === form.nameFrom) from = starts[i]!;
    const isName = from >= 0 || form.names.includes(type);
    if (isName) range = [from >= 0 ? from : lastLeafStart(tree, i, form), ends[i]!];
    i = isName || !isDeep || type === "template_argument_list" ? next[i]! : i + 1;
  }
  return range;
}

/** C's declarators lie inside each other: the innermost one declares the function. */
function declaratorOf(tree: ParsedSource, node: number, declarators: readonly string[]): number {
  let holder = node;
  for (;;) {
    const inner = childOfType(tree, holder, declarators);
    if (inner < 0) return holder;
    holder = inner;
  }
}

/** `a.b.c` is named by its last part. */
function lastLeafStart({ nodes, dialect }: ParsedSource, node: number, form: FunctionForm): number {
  const isPath = form.paths?.includes(dialect.types[nodes.symbols[node]!]!) === true;
  return nodes.starts[isPath ? nodes.next[node]! - 1 : node]!;
}

/** Function, method or constructor; `scope` is the nearest class or function around, -1 for none. */
export function kindOf(
  tree: ParsedSource,
  header: FunctionHeader,
  form: FunctionForm,
  { classes, classNames, constructorNames }: LanguageSyntax,
  scope: number,
  source: string,
): FunctionKind {
  if (form.kind === "constructor") return "constructor";
  const isInClass = scope >= 0 && classes.includes(typeOf(tree, scope));
  const className =
    classNames === undefined
      ? undefined
      : (qualifierOf(header, source) ??
        classNameOf(tree, isInClass ? scope : -1, classNames, source));
  if (form.kind !== "method" && !isInClass && className === undefined) return form.kind;
  const isConstructor = header.name === className || constructorNames?.includes(header.name);
  return isConstructor ? "constructor" : "method";
}

/** `Grid` of `Grid<int>::reset`; names in front of it are not looked for further than this. */
const maxQualifier = 100;

function qualifierOf({ nameStart }: FunctionHeader, source: string): string | undefined {
  const before = source.slice(Math.max(0, nameStart - maxQualifier), nameStart);
  return /([\p{L}\p{N}_]+)\s*(?:<[^<>]*>)?\s*::\s*$/u.exec(before)?.[1];
}

function classNameOf(
  tree: ParsedSource,
  scope: number,
  classNames: readonly string[],
  source: string,
): string | undefined {
  if (scope < 0) return undefined;
  for (const child of childrenOf(tree, tree.nodes.parents[scope]!)) {
    if (!classNames.includes(typeOf(tree, child))) continue;
    return /^[\p{L}\p{N}_]+/u.exec(
      source.slice(tree.nodes.starts[child]!, tree.nodes.ends[child]!),
    )?.[0];
  }
  return undefined;
}
