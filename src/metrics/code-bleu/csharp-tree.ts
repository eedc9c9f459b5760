/**
 * @file C#'s trees as the reference's grammar of about 2020-05 gives them: what tree-sitter-c-sharp
 * changed since, row by row.
 */
import type { TreeNode } from "../../syntax/index.ts";
import { childIn } from "./dataflow.ts";
import {
  drop,
  dropFields,
  inTurn,
  type Rewrite,
  type Rewrites,
  regroup,
  rename,
  renameFields,
  wrapNodes,
} from "./reference-tree.ts";

/** `= value` was a clause of its own. */
const equalsClause: Rewrite = (node) => {
  const at = node.children.findIndex(({ type }) => type === "=");
  const value = node.children[at + 1];
  if (at < 0 || value === undefined) return undefined;
  value.field = undefined;
  const clause = wrapNodes("equals_value_clause", undefined, [node.children[at]!, value]);
  node.children.splice(at, 2, clause);
  return undefined;
};

/** The operator was a named node. */
const assignmentOperator: Rewrite = (node) => {
  for (const [i, child] of node.children.entries()) {
    if (child.isNamed || child.type === "this" || child.type === "base") continue;
    node.children[i] = wrapNodes("assignment_operator", undefined, [child]);
  }
  return undefined;
};

const firstField: Readonly<Record<string, string>> = {
  member_access_expression: "expression",
  element_access_expression: "expression",
  invocation_expression: "function",
  binary_expression: "left",
  assignment_expression: "left",
};
const lastField: Readonly<Record<string, string>> = {
  binary_expression: "right",
  assignment_expression: "right",
  cast_expression: "value",
};

/** `this` and `base` were named nodes. */
function keywordExpression(type: string): Rewrite {
  return (node, parent) => {
    if (parent.type === "constructor_initializer" || parent.type === "indexer_declaration") {
      return undefined;
    }
    const named = wrapNodes(type, undefined, [node]);
    const first = parent.children[0] === node ? firstField[parent.type] : undefined;
    const last = parent.children.at(-1) === node ? lastField[parent.type] : undefined;
    const collection = parent.type === "foreach_statement" ? "right" : undefined;
    named.field = first ?? last ?? collection;
    return [named];
  };
}

/** Where an expression begins: the field of what stands first in it. */
const spineFields: Readonly<Record<string, string>> = {
  invocation_expression: "function",
  element_access_expression: "expression",
  member_access_expression: "expression",
  conditional_access_expression: "condition",
  binary_expression: "left",
  conditional_expression: "condition",
};
const callTypes = ["invocation_expression", "element_access_expression"];

/** The first node of some types in an expression, among those that nothing stands in front of. */
function firstOf(types: readonly string[], expression: TreeNode | undefined): TreeNode | undefined {
  let found: TreeNode | undefined;
  for (let at = expression; at !== undefined; ) {
    if (types.includes(at.type)) found = at;
    const field = spineFields[at.type];
    at = field === undefined ? undefined : childIn(at, field);
  }
  return found;
}

/**
 * Operators whose last operand went only as far as the first node of some types in it, which then had the
 * operator as its own first operand: `a + b()` was a call of `a + b`.
 */
function endsBefore(...types: readonly string[]): Rewrite {
  return (node) => {
    const last = node.children.at(-1);
    const next = firstOf(types, last);
    const field = next === undefined ? undefined : spineFields[next.type];
    const operand = next === undefined || field === undefined ? undefined : childIn(next, field);
    if (last === undefined || next === undefined || operand === undefined) return undefined;
    next.children[next.children.indexOf(operand)] = node;
    node.children[node.children.length - 1] = operand;
    [last.field, operand.field, node.field] = [node.field, last.field, operand.field];
    return [last];
  };
}

/** Calls and element accesses bound weaker than operators. */
const callsLast = endsBefore(...callTypes);

/** `a.b<c> d = e` was an assignment to a comparison, `a.b < c > d`. */
const comparisonOfGeneric: Rewrite = (node) => {
  const [declaration, semicolon] = node.children;
  if (declaration?.type !== "variable_declaration" || semicolon?.type !== ";") return undefined;
  const [type, declarator, ...more] = declaration.children;
  if (type?.type !== "qualified_name" || declarator === undefined || more.length > 0)
    return undefined;
  const [qualifier, dot, generic] = type.children;
  if (generic?.type !== "generic_name" || qualifier === undefined || dot === undefined)
    return undefined;
  const [name, list] = generic.children;
  const [open, argument, close, ...others] = list?.children ?? [];
  if (argument?.type !== "identifier" || close === undefined || others.length > 0) return undefined;
  const scope = asExpression(qualifier);
  if (scope === undefined) return undefined;
  const member = memberAccess(scope, dot, name!);
  const less = binary(member, open!, argument);
  const [variable, clause] = declarator.children;
  const greater = binary(less, close, variable!);
  node.type = "expression_statement";
  node.label = node.type;
  if (clause === undefined) {
    node.children = [greater, semicolon];
    return undefined;
  }
  const [equals, value] = clause.children;
  greater.field = "left";
  value!.field = "right";
  const operator = wrapNodes("assignment_operator", undefined, [equals!]);
  node.children = [
    wrapNodes("assignment_expression", undefined, [greater, operator, value!]),
    semicolon,
  ];
  return undefined;
};

