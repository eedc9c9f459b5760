/** @file Parts of the broken Java that the reference's grammar made of methods outside classes. */
import type { TreeNode } from "../../syntax/index.ts";
import { wrapNodes } from "./reference-tree.ts";

/** The parts of a method or constructor by role. */
export interface MethodParts {
  readonly modifiers: readonly TreeNode[];
  readonly typeParameters: readonly TreeNode[];
  readonly type: TreeNode | undefined;
  readonly name: TreeNode;
  readonly parameters: TreeNode;
  /** The word `throws`. */
  readonly throwing: TreeNode | undefined;
  /** Types behind it. */
  readonly thrown: readonly TreeNode[];
  readonly hasParameters: boolean;
  /** The body, or the semicolon in its place. */
  readonly last: TreeNode;
}

/** A semicolon that the parser put in. */
export function missingSemicolon(at: number): TreeNode {
  const label = 'MISSING ";"';
  return { type: ";", isNamed: false, field: undefined, label, start: at, end: at, children: [] };
}

/** The node, in another field of its parent. */
export function inField(node: TreeNode, field: string | undefined): TreeNode {
  node.field = field;
  return node;
}

/** The node as one of another type. */
export function renamed(node: TreeNode, type: string): TreeNode {
  node.type = type;
  node.label = type;
  return node;
}

/** Nodes that were skipped. */
export function errorOf(...nodes: readonly TreeNode[]): TreeNode {
  return wrapNodes(
    "ERROR",
    undefined,
    nodes.map((node) => inField(node, undefined)),
  );
}

/** `name` or `name = value`, as a part of a declaration. */
export function declarator(...[name, ...rest]: readonly [TreeNode, ...TreeNode[]]): TreeNode {
  inField(renamed(name, "identifier"), "name");
  return wrapNodes("variable_declarator", "declarator", [name, ...rest]);
}

/** A declaration of variables. */
export function declaration(...parts: readonly TreeNode[]): TreeNode {
  return wrapNodes("local_variable_declaration", undefined, [...parts]);
}

/** An expression that stands alone. */
export function statement(expression: TreeNode, semicolon: TreeNode): TreeNode {
  inField(expression, undefined);
  return wrapNodes("expression_statement", undefined, [expression, semicolon]);
}

/** The names of a qualified type from left to right. */
export function namesOf(type: TreeNode): TreeNode[] {
  if (type.type !== "scoped_type_identifier") return [renamed(type, "identifier")];
  return type.children.filter(({ isNamed }) => isNamed).flatMap(namesOf);
}

/** Of a qualified type the expression with the same text. */
export function fieldAccess(type: TreeNode): TreeNode {
  const [scope, dot, name] = type.children;
  if (type.type !== "scoped_type_identifier" || dot === undefined || name === undefined) {
    return renamed(type, "identifier");
  }
  const object = inField(fieldAccess(scope!), "object");
  const field = inField(renamed(name, "identifier"), "field");
  return wrapNodes("field_access", undefined, [object, dot, field]);
}

/** The identifier with the text of a type, unless that is qualified. */
export function asName(type: TreeNode): TreeNode {
  return type.type === "type_identifier" ? renamed(type, "identifier") : type;
}
