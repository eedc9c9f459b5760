/**
 * @file Python's trees as the reference's grammar of about 2020-05 gives them: what tree-sitter-python
 * changed since, row by row.
 */
import type { TreeNode } from "../../syntax/index.ts";
import { childIn } from "./dataflow.ts";
import {
  drop,
  dropFields,
  hoist,
  inTurn,
  type Rewrite,
  type Rewrites,
  rename,
  toLeaf,
  wrapNodes,
} from "./reference-tree.ts";

/** Values that were never in a list of their own. */
const unlisted = ["expression_list", "assignment", "augmented_assignment", "yield", "variables"];

/** A value on its own was a list of one. */
function listed(node: TreeNode, type = "expression_list"): TreeNode {
  if (unlisted.includes(node.type)) return node;
  const list = wrapNodes(type, node.field, [node]);
  node.field = undefined;
  return list;
}

/** The values in some fields were lists; without fields, all named children. */
function listValues(...fields: readonly string[]): Rewrite {
  return (node) => {
    node.children = node.children.map((child) => {
      const isValue =
        fields.length === 0 ? child.field === undefined : fields.includes(child.field!);
      return child.isNamed && isValue ? listed(child) : child;
    });
    return undefined;
  };
}

/** Targets of a loop were `variables`. */
const loopTargets: Rewrite = (node, parent, textOf) => {
  node.children = node.children.map((child) => {
    if (child.field !== "left") return child;
    if (child.type === "expression_list") rename("variables")(child, parent, textOf);
    return listed(child, "variables");
  });
  return undefined;
};

/** A mark of a string, which had no name. */
const nameless: Rewrite = (node) => {
  node.isNamed = false;
  node.label = "";
  return undefined;
};

/** `not` bound weaker than `and` and `or`: it took all that follows. */
const notTakesAll: Rewrite = (node) => {
  const first = node.children[0];
  let not: TreeNode | undefined = first;
  while (not?.type === "boolean_operator") not = not.children.at(-1);
  const argument = not === undefined ? undefined : childIn(not, "argument");
  if (first === undefined || not?.type !== "not_operator" || argument === undefined)
    return undefined;
  not.children[not.children.indexOf(argument)] = node;
  node.children[0] = argument;
  [first.field, node.field, argument.field] = [node.field, "argument", "left"];
  return [first];
};

/** `a as b` was no node; a target was none either. */
const asPattern: Rewrite = (node, parent) => {
  const [value, ...rest] = node.children;
  if (value === undefined) return undefined;
  value.field = parent.type === "with_item" ? "value" : undefined;
  for (const child of rest) {
    if (child.field === "alias") child.field = parent.type === "with_item" ? "alias" : undefined;
  }
  return node.children;
};

const asPatternTarget: Rewrite = (node) => {
  for (const child of node.children) child.field = node.field;
  return node.children;
};

/** `List[int]` in a type was a subscript. */
const genericType: Rewrite = (node) => {
  const [value, parameters] = node.children;
  if (value === undefined || parameters?.type !== "type_parameter") return undefined;
  value.field = "value";
  const inside = parameters.children.flatMap((child) => {
    if (child.type !== "type") return child;
    for (const part of child.children) part.field = "subscript";
    return child.children;
  });
  return [wrapNodes("subscript", node.field, [value, ...inside])];
};

/** A decorator was a dotted name, perhaps with arguments. */
const decorator: Rewrite = (node) => {
  node.children = node.children.flatMap((child) => {
    if (child.type === "identifier") return wrapNodes("dotted_name", undefined, [child]);
    if (child.type === "attribute") return dottedName(child);
    if (child.type !== "call") return child;
    return child.children.map((part) => {
      const isName = part.field === "function";
      if (isName) part.field = undefined;
      return isName ? dottedName(part) : part;
    });
  });
  return undefined;
};

/** `a.b.c` as a name; other expressions as they are. */
function dottedName(node: TreeNode): TreeNode {
  const parts: TreeNode[] = [];
  let at: TreeNode | undefined = node;
  while (at?.type === "attribute") {
    parts.unshift(...at.children.slice(1));
    at = at.children[0];
  }
  if (at?.type !== "identifier") return node;
  for (const part of [at, ...parts]) part.field = undefined;
  return wrapNodes("dotted_name", undefined, [at, ...parts]);
}

/** The value of `yield from` was in no list. */
const yielded: Rewrite = (node, parent, textOf) =>
  node.children.some(({ type }) => type === "from")
    ? undefined
    : listValues()(node, parent, textOf);

/** What changed, by today's node types. */
export const pythonRewrites: Rewrites = {
  string_start: nameless,
  string_end: nameless,
  string_content: hoist,
  escape_interpolation: drop,
  interpolation: dropFields("expression", "type_conversion", "format_specifier"),
  format_expression: dropFields("expression", "type_conversion", "format_specifier"),
  "is not": hoist,
  "not in": hoist,
  boolean_operator: notTakesAll,
  return_statement: listValues(),
  raise_statement: listValues(),
  yield: yielded,
  decorator,
  except_clause: dropFields("value", "alias"),
  line_continuation: drop,
  assignment: listValues("left", "right"),
  augmented_assignment: listValues("left", "right"),
  for_statement: inTurn(loopTargets, listValues("right")),
  for_in_clause: loopTargets,
  pattern_list: rename("expression_list"),
  tuple_pattern: rename("tuple"),
  list_pattern: rename("list"),
  list_splat_pattern: rename("list_splat"),
  dictionary_splat_pattern: rename("dictionary_splat"),
  keyword_separator: inTurn(rename("list_splat"), toLeaf),
  with_clause: hoist,
  as_pattern: asPattern,
  as_pattern_target: asPatternTarget,
  generic_type: genericType,
};
