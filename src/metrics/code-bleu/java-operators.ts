/** @file How the reference's grammar of Java grouped operators: other precedences, and casts of signs. */
import type { TreeNode } from "../../syntax/index.ts";
import { inField } from "./java-nodes.ts";
import {
  type Chain,
  groupChain,
  type Precedence,
  type Rewrites,
  regroup,
  wrapNodes,
} from "./reference-tree.ts";

function asTypeName(node: TreeNode): TreeNode {
  node.type = "type_identifier";
  node.label = node.type;
  return inField(node, undefined);
}

/**
 * `(a) - b` was `-b` cast to a type `a`: always for `(a.b)`, for a single name at the beginning of a chain
 * if the chain goes on or nothing stands in front that ends an operand's ambiguity.
 */
function castSigned({ operands, operators }: Chain, node: TreeNode, parent: TreeNode): void {
  for (let i = operators.length - 1; i >= 0; i--) {
    const inside = operands[i]!.children[1];
    const isSign = operators[i]!.type === "+" || operators[i]!.type === "-";
    if (!isSign || operands[i]!.type !== "parenthesized_expression") continue;
    const isName = inside?.type === "identifier";
    if (isName && (i > 0 || (operators.length === 1 && !beginsAfresh(node, parent)))) continue;
    const type = inside === undefined ? undefined : asType(inside);
    if (type === undefined) continue;
    const [cast] = operands.splice(i, 1);
    const [sign] = operators.splice(i, 1);
    cast!.children[1] = inField(type, "type");
    operands[i] = signedCast(cast!, sign!, operands[i]!);
  }
}

function signedCast(cast: TreeNode, sign: TreeNode, operand: TreeNode): TreeNode {
  const unary = wrapNodes("unary_expression", "value", [sign, inField(operand, "operand")]);
  return wrapNodes("cast_expression", undefined, [...cast.children, unary]);
}

/** Nodes in which a chain stands behind `=`, `,`, `:` or `->`. */
const continuing: Readonly<Record<string, string>> = {
  assignment_expression: "right",
  variable_declarator: "value",
  ternary_expression: "alternative",
  lambda_expression: "body",
  for_statement: "condition",
};

function beginsAfresh(node: TreeNode, parent: TreeNode): boolean {
  if (continuing[parent.type] !== undefined && continuing[parent.type] === node.field) return false;
  const isFirst = parent.children.find(({ isNamed }) => isNamed) === node;
  return isFirst || (parent.type !== "argument_list" && parent.type !== "array_initializer");
}

/** The type with the same text as `a.b.c`; undefined for any other expression. */
function asType(node: TreeNode): TreeNode | undefined {
  if (node.type === "identifier") return asTypeName(node);
  const [object, dot, field, ...more] = node.children;
  if (node.type !== "field_access" || field?.type !== "identifier" || more.length > 0)
    return undefined;
  const scope = asType(object!);
  if (scope === undefined) return undefined;
  const parts = [inField(scope, undefined), dot!, asTypeName(field)];
  return wrapNodes("scoped_type_identifier", undefined, parts);
}

/** Comparisons bound stronger than sums, shifts as strong as products. */
const precedence: Precedence = ["|| | ^", "&& &", "+ -", "== != < > <= >=", "* / % << >> >>>"];

/** The tree of operands and operators; without an operator the operand. */
export const javaOperation = (chain: Chain): TreeNode => groupChain(chain, precedence);

/** Operators by the reference's precedences. */
export const javaEarlyRewrites: Rewrites = { binary_expression: regroup(precedence, castSigned) };