function binary(left: TreeNode, operator: TreeNode, right: TreeNode): TreeNode {
  left.field = "left";
  right.field = "right";
  return wrapNodes("binary_expression", undefined, [left, operator, right]);
}

function memberAccess(expression: TreeNode, dot: TreeNode, name: TreeNode): TreeNode {
  expression.field = "expression";
  name.field = "name";
  return wrapNodes("member_access_expression", undefined, [expression, dot, name]);
}

/** The names in `a.b.c` as an expression has them; undefined for generic ones. */
function asExpression(node: TreeNode): TreeNode | undefined {
  if (node.type === "identifier") return node;
  const [head, dot, name] = node.children;
  if (node.type !== "qualified_name" || name?.type !== "identifier") return undefined;
  const expression = asExpression(head!);
  return expression === undefined ? undefined : memberAccess(expression, dot!, name);
}

/** The names in `a.b.c` as a type has them; undefined for any other expression. */
function asTypeName(node: TreeNode): TreeNode | undefined {
  if (node.type === "identifier") return { ...node, field: undefined };
  if (node.type !== "member_access_expression") return undefined;
  const [head, dot, name, ...more] = node.children;
  if (head === undefined || dot === undefined || name?.type !== "identifier") return undefined;
  const names = asTypeName(head);
  if (names === undefined || more.length > 0) return undefined;
  return wrapNodes("qualified_name", undefined, [names, dot, { ...name, field: undefined }]);
}

/** In front of a dot `a[i]` was read as an array type. */
const arrayTypeBeforeDot: Rewrite = ({ children: [element] }) => {
  if (element?.type !== "element_access_expression") return undefined;
  const [array, subscript] = element.children;
  const type = array === undefined ? undefined : asTypeName(array);
  if (type === undefined || subscript?.type !== "bracketed_argument_list") return undefined;
  const isPlain = ({ type: of, children }: TreeNode) => of !== "argument" || children.length === 1;
  if (!subscript.children.every(isPlain)) return undefined;
  rename("array_type")(element, element, () => "");
  rename("array_rank_specifier")(subscript, element, () => "");
  type.field = "type";
  subscript.field = "rank";
  subscript.children = subscript.children.flatMap((child) =>
    child.type === "argument" ? child.children : child,
  );
  element.children = [type, subscript];
  return undefined;
};

/** `params T[] x` was a node among the parameters. */
const parameterArray: Rewrite = (node) => {
  const at = node.children.findIndex(({ type }) => type === "params");
  if (at < 0) return undefined;
  const parts = node.children.slice(at, at + 3);
  for (const part of parts) part.field = undefined;
  node.children.splice(at, 3, wrapNodes("parameter_array", undefined, parts));
  return undefined;
};

/** Labels were nodes, and several of them stood in one section. */
const switchBody: Rewrite = (node) => {
  const sections: TreeNode[] = [];
  for (const child of node.children) {
    const open = sections.at(-1);
    if (open?.type === "switch_section" && open.children.every(isSwitchLabel)) {
      if (child.type === "switch_section") {
        open.children.push(...child.children);
        continue;
      }
    }
    sections.push(child);
  }
  node.children = sections;
  return undefined;
};

const switchLabels = ["case_switch_label", "case_pattern_switch_label", "default_switch_label"];

function isSwitchLabel({ type }: TreeNode): boolean {
  return switchLabels.includes(type);
}

const switchSection: Rewrite = (node) => {
  const colon = node.children.findIndex(({ type }) => type === ":");
  if (colon < 0) return undefined;
  const parts = node.children.slice(0, colon + 1);
  const [word, pattern, ...rest] = parts;
  if (word?.type === "default") {
    node.children.splice(0, colon + 1, wrapNodes("default_switch_label", undefined, parts));
  } else if (pattern?.type === "constant_pattern" && rest.length === 1) {
    const label = [word!, ...pattern.children, ...rest];
    node.children.splice(0, colon + 1, wrapNodes("case_switch_label", undefined, label));
  } else {
    node.children.splice(0, colon + 1, wrapNodes("case_pattern_switch_label", undefined, parts));
  }
  return undefined;
};

