/**
 * @file Java methods outside classes whose head the reference's parser took for a call: `A < B > f ( int a )`
 * is one that is compared, `a B f ( )` a declaration and then one.
 */
import type { TreeNode } from "../../syntax/index.ts";
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
import { javaOperation } from "./java-operators.ts";
import { type Chain, wrapNodes } from "./reference-tree.ts";
import { openBody } from "./unclosed.ts";

/** A type read as expressions: comparisons of names, with commas between them. */
interface Comparisons {
  readonly chains: readonly Chain[];
  readonly commas: readonly TreeNode[];
}

/** `A < B , C < D >>` as `A < B` and `C < D >>`, whose last operator has no right operand yet. */
export function comparisonsOf(type: TreeNode): Comparisons | undefined {
  const chains: Chain[] = [{ operands: [], operators: [] }];
  const commas: TreeNode[] = [];
  const closing: TreeNode[] = [];
  let at: TreeNode | undefined = type;
  for (; at?.type === "generic_type"; at = argumentsOf(at).at(-1)) {
    const [name, list] = at.children;
    const between = list?.children.filter(({ isNamed }) => !isNamed) ?? [];
    const values = argumentsOf(at);
    if (!isNames(name) || between.length !== values.length + 1) return undefined;
    if (!values.slice(0, -1).every(isNames)) return undefined;
    chains.at(-1)!.operands.push(name!);
    chains.at(-1)!.operators.push(between[0]!);
    closing.unshift(between.at(-1)!);
    commas.push(...between.slice(1, -1));
    for (const value of values.slice(0, -1)) {
      chains.at(-1)!.operands.push(value);
      chains.push({ operands: [], operators: [] });
    }
  }
  if (!isNames(at)) return undefined;
  const end = oneOperator(closing);
  if (end === undefined) return undefined;
  chains.at(-1)!.operands.push(at!);
  chains.at(-1)!.operators.push(end);
  return { chains, commas };
}

function argumentsOf(generic: TreeNode): TreeNode[] {
  return generic.children[1]?.children.filter(({ isNamed }) => isNamed) ?? [];
}

function isNames(type: TreeNode | undefined): boolean {
  if (type === undefined || type.type === "type_identifier") return type !== undefined;
  if (type.type !== "scoped_type_identifier") return false;
  const [scope, dot, name, ...more] = type.children;
  return (
    more.length === 0 && dot?.type === "." && name?.type === "type_identifier" && isNames(scope)
  );
}

/** `>`, `>>` or `>>>` of the marks that close types, if nothing stands between them. */
function oneOperator(marks: readonly TreeNode[]): TreeNode | undefined {
  const [first] = marks;
  const last = marks.at(-1);
  if (first === undefined || last === undefined || marks.length > 3) return undefined;
  if (last.end - first.start !== marks.length) return undefined;
  return { ...first, type: ">".repeat(marks.length), end: last.end };
}

/** The comparisons as expressions with commas, the last of them with a right operand. */
export function expressionsOf({ chains, commas }: Comparisons, right: TreeNode): TreeNode[] {
  return chains.flatMap(({ operands, operators }, i) => {
    const values = operands.map((operand) => fieldAccess(operand));
    if (i === chains.length - 1) values.push(right);
    const operation = inField(javaOperation({ operands: values, operators }), undefined);
    return i < commas.length ? [operation, commas[i]!] : [operation];
  });
}

/** `( int a , B < C > b )` as arguments: other types than comparisons are skipped. */
function argumentsOfCall(parameters: TreeNode): TreeNode {
  const list = inField(renamed(parameters, "argument_list"), "arguments");
  list.children = list.children.flatMap((child) => (child.isNamed ? argument(child) : [child]));
  return list;
}

function argument(parameter: TreeNode): TreeNode[] {
  const [first, ...others] = parameter.children;
  const hasModifiers = first?.type === "modifiers";
  const [type, ...rest] = hasModifiers ? others : parameter.children;
  const name = rest.pop();
  if (type === undefined || name === undefined) return [errorOf(parameter)];
  const words = (hasModifiers ? first.children : []).map((word) => ({
    ...word,
    type: "type_identifier",
    label: "type_identifier",
    isNamed: true,
  }));
  if (parameter.type === "spread_parameter") return spreadArgument(words, type, rest, name);
  const comparisons = comparisonsOf(type);
  if (comparisons !== undefined && rest.length === 0) {
    const skipped = words.length > 0 ? [errorOf(...words)] : [];
    return [...skipped, ...expressionsOf(comparisons, inField(name, undefined))];
  }
  return [errorOf(...words, ...skippedType(type, words)), ...rest, inField(name, undefined)];
}

