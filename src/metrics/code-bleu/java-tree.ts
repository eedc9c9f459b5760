/**
 * @file Java's trees as the reference's grammar (tree-sitter-java 0f32461 of 2020-05-28) gives them. That
 * grammar has no methods outside classes: each method that is scored, standing alone, was a broken
 * declaration of a variable, and the parser mended it in the few ways that are repeated here.
 */
import type { TreeNode } from "../../syntax/index.ts";
import { childIn } from "./dataflow.ts";
import { callHead, namesBeforeCall } from "./java-calls.ts";
import {
  asName,
  declaration,
  declarator,
  errorOf,
  fieldAccess,
  inField,
  type MethodParts,
  missingSemicolon,
  namesOf,
  renamed,
  statement,
} from "./java-nodes.ts";
import {
  callWithTypeParameters,
  declarationOfTwo,
  declarationWithTypeParameters,
  isBeginningOfTwo,
} from "./java-type-parameters.ts";
import { hoist, type Rewrite, type Rewrites, rename, toLeaf, wrapNodes } from "./reference-tree.ts";
import { openBody } from "./unclosed.ts";

function methodParts(node: TreeNode): MethodParts | undefined {
  const { children } = node;
  const name = childIn(node, "name");
  const parameters = childIn(node, "parameters");
  const last = children.at(-1);
  if (name === undefined || parameters === undefined || last === undefined) return undefined;
  const ofType = (type: string) => children.filter((child) => child.type === type);
  const [throwing] = ofType("throws");
  return {
    modifiers: ofType("modifiers"),
    typeParameters: ofType("type_parameters"),
    type: childIn(node, "type"),
    name,
    parameters,
    throwing: throwing?.children[0],
    thrown: throwing?.children.filter(({ isNamed }) => isNamed) ?? [],
    hasParameters: parameters.children.some(({ isNamed }) => isNamed),
    last,
  };
}

/**
 * The end of a method's head: what was thrown was skipped, or read as a statement of its own, whichever
 * costs tree-sitter less.
 */
function headEnd({ parameters, thrown, hasParameters, last }: MethodParts): TreeNode[] {
  const [first, second, ...more] = thrown;
  if (first === undefined) return [errorOf(parameters)];
  const isName = (type: TreeNode) => type.type !== "scoped_type_identifier";
  if (last.type === ";" && second === undefined) {
    return [errorOf(parameters), statement(fieldAccess(first), last)];
  }
  if (second === undefined) {
    if (!isName(first) || hasParameters) return [errorOf(parameters, asName(first))];
    return [errorOf(parameters), statement(asName(first), missingSemicolon(first.end))];
  }
  if (!hasParameters || !isName(first)) {
    return [errorOf(parameters), declarationOfThrown(first, [second, ...more])];
  }
  const scoped = thrown.findIndex((type) => !isName(type));
  if (scoped < 0 || scoped === thrown.length - 1) {
    return [errorOf(parameters, ...thrown.map(asName))];
  }
  const [type, ...others] = thrown.slice(scoped);
  const skipped = thrown.slice(0, scoped).map(asName);
  return [errorOf(parameters, ...skipped), declarationOfThrown(type!, others)];
}

/** `E , F , G`, read as `E F, G;` with the first comma skipped. */
function declarationOfThrown(type: TreeNode, others: readonly TreeNode[]): TreeNode {
  const names = others.map(namesOf);
  const skipped = names[0]?.slice(0, -1) ?? [];
  const declarators = names.map((parts) => declarator(parts.at(-1)!));
  const end = missingSemicolon(others.at(-1)?.end ?? type.end);
  return declaration(inField(type, "type"), errorOf(...skipped), ...declarators, end);
}

/** `public int f(int a) { ... }`: a variable `f`, then the parameters, skipped, then a block. */
const loneMethod: Rewrite = (node, parent) => {
  const parts = parent.type === "program" ? methodParts(node) : undefined;
  if (parts?.type === undefined) return undefined;
  const call = namesBeforeCall(node, parts) ?? callHead(parts) ?? callWithTypeParameters(parts);
  if (call !== undefined) return call;
  const { modifiers, typeParameters, type, name, last } = parts;
  const end = missingSemicolon(name.end);
  const mended = declarationOfTwo(node, parent, parts) ?? declarationWithTypeParameters(parts);
  const head =
    mended ??
    declaration(
      ...modifiers,
      ...typeParameters.map(skipTypeParameters),
      type,
      declarator(name),
      end,
    );
  const tail = headEnd(parts);
  if (last.type === openBody && mended !== undefined) return [head, ...tail, ...last.children];
  if (last.type === openBody) return [head, ...openTail(tail, parts)];
  const isUsed = tail.some(({ children }) => children.includes(last));
  return [head, ...tail, ...(isUsed ? [] : [inField(last, undefined)])];
};

