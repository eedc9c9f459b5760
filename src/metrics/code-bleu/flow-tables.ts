/**
 * @file Data-flow rules by language. Java, C# and Python are the reference's `DFG_*` functions, row by
 * row; so are go, php, javascript and ruby, which the reference has but cannot score for want of
 * keywords, with the node types of today's grammars. typescript, c, cpp and rust are ours, in the same
 * manner.
 * Source: salesforce/CodeT5 evaluator/CodeBLEU/parser/DFG.py at 7de7f69.
 */
import type { TreeNode } from "../../syntax/index.ts";
import { childIn, type FlowRules } from "./dataflow.ts";
import {
  assignment,
  assignmentOfEach,
  branch,
  countingLoop,
  declaration,
  eachLoop,
  eachLoopOfTargets,
  fields,
  increment,
  loop,
  type Pairs,
} from "./flow-rules.ts";
import type { CodeBleuLanguage } from "./keywords.ts";

/** Named parts of a loop over a collection. */
function loopFields(nameField: string, valueField: string) {
  return (node: TreeNode) => ({
    name: childIn(node, nameField),
    value: childIn(node, valueField),
    body: childIn(node, "body"),
  });
}

/** Several targets and values pair up by place where they are as many, else each side is one. */
function pairs(leftField: string, rightField: string): Pairs {
  return (node) => {
    const left = childIn(node, leftField);
    const right = childIn(node, rightField);
    if (left === undefined || right === undefined) return undefined;
    const parts = ({ children }: TreeNode) => children.filter(({ type }) => type !== ",");
    const [targets, values] = [parts(left), parts(right)];
    if (targets.length !== values.length || targets.length === 0) return [[left, right]];
    return targets.map((target, i) => [target, values[i]!]);
  };
}

/** The target and the last child: `for x in xs` inside a comprehension, Ruby's `x += y`. */
function lastChildInto(targetOf: (node: TreeNode) => TreeNode | undefined): Pairs {
  return (node) => {
    const target = targetOf(node);
    const value = node.children.at(-1);
    return target === undefined || value === undefined ? undefined : [[target, value]];
  };
}

/** C#'s declarator has no fields: two children are name and value. */
function declaratorParts({ children: [name, value, ...more] }: TreeNode) {
  return { name, value: more.length === 0 ? value : undefined };
}

/** PHP's `foreach ($values as $name)`: the first two variables that are children. */
function foreachParts(node: TreeNode) {
  const [value, name] = node.children.filter(({ type }) => type === "variable_name");
  return { name, value, body: childIn(node, "body") };
}

const elseToken = branch({ alternatives: ["if_statement", "else"], isSticky: true });
const elseClause = branch({ alternatives: ["if_statement", "else_clause"], isSticky: true });

const ecmascript: FlowRules["nodes"] = {
  assignment_pattern: assignment(),
  augmented_assignment_expression: assignment(),
  variable_declarator: declaration(fields("name", "value")),
  update_expression: increment,
  if_statement: branch({
    alternatives: ["if_statement", "else_clause"],
    isSticky: true,
    keepsOuter: true,
  }),
  for_statement: countingLoop("variable_declaration"),
  while_statement: loop,
};

const c: FlowRules["nodes"] = {
  init_declarator: declaration(fields("declarator", "value")),
  assignment_expression: assignment(),
  update_expression: increment,
  if_statement: elseClause,
  for_statement: countingLoop("declaration"),
  while_statement: loop,
  do_statement: loop,
};

/** The rules of every language. */
export const flowTables: Readonly<Record<CodeBleuLanguage, FlowRules>> = {
  java: {
    nodes: {
      variable_declarator: declaration(fields("name", "value")),
      assignment_expression: assignment(),
      update_expression: increment,
      if_statement: elseToken,
      for_statement: countingLoop("local_variable_declaration"),
      enhanced_for_statement: eachLoop(loopFields("name", "value")),
      while_statement: loop,
    },
  },
  csharp: {
    nodes: {
      variable_declarator: declaration(declaratorParts),
      assignment_expression: assignment(),
      postfix_unary_expression: increment,
      if_statement: elseToken,
      // a type that C#'s grammar does not have: never walked twice
      for_statement: countingLoop("local_variable_declaration"),
      for_each_statement: eachLoop(loopFields("left", "right")),
      while_statement: loop,
    },
  },
  python: {
    first: "for_in_clause",
    nodes: {
      default_parameter: declaration(fields("name", "value")),
      assignment: assignmentOfEach(pairs("left", "right")),
      augmented_assignment: assignmentOfEach(pairs("left", "right")),
      for_in_clause: assignmentOfEach(lastChildInto((node) => childIn(node, "left"))),
      if_statement: branch({ alternatives: ["elif_clause", "else_clause"] }),
      for_statement: eachLoopOfTargets(pairs("left", "right"), ({ children }) =>
        children.at(-1)?.type === "block" ? children.at(-1) : undefined,
      ),
      while_statement: loop,
    },
  },
  go: {
    nodes: {
      var_spec: declaration(fields("name", "value")),
      assignment_statement: assignment(),
      inc_statement: increment,
      if_statement: branch({
        alternatives: ["if_statement", "else"],
        isSticky: true,
        keepsOuter: true,
      }),
      for_statement: countingLoop("for_clause", (clause) => childIn(clause, "update")),
    },
  },
  php: {
    nodes: {
      simple_parameter: declaration(fields("name", "default_value")),
      assignment_expression: assignment(),
      augmented_assignment_expression: assignment(),
      update_expression: increment,
      if_statement: branch({
        alternatives: ["if_statement", "else_clause"],
        isSticky: true,
        keepsOuter: true,
      }),
      else_clause: branch({
        alternatives: ["if_statement", "else_clause"],
        isSticky: true,
        keepsOuter: true,
      }),
      for_statement: countingLoop("assignment_expression"),
      foreach_statement: eachLoop(foreachParts),
      while_statement: loop,
    },
  },
  javascript: { nodes: ecmascript },
  typescript: {
    nodes: {
      ...ecmascript,
      required_parameter: declaration(fields("pattern", "value")),
      optional_parameter: declaration(fields("pattern", "value")),
      assignment_expression: assignment(),
    },
  },
  ruby: {
    nodes: {
      keyword_parameter: declaration(fields("name", "value")),
      assignment: assignmentOfEach(pairs("left", "right")),
      operator_assignment: assignmentOfEach(lastChildInto(({ children: [first] }) => first)),
      ...Object.fromEntries(
        ["if", "elsif", "else", "unless", "when"].map((type) => [
          type,
          branch({ alternatives: ["if", "elsif", "else", "unless", "when"] }),
        ]),
      ),
      for: eachLoopOfTargets(
        (node) => {
          const [target, value] = [childIn(node, "pattern"), childIn(node, "value")];
          return target === undefined || value === undefined ? undefined : [[target, value]];
        },
        (node) => childIn(node, "body"),
      ),
      while_modifier: loop,
      until: loop,
    },
  },
  c: { nodes: c },
  cpp: { nodes: { ...c, for_range_loop: eachLoop(loopFields("declarator", "right")) } },
  rust: {
    nodes: {
      let_declaration: declaration(fields("pattern", "value")),
      assignment_expression: assignment(),
      compound_assignment_expr: assignment(),
      if_expression: branch({ alternatives: ["else_clause"] }),
      for_expression: eachLoop(loopFields("pattern", "value")),
      while_expression: loop,
      loop_expression: loop,
    },
  },
};