/** Behind another word the parser took short names for expressions, and short words of the language for none. */
const shortLength = 6;

function skippedType(type: TreeNode, words: readonly TreeNode[]): TreeNode[] {
  if (words.length === 0 || type.end - type.start >= shortLength) return [type];
  if (type.type === "type_identifier") return [asName(type)];
  return isPrimitive(type) ? [{ ...type, label: "" }] : [type];
}

const isPrimitive = ({ type }: TreeNode) =>
  type === "integral_type" || type === "floating_point_type" || type === "boolean_type";

/** `A ... a`: of names the second is skipped. */
function spreadArgument(
  words: readonly TreeNode[],
  type: TreeNode,
  dots: readonly TreeNode[],
  declared: TreeNode,
): TreeNode[] {
  const name = inField(declared.children[0] ?? declared, undefined);
  if (!isNames(type)) return [errorOf(...words, ...skippedType(type, words), ...dots), name];
  const skipped = words.length > 0 ? [errorOf(...words)] : [];
  return [...skipped, fieldAccess(inField(type, undefined)), errorOf(...dots, name)];
}

/** The head of a method as a call. */
export function callOf({ name, parameters }: MethodParts): TreeNode {
  const list = argumentsOfCall(parameters);
  return wrapNodes("method_invocation", undefined, [inField(name, "name"), list]);
}

/** Whether a parameter is annotated, which no call can hold. */
export function hasAnnotation({ parameters }: MethodParts): boolean {
  return parameters.children.some(({ children }) =>
    children[0]?.children.some(({ type }) => type.endsWith("annotation")),
  );
}

/** `A < B > f ( int a ) { ... }`: a comparison with a call, then a block. */
export function callHead(parts: MethodParts): TreeNode[] | undefined {
  const { modifiers, typeParameters, type, last } = parts;
  if (modifiers.length + typeParameters.length > 0 || hasAnnotation(parts)) return undefined;
  const comparisons = type?.type === "generic_type" ? comparisonsOf(type) : undefined;
  if (comparisons === undefined || comparisons.chains.length > 1) return undefined;
  const [expression] = expressionsOf(comparisons, callOf(parts));
  const head = statementsOf(expression!, parts);
  return last.type === openBody ? [...head, errorOf(...last.children)] : head;
}

/** An expression in a method's place, and what is thrown, a declaration of variables of type `throws`. */
export function statementsOf(
  expression: TreeNode,
  { parameters, throwing, thrown, last }: MethodParts,
) {
  const isLastUsed = last.type === ";";
  const end = (at: number) => (isLastUsed ? last : missingSemicolon(at));
  const body = isLastUsed || last.type === openBody ? [] : [inField(last, undefined)];
  if (throwing === undefined) return [statement(expression, end(parameters.end)), ...body];
  const head = statement(expression, missingSemicolon(parameters.end));
  const type = { ...throwing, type: "type_identifier", label: "type_identifier", isNamed: true };
  const variables = thrown.map(namesOf).flatMap((names) => {
    const name = names.pop();
    const scope = names.length > 0 ? [errorOf(...names)] : [];
    return name === undefined ? scope : [...scope, declarator(name)];
  });
  const parts = [inField(type, "type"), ...variables, end(thrown.at(-1)?.end ?? type.end)];
  return [head, declaration(...parts), ...body];
}

/** `a B f ( int c ) { ... }`: a variable `B` of type `a`, then a call, then a block. */
export function namesBeforeCall(node: TreeNode, parts: MethodParts): TreeNode[] | undefined {
  const until = node.children.indexOf(parts.parameters);
  const names = node.children
    .slice(0, until)
    .flatMap((child) => (child.type === "ERROR" ? child.children : [child]));
  const [type, variable, ...rest] = names;
  const name = rest.pop();
  if (type?.type !== "type_identifier" || variable?.type !== "identifier") return undefined;
  if (name?.type !== "identifier" || rest.some((other) => other.type !== "dimensions"))
    return undefined;
  if (hasAnnotation(parts)) return undefined;
  const end = missingSemicolon((rest.at(-1) ?? variable).end);
  const dimensions = rest.map((other) => inField(other, "dimensions"));
  const head = declaration(inField(type, "type"), declarator(asName(variable), ...dimensions), end);
  const { last, hasParameters } = parts;
  const call = callOf({ ...parts, name });
  if (last.type === openBody && !hasParameters && parts.throwing === undefined) {
    return [head, errorOf(call), ...last.children];
  }
  const tail = last.type === openBody ? [errorOf(...last.children)] : [];
  return [head, ...statementsOf(call, parts), ...tail];
}