/** The statements of a body that is not closed: skipped as well, but for a method without parameters. */
function openTail(tail: readonly TreeNode[], { last, hasParameters }: MethodParts): TreeNode[] {
  const skipped = tail.at(-1);
  if (!hasParameters || skipped?.type !== "ERROR") return [...tail, ...last.children];
  skipped.children.push(...last.children);
  return [...tail];
}

/** `<T>` was skipped, its names left. */
function skipTypeParameters(node: TreeNode): TreeNode {
  const parameters = node.children.filter(({ type }) => type === "type_parameter");
  return errorOf(
    ...parameters.flatMap(({ children }) => children.filter(({ isNamed }) => isNamed)),
  );
}

/** `public A(int a) { ... }`: all skipped up to the block. */
const loneConstructor: Rewrite = (node, parent) => {
  const parts = parent.type === "program" ? methodParts(node) : undefined;
  if (parts === undefined) return undefined;
  const { modifiers, name, parameters, thrown, hasParameters, last } = parts;
  if (last.type === openBody) {
    return [errorOf(...modifiers, name, parameters, ...thrown.map(asName), ...last.children)];
  }
  renamed(last, "block");
  if (modifiers.length === 0) return [errorOf(callOf(name, parameters)), inField(last, undefined)];
  if (!hasParameters) return constructorWithoutParameters(parts);
  const head = errorOf(...modifiers, name, parameters, ...thrown.map(asName));
  last.children = last.children.flatMap(explicitCall);
  return [head, inField(last, undefined)];
};

function callOf(name: TreeNode, parameters: TreeNode): TreeNode {
  const list = inField(renamed(parameters, "argument_list"), "arguments");
  list.children = list.children.flatMap((child) => {
    if (child.type !== "formal_parameter") return child;
    const parts = child.children;
    return [errorOf(...parts.slice(0, -1)), inField(parts.at(-1)!, undefined)];
  });
  return wrapNodes("method_invocation", undefined, [inField(name, "name"), list]);
}

/** `super(a, 1);` in a block: no call; a list of names is the parameters of a lambda. */
function explicitCall(node: TreeNode): TreeNode[] {
  if (node.type !== "explicit_constructor_invocation") return [node];
  const list = childIn(node, "arguments");
  const keyword = node.children.find(({ type }) => type === "super" || type === "this");
  const end = node.children.at(-1);
  if (list === undefined || keyword === undefined || end === undefined) return [node];
  const values = list.children.filter(({ isNamed }) => isNamed);
  const areNames = values.every(({ type }) => type === "identifier");
  if (areNames && values.length !== 1) {
    const type = values.length === 0 ? "formal_parameters" : "inferred_parameters";
    return [errorOf(keyword, renamed(list, type), end)];
  }
  return [errorOf(keyword), statement(parenthesized(list), end)];
}

/** `(a, b, 1)` as an expression: all but the last are skipped. */
function parenthesized(list: TreeNode): TreeNode {
  const values = list.children.filter(({ isNamed }) => isNamed);
  const skipped = values.length > 1 ? [errorOf(...values.slice(0, -1))] : [];
  const [open, close] = [list.children[0]!, list.children.at(-1)!];
  return wrapNodes("parenthesized_expression", undefined, [
    open,
    ...skipped,
    ...values.slice(-1),
    close,
  ]);
}

/**
 * `public A() { x = 1; ... }`: a variable `x` of type `A`, then the other statements, the braces skipped.
 */
