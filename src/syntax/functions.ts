/** @file The functions of a tree: where they are, what they are called, what documents them. */
import { type Docstring, docstringBefore, pythonDocstring, type Remark } from "./docstring.ts";
import { type Dialect, type Grammar, role } from "./grammar.ts";
import type { FunctionForm, FunctionKind } from "./language-syntax.ts";
import type { NodeTable } from "./node-table.ts";
import type { ParsedSource } from "./parse.ts";

/** A function found, by its node. */
export interface FoundFunction {
  readonly name: string;
  readonly kind: FunctionKind;
  readonly start: number;
  readonly end: number;
  readonly docstring: Docstring | undefined;
  /** The node of a docstring inside the body, else -1. */
  readonly docNode: number;
}

const undocumented = -1;

/** All functions with a body, in order of their starts. */
export function findFunctions(
  grammar: Grammar,
  { dialect, nodes }: ParsedSource,
  source: string,
): FoundFunction[] {
  const { roles, forms } = dialect;
  const { numNodes, symbols, starts, ends, next } = nodes;
  const found: FoundFunction[] = [];
  const remarks: Remark[] = [];
  const scopes: number[] = [];
  for (let i = 0; i < numNodes; i += 1) {
    const bits = roles[symbols[i]!]!;
    if (!(bits & (role.comment | role.attachment | role.class | role.function))) continue;
    if (bits & (role.comment | role.attachment)) {
      if (starts[i]! >= (remarks.at(-1)?.end ?? 0)) {
        remarks.push({ start: starts[i]!, end: ends[i]!, isComment: (bits & role.comment) !== 0 });
      }
      continue;
    }
    while (scopes.length > 0 && next[scopes.at(-1)!]! <= i) scopes.pop();
    const scope = scopes.at(-1);
    scopes.push(i);
    if (!(bits & role.function)) continue;
    const name = functionName(dialect, nodes, i, forms.get(symbols[i]!)!);
    if (name === undefined) continue;
    const isInClass = scope !== undefined && (roles[symbols[scope]!]! & role.class) !== 0;
    const text = source.slice(name.start, name.end);
    const doc = documentation(grammar, dialect, nodes, i, source, remarks);
    found.push({
      name: text,
      kind: kindOf(grammar, forms.get(symbols[i]!)!, text, isInClass),
      start: starts[i]!,
      end: ends[i]!,
      ...doc,
    });
  }
  return found;
}

function kindOf(
  grammar: Grammar,
  form: FunctionForm,
  name: string,
  isInClass: boolean,
): FunctionKind {
  const isMethod = form.kind === "method" || (form.kind === "function" && isInClass);
  if (!isMethod) return form.kind;
  return grammar.syntax.constructorNames?.includes(name) ? "constructor" : "method";
}

/** The name's range; undefined for a node without a name, or without a body where one is asked for. */
function functionName(
  { types }: Dialect,
  nodes: NodeTable,
  node: number,
  form: FunctionForm,
): { start: number; end: number } | undefined {
  const { symbols, starts, ends, next } = nodes;
  const typeOf = (i: number) => types[symbols[i]!] ?? "ERROR";
  const children = function* (parent: number) {
    for (let i = parent + 1; i < next[parent]!; i = next[i]!) yield i;
  };
  if (form.bodies && ![...children(node)].some((i) => form.bodies!.includes(typeOf(i)))) return;
  let holder = node;
  if (form.declarators) {
    for (let inner: number | undefined = node; inner !== undefined; ) {
      holder = inner;
      inner = [...children(holder)].find((i) => form.declarators!.includes(typeOf(i)));
    }
  }
  const isDeep = holder !== node;
  let name = -1;
  for (let i = holder + 1; i < next[holder]!; ) {
    const type = typeOf(i);
    if (form.stops.includes(type)) break;
    const isName = form.names.includes(type);
    if (isName) name = i;
    i = isName || !isDeep || type === "template_argument_list" ? next[i]! : i + 1;
  }
  return name < 0 ? undefined : { start: starts[name]!, end: ends[name]! };
}

function documentation(
  { syntax }: Grammar,
  dialect: Dialect,
  nodes: NodeTable,
  node: number,
  source: string,
  remarks: readonly Remark[],
): { docstring: Docstring | undefined; docNode: number } {
  if (syntax.docComments.markup === "docstring")
    return docstringInside(dialect, nodes, node, source);
  let outer = node;
  for (;;) {
    const parent = nodes.parents[outer]!;
    if (parent < 0 || !(dialect.roles[nodes.symbols[parent]!]! & role.wrapper)) break;
    outer = parent;
  }
  const start = nodes.starts[outer]!;
  const docstring = docstringBefore(source, remarks, start, syntax.docComments);
  return { docstring, docNode: undocumented };
}

/** The first statement of the body when it is a string. */
function docstringInside(
  { types }: Dialect,
  { symbols, starts, ends, next }: NodeTable,
  node: number,
  source: string,
): { docstring: Docstring | undefined; docNode: number } {
  const typeOf = (i: number) => types[symbols[i]!];
  let i = node + 1;
  while (i < next[node]! && typeOf(i) !== "block") i = next[i]!;
  i += 1;
  while (i < next[node]! && typeOf(i) === "comment") i = next[i]!;
  if (i + 1 < next[node]! && typeOf(i) === "expression_statement" && typeOf(i + 1) === "string") {
    const docstring = pythonDocstring(source, starts[i + 1]!, ends[i + 1]!);
    if (docstring !== undefined) return { docstring, docNode: i + 1 };
  }
  return { docstring: undefined, docNode: undocumented };
}