/** The name of a label was no identifier. */
const labelName: Rewrite = (node, parent, textOf) => {
  const name = node.children.find(({ type }) => type === "identifier");
  if (name !== undefined) rename("label_name")(name, parent, textOf);
  return undefined;
};

/** `new { A = 1 }`: the name and its mark were a node. */
const nameEquals: Rewrite = (node) => {
  for (let i = 0; i < node.children.length; i++) {
    if (node.children[i + 1]?.type !== "=") continue;
    const parts = node.children.slice(i, i + 2);
    node.children.splice(i, 2, wrapNodes("name_equals", undefined, parts));
  }
  return undefined;
};

/** Parameters had modifiers of their own kind, which were no leaves. */
const parameterModifier: Rewrite = (node, parent) => {
  if (parent.type !== "parameter") return undefined;
  const word: TreeNode = { ...node, isNamed: false, label: "", field: undefined, children: [] };
  return [wrapNodes("parameter_modifier", node.field, [word])];
};

/** Contextual keywords used as names are leaves; `from` was one only where it is declared. */
const contextualWord: Rewrite = (node, parent, textOf) => {
  if (node.children.some(({ label }) => label.startsWith("MISSING")))
    node.label = "MISSING identifier";
  const isUse = parent.type !== "parameter" && parent.type !== "variable_declarator";
  const isFrom = isUse && node.end - node.start === 4 && textOf(node) === "from";
  const word: TreeNode = { ...node, type: "from", isNamed: false, label: "", field: undefined };
  node.children = isFrom ? [{ ...word, children: [] }] : [];
  return undefined;
};

/** `??` bound as strong as `==`, `|` as strong as `^`. */
export const csharpEarlyRewrites: Rewrites = {
  binary_expression: regroup([
    "||",
    "&&",
    "| ^",
    "&",
    "== != ??",
    "< > <= >=",
    "<< >> >>>",
    "+ -",
    "* / %",
  ]),
};

/** What changed, by today's node types. */
export const csharpRewrites: Rewrites = {
  string_literal_content: drop,
  character_literal_content: drop,
  interpolation_start: drop,
  interpolation_brace: drop,
  string_content: rename("interpolated_string_text"),
  binary_expression: callsLast,
  prefix_unary_expression: callsLast,
  cast_expression: callsLast,
  await_expression: callsLast,
  conditional_expression: endsBefore(...callTypes, "conditional_expression"),
  method_declaration: renameFields({ returns: "type" }),
  while_statement: dropFields("condition", "body"),
  do_statement: dropFields("body", "condition"),
  predefined_type: (node, parent, textOf) =>
    textOf(node) === "void" ? rename("void_keyword")(node, parent, textOf) : undefined,
  this: keywordExpression("this_expression"),
  base: keywordExpression("base_expression"),
  foreach_statement: rename("for_each_statement"),
  is_expression: rename("binary_expression"),
  as_expression: rename("binary_expression"),
  typeof_expression: inTurn(rename("type_of_expression"), dropFields("type")),
  sizeof_expression: inTurn(rename("size_of_expression"), dropFields("type")),
  declaration_pattern: dropFields("name"),
  implicit_parameter: rename("identifier"),
  lambda_expression: dropFields("parameters"),
  anonymous_method_expression: dropFields("parameters"),
  anonymous_object_creation_expression: nameEquals,
  destructor_declaration: dropFields("name", "parameters"),
  nullable_type: dropFields("type"),
  pointer_type: dropFields("type"),
  type_parameter: dropFields("name"),
  from_clause: dropFields("name"),
  qualified_name: dropFields("qualifier", "name"),
  array_creation_expression: dropFields("type"),
  member_binding_expression: dropFields("name"),
  base_list: (node) => {
    node.field = "bases";
    return undefined;
  },
  modifier: parameterModifier,
  variable_declarator: inTurn(dropFields("name"), equalsClause),
  local_declaration_statement: comparisonOfGeneric,
  parameter: equalsClause,
  parameter_list: parameterArray,
  assignment_expression: assignmentOperator,
  identifier: contextualWord,
  labeled_statement: labelName,
  goto_statement: labelName,
  switch_section: switchSection,
  switch_body: switchBody,
};

/** After the others: what follows an operator is no type. */
export const csharpLateRewrites: Rewrites = { member_access_expression: arrayTypeBeforeDot };
