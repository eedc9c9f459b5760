/**
 * @file Java methods with type parameters, or with a word before a generic type: the reference's parser
 * skipped what it could of the angle brackets and declared the names between them.
 */
import type { TreeNode } from "../../syntax/index.ts";
import { callOf, comparisonsOf, expressionsOf, hasAnnotation, statementsOf } from "./java-calls.ts";
import {
  asName,
  declaration,
  declarator,
  errorOf,
  inField,
  type MethodParts,
  missingSemicolon,
  namesOf,
  renamed,
} from "./java-nodes.ts";
import { preorder, wrapNodes } from "./reference-tree.ts";
import { openBody } from "./unclosed.ts";

/** The type parameters: the first name, the tokens behind it, and a bound of the only one. */
interface Parameters {
  readonly open: TreeNode;
  readonly first: TreeNode;
  readonly others: readonly TreeNode[];
  readonly close: TreeNode;
  readonly bound: TreeNode | undefined;
}

function parametersOf({ typeParameters }: MethodParts): Parameters | undefined {
  const [open, ...inside] = typeParameters[0]?.children ?? [];
  const close = inside.pop();
  const [parameter, ...more] = inside;
  const [first, bound, ...rest] = parameter?.children ?? [];
  if (open === undefined || close === undefined || first?.type !== "type_identifier")
    return undefined;
  const others = more.flatMap((node) => (node.isNamed ? node.children : [node]));
  if (others.some(({ children }) => children.length > 0) || rest.length > 0) return undefined;
  if (bound !== undefined && (bound.type !== "type_bound" || others.length > 0)) return undefined;
  return { open, first, others: others.map((node) => asName(node)), close, bound };
}

/** `public < T > T f ( ) { ... }`: a variable `T` of type `T`, then a call; or with a bound, comparisons. */
export function callWithTypeParameters(parts: MethodParts): TreeNode[] | undefined {
  const { modifiers, type, last } = parts;
  const found = parametersOf(parts);
  if (found === undefined || type === undefined || modifiers.length === 0) return undefined;
  if (hasAnnotation(parts)) return undefined;
  const { open, first, others, close, bound } = found;
  const typeName = () => inField(renamed(first, "type_identifier"), "type");
  const tail = last.type === openBody ? [errorOf(...last.children)] : [];
  if (bound !== undefined) {
    const [word, base, ...more] = bound.children;
    if (word === undefined || base?.type !== "type_identifier" || more.length > 0) return undefined;
    const variable = declarator({ ...word, isNamed: true });
    const end = missingSemicolon(word.end);
    const head = declaration(...modifiers, errorOf(open), typeName(), variable, end);
    return [head, ...statementsOf(boundedCall(base, close, parts), parts), ...tail];
  }
  const isArray = type.type === "array_type";
  const [name, dimensions] = isArray ? type.children : [type];
  if (name?.type !== "type_identifier") return undefined;
  const variable = declarator(name, ...(dimensions === undefined ? [] : [dimensions]));
  const skipped = errorOf(...others, close);
  const end = missingSemicolon(type.end);
  const head = declaration(...modifiers, errorOf(open), typeName(), skipped, variable, end);
  return [head, ...statementsOf(callOf(parts), parts), ...tail];
}

/** `A > B < C > f ( )`, or with other types than comparisons of names skipped. */
function boundedCall(base: TreeNode, close: TreeNode, parts: MethodParts): TreeNode {
  const type = parts.type!;
  const call = callOf(parts);
  const compared = type.type === "generic_type" ? comparisonsOf(type) : undefined;
  if (compared?.chains.length === 1) {
    const [{ operands, operators }] = compared.chains as [(typeof compared.chains)[0]];
    const chain = { operands: [base, ...operands], operators: [close, ...operators] };
    return expressionsOf({ chains: [chain], commas: [] }, call)[0]!;
  }
  const left = inField(renamed(base, "identifier"), "left");
  return wrapNodes("binary_expression", undefined, [
    left,
    close,
    errorOf(type),
    inField(call, "right"),
  ]);
}

/** `public < T > A < T > f`: a variable `f` of type `T`, what is between skipped. */
export function declarationWithTypeParameters(parts: MethodParts): TreeNode | undefined {
  const { modifiers, type, name } = parts;
  const found = parametersOf(parts);
  if (found === undefined || found.bound !== undefined || modifiers.length === 0) return undefined;
  if (type?.type !== "generic_type") return undefined;
  const { open, first, others, close } = found;
  const [base, list] = type.children;
  if (base === undefined || list === undefined) return undefined;
  const variables = variablesIn([...others, close, ...namesOf(base)], list.children, name);
  const end = missingSemicolon(name.end);
  return declaration(...modifiers, errorOf(open), inField(first, "type"), ...variables, end);
}

/** `< A , B < C > > f` as variables `A` and `f`, all other names skipped. */
function variablesIn(
  before: readonly TreeNode[],
  list: readonly TreeNode[],
  name: TreeNode,
): TreeNode[] {
  const variables: TreeNode[] = [];
  let skipped = [...before];
  const skip = () => {
    if (skipped.length > 0) variables.push(errorOf(...skipped));
    skipped = [];
  };
  for (const node of list) {
    if (node.type !== ",") {
      skipped.push(...tokensOf(node));
      continue;
    }
    const variable = skipped.pop();
    skip();
    if (variable !== undefined) variables.push(declarator(variable), node);
  }
  skip();
  return [...variables, declarator(name)];
}

function tokensOf(type: TreeNode): TreeNode[] {
  return preorder(type)
    .filter(({ children }) => children.length === 0)
    .map((token) => asName(token));
}

/** Whether today's parser made `a A ;` of the beginning of `a A < B > f ( )`, and a method of the rest. */
export function isBeginningOfTwo(node: TreeNode, parent: TreeNode): boolean {
  const [type, variable, end, ...more] = node.children;
  const isPlain = type?.type === "type_identifier" && variable?.children.length === 1;
  if (!isPlain || end === undefined || end.start < end.end || more.length > 0) return false;
  const next = parent.children[parent.children.indexOf(node) + 1];
  return parent.type === "program" && next !== undefined && isEndOfTwo(next);
}

function isEndOfTwo({ type, children }: TreeNode): boolean {
  const isNameless = children.some(({ field, start, end }) => field === "name" && start === end);
  return type === "method_declaration" && children[0]?.type === "type_parameters" && isNameless;
}

/** `a A < B > f` in one: a variable `f` of type `a`, the other names skipped. */
export function declarationOfTwo(
  node: TreeNode,
  parent: TreeNode,
  { type, typeParameters: [list], parameters }: MethodParts,
): TreeNode | undefined {
  if (!isEndOfTwo(node)) return undefined;
  const before = parent.children[parent.children.indexOf(node) - 1];
  if (before === undefined || !isBeginningOfTwo(before, parent)) return undefined;
  if (list === undefined || type?.type !== "type_identifier") return undefined;
  const [first, variable, end] = before.children;
  const words = [...list.children, ...node.children.filter((child) => child.type === "ERROR")];
  const variables = variablesIn(variable!.children, words, type);
  return declaration(first!, ...variables, {
    ...end!,
    start: parameters.start,
    end: parameters.start,
  });
}
