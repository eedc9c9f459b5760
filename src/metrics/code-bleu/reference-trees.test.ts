import { expect, test } from "vitest";
import { type Language, loadGrammar, type TreeNode } from "../../syntax/index.ts";
import { stripComments } from "./comments.ts";
import { dataFlows } from "./dataflow-match.ts";
import { flowTables } from "./flow-tables.ts";
import { referenceTree } from "./reference-trees.ts";
import { loneBraces } from "./unclosed.ts";

function print({ label, field, children }: TreeNode): string {
  const inside = children.map(print).filter((text) => text !== "");
  if (label === "") return inside.join(" ");
  return `${field === undefined ? "" : `${field}: `}(${[label, ...inside].join(" ")})`;
}

async function treeOf(language: Language, code: string): Promise<string> {
  return print(referenceTree(await loadGrammar(language), stripComments(code)));
}

/** The part of a tree that stands in a Java block, or a C# method's. */
async function inside(language: "java" | "csharp", code: string): Promise<string> {
  const wrapped = language === "java" ? `{ ${code} }` : `void f(){ ${code} }`;
  const tree = await treeOf(language, wrapped);
  return tree.slice(tree.indexOf("(block ") + 7, language === "java" ? -2 : -3);
}

// what the reference's own parser prints for the same code
test.each([
  [
    "int f(int a) { return a; }",
    '(program (local_variable_declaration type: (integral_type) declarator: (variable_declarator name: (identifier)) (MISSING ";")) (ERROR (formal_parameters (formal_parameter type: (integral_type) name: (identifier)))) (block (return_statement (identifier))))',
  ],
  [
    "void f() throws E { g(); }",
    '(program (local_variable_declaration type: (void_type) declarator: (variable_declarator name: (identifier)) (MISSING ";")) (ERROR (formal_parameters)) (expression_statement (identifier) (MISSING ";")) (block (expression_statement (method_invocation name: (identifier) arguments: (argument_list)))))',
  ],
  [
    "public A(int x) {super(a, b);}",
    "(program (ERROR (modifiers) (identifier) (formal_parameters (formal_parameter type: (integral_type) name: (identifier)))) (block (ERROR (super) (inferred_parameters (identifier) (identifier)))))",
  ],
  [
    "public A() {x = 1; y = 2;}",
    "(program (local_variable_declaration (modifiers) type: (type_identifier) (ERROR) declarator: (variable_declarator name: (identifier) value: (decimal_integer_literal))) (expression_statement (assignment_expression left: (identifier) right: (decimal_integer_literal))) (ERROR))",
  ],
  [
    "public int f() {return x;",
    '(program (local_variable_declaration (modifiers) type: (integral_type) declarator: (variable_declarator name: (identifier)) (MISSING ";")) (ERROR (formal_parameters)) (return_statement (identifier)))',
  ],
  [
    "A<String> f(int a, B<C> b) throws E {}",
    '(program (expression_statement (binary_expression left: (binary_expression left: (identifier) right: (identifier)) right: (method_invocation name: (identifier) arguments: (argument_list (ERROR (integral_type)) (identifier) (binary_expression left: (binary_expression left: (identifier) right: (identifier)) right: (identifier))))) (MISSING ";")) (local_variable_declaration type: (type_identifier) declarator: (variable_declarator name: (identifier)) (MISSING ";")) (block))',
  ],
  [
    "List<A> f(C<D, E> c) {}",
    '(program (expression_statement (binary_expression left: (binary_expression left: (identifier) right: (identifier)) right: (method_invocation name: (identifier) arguments: (argument_list (binary_expression left: (identifier) right: (identifier)) (binary_expression left: (identifier) right: (identifier))))) (MISSING ";")) (block))',
  ],
  [
    "A<B<C>> f(final String s) {return x;",
    '(program (expression_statement (binary_expression left: (binary_expression left: (identifier) right: (identifier)) right: (binary_expression left: (identifier) right: (method_invocation name: (identifier) arguments: (argument_list (ERROR (type_identifier) (type_identifier)) (identifier))))) (MISSING ";")) (ERROR (return_statement (identifier))))',
  ],
  [
    "int f() {} a String g(int b) {}",
    '(program (local_variable_declaration type: (integral_type) declarator: (variable_declarator name: (identifier)) (MISSING ";")) (ERROR (formal_parameters)) (block) (local_variable_declaration type: (type_identifier) declarator: (variable_declarator name: (identifier)) (MISSING ";")) (expression_statement (method_invocation name: (identifier) arguments: (argument_list (ERROR (integral_type)) (identifier))) (MISSING ";")) (block))',
  ],
  [
    "int f() {} word List<String> function(int b) {}",
    '(program (local_variable_declaration type: (integral_type) declarator: (variable_declarator name: (identifier)) (MISSING ";")) (ERROR (formal_parameters)) (block) (local_variable_declaration type: (type_identifier) (ERROR (identifier) (identifier)) declarator: (variable_declarator name: (identifier)) (MISSING ";")) (ERROR (formal_parameters (formal_parameter type: (integral_type) name: (identifier)))) (block))',
  ],
  [
    "public <T> T f() {}",
    '(program (local_variable_declaration (modifiers) (ERROR) type: (type_identifier) (ERROR) declarator: (variable_declarator name: (identifier)) (MISSING ";")) (expression_statement (method_invocation name: (identifier) arguments: (argument_list)) (MISSING ";")) (block))',
  ],
  [
    "public <T> List<T> name() {}",
    '(program (local_variable_declaration (modifiers) (ERROR) type: (type_identifier) (ERROR (identifier) (identifier)) declarator: (variable_declarator name: (identifier)) (MISSING ";")) (ERROR (formal_parameters)) (block))',
  ],
  [
    "public <T extends A> T f() {}",
    '(program (local_variable_declaration (modifiers) (ERROR) type: (type_identifier) declarator: (variable_declarator name: (identifier)) (MISSING ";")) (expression_statement (binary_expression left: (identifier) (ERROR (type_identifier)) right: (method_invocation name: (identifier) arguments: (argument_list))) (MISSING ";")) (block))',
  ],
])("referenceTree: a Java method alone is mended as by the reference: %s", async (code, tree) => {
  expect(await treeOf("java", code)).toBe(tree);
});