function constructorWithoutParameters({ modifiers, name, thrown, last }: MethodParts): TreeNode[] {
  const [open, ...inside] = last.children;
  const close = inside.pop();
  const before: TreeNode[] = thrown.map(asName);
  let [first, ...rest] = inside;
  if (first?.type === "explicit_constructor_invocation") {
    const list = childIn(first, "arguments");
    const keyword = first.children.find(({ type }) => type === "super" || type === "this");
    if (keyword !== undefined) before.push(keyword);
    before.push(...(list?.children.filter(({ isNamed }) => isNamed) ?? []));
    [first, ...rest] = rest;
  }
  const marks = [open!, ...before];
  const variable = first === undefined ? undefined : variableOf(first);
  if (variable === undefined) {
    const skipped = errorOf(...modifiers, name, ...marks);
    return [skipped, ...(first === undefined ? [] : [first]), ...rest, errorOf(close!)];
  }
  const type = inField(renamed(name, "type_identifier"), "type");
  const skipped = errorOf(...marks, ...variable.scope);
  const head = declaration(...modifiers, type, skipped, variable.declarator, variable.end);
  return [head, ...variable.rest, ...rest, errorOf(close!)];
}

/** What a statement declares, read behind a type. */
interface Variable {
  /** Names in front of the variable's own, skipped. */
  readonly scope: readonly TreeNode[];
  readonly declarator: TreeNode;
  readonly end: TreeNode;
  readonly rest: readonly TreeNode[];
}

function variableOf(node: TreeNode): Variable | undefined {
  const [expression, end] = node.children;
  if (node.type !== "expression_statement" || expression === undefined || end === undefined) {
    return undefined;
  }
  if (expression.type === "assignment_expression") {
    const [left, equals, right] = expression.children;
    const names = expressionNames(left!);
    if (names === undefined) return undefined;
    const name = names.pop()!;
    const variable = declarator(name, equals!, inField(right!, "value"));
    return { scope: names, declarator: variable, end, rest: [] };
  }
  const list = childIn(expression, "arguments");
  const called = childIn(expression, "name");
  if (expression.type !== "method_invocation" || list === undefined || called === undefined) {
    return undefined;
  }
  const object = childIn(expression, "object");
  const scope = object === undefined ? [] : expressionNames(object);
  if (scope === undefined) return undefined;
  const isEmpty = !list.children.some(({ isNamed }) => isNamed);
  const rest = isEmpty
    ? [errorOf(renamed(list, "formal_parameters"), end)]
    : [statement(parenthesized(list), end)];
  const missing = missingSemicolon(called.end);
  return { scope, declarator: declarator(called), end: missing, rest };
}

/** The names of `a.b.c`; undefined for any other expression. */
function expressionNames(node: TreeNode): TreeNode[] | undefined {
  if (node.type === "identifier" || node.type === "this") return [renamed(node, "identifier")];
  const [object, , field] = node.children;
  if (node.type !== "field_access" || field === undefined) return undefined;
  const names = expressionNames(object!);
  return names === undefined ? undefined : [...names, field];
}

/** `A.class` was a field, unless `A` is no name. */
const classLiteral: Rewrite = (node) => {
  const [type, dot, word] = node.children;
  if (!["type_identifier", "scoped_type_identifier"].includes(type?.type ?? "")) return undefined;
  const object = inField(fieldAccess(type!), "object");
  const named = {
    ...word!,
    type: "identifier",
    label: "identifier",
    isNamed: true,
    field: "field",
  };
  return [wrapNodes("field_access", node.field, [object, dot!, named])];
};

/** `A class`, the dot lost: both words were skipped, where today's parser makes an argument of `class`. */
const skippedClass: Rewrite = (node, _, textOf) => {
  const kept: TreeNode[] = [];
  for (const child of node.children) {
    const before = kept.at(-1);
    const isWord = child.type === "identifier" && textOf(child) === "class";
    if (!isWord || before?.type !== "ERROR") kept.push(child);
    else before.children.push({ ...child, type: "class", isNamed: false, label: "" });
  }
  node.children = kept;
  return undefined;
};

/** What changed, by today's node types. */
export const javaRewrites: Rewrites = {
  string_literal: toLeaf,
  class_literal: classLiteral,
  argument_list: skippedClass,
  switch_expression: rename("switch_statement"),
  switch_block_statement_group: hoist,
  type_list: rename("interface_type_list"),
  local_variable_declaration: (node, parent) => (isBeginningOfTwo(node, parent) ? [] : undefined),
  method_declaration: loneMethod,
  constructor_declaration: loneConstructor,
};