test("referenceTree: Java's comparisons bind stronger than sums, a sign may be a cast", async () => {
  expect(await inside("java", "x = a < b + c;")).toContain(
    "right: (binary_expression left: (binary_expression left: (identifier) right: (identifier)) right: (identifier))",
  );
  expect(await inside("java", "return (a) - 1;")).toBe(
    "(return_statement (cast_expression type: (type_identifier) value: (unary_expression operand: (decimal_integer_literal))))",
  );
  expect(await inside("java", "x = (a) - b;")).not.toContain("cast");
});

test("referenceTree: C#'s calls bind weaker than operators", async () => {
  expect(await inside("csharp", "x = a + b();")).toContain(
    "right: (invocation_expression function: (binary_expression left: (identifier) right: (identifier)) arguments: (argument_list))",
  );
  expect(await inside("csharp", "x = a ? b : c ? d : e;")).toContain(
    "right: (conditional_expression condition: (conditional_expression",
  );
});

test("referenceTree: a single brace of C# is put in, more are not", async () => {
  expect(await treeOf("csharp", "int F(){return x;")).toBe(
    '(compilation_unit (method_declaration type: (predefined_type) name: (identifier) parameters: (parameter_list) body: (block (return_statement (identifier)) (MISSING "}"))))',
  );
  expect(await treeOf("csharp", "int F(){if(x){g();")).toBe(
    "(compilation_unit (ERROR (predefined_type) (identifier) (parameter_list) (identifier) (expression_statement (invocation_expression function: (identifier) arguments: (argument_list)))))",
  );
  expect(await treeOf("csharp", "void F(){g();}}")).toContain("(argument_list))) (ERROR))");
});

test("referenceTree: Python's lone values are lists, `not` takes all that follows", async () => {
  expect(await treeOf("python", "x = not a and b")).toBe(
    "(module (expression_statement (assignment left: (expression_list (identifier)) right: (expression_list (not_operator argument: (boolean_operator left: (identifier) right: (identifier)))))))",
  );
  expect(await treeOf("python", "for a in b: c()")).toContain(
    "left: (variables (identifier)) right: (expression_list (identifier))",
  );
});

test("loneBraces: quotations do not count, closing ones are found where they stand", () => {
  expect(loneBraces("{ '{' \"}\" { }")).toEqual({ numOpen: 1, closing: [] });
  expect(loneBraces("} { } }")).toEqual({ numOpen: 0, closing: [0, 6] });
});

const flows = async (language: "java" | "csharp" | "python", code: string) =>
  dataFlows(referenceTree(await loadGrammar(language), code), code, flowTables[language]);

test("dataFlows: values come from names, loops are walked twice, branches unite", async () => {
  expect(await flows("java", "{ int x = y; x = x + z; }")).toEqual([
    "1 comesFrom 0",
    "0 comesFrom ",
    "1 computedFrom 1,2",
    "1 comesFrom 1",
    "2 comesFrom ",
  ]);
  const branches = await flows("python", "if a:\n  x = 1\nelse:\n  x = 2\ny = x\n");
  expect(branches.at(-1)).toBe("1 comesFrom 1");
});

test("dataFlows: characters beyond ASCII shift the texts behind them, as in the reference", async () => {
  // the columns of `b` are bytes: its text is cut from the characters behind it
  expect(await flows("java", '{ s = "é"; a = b; }')).not.toEqual(
    await flows("java", '{ s = "e"; a = b; }'),
  );
});

test("dataFlows: code too deep or too long to walk has none", async () => {
  expect(await flows("java", `{ x = ${"(".repeat(1200)}a${")".repeat(1200)}; }`)).toEqual([]);
  const nest = `{ ${"while (a) { ".repeat(30)} a = b; ${"}".repeat(30)} }`;
  expect(await flows("java", nest)).toEqual([]);
});
