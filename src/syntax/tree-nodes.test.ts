import { expect, test } from "vitest";
import { loadGrammar, parseNodes, type TreeNode } from "./index.ts";

function print({ label, field, children }: TreeNode): string {
  const inside = children.map(print).filter((text) => text !== "");
  if (label === "") return inside.join(" ");
  return `${field === undefined ? "" : `${field}: `}(${[label, ...inside].join(" ")})`;
}

test.each([
  ["java", "class A { int f(int a) { return g(a + 1; } }"],
  ["csharp", "class A { void F() { x.[0]; if (a b) { $ } }"],
  ["python", "def f ( x ) : a ( x ) ; return x y = 1"],
  ["go", 'func f() { for i := 0; i < 1; i++ { a("é😀") } '],
] as const)(
  "parseNodes: prints as tree-sitter does, broken code too: %s",
  async (language, code) => {
    const grammar = await loadGrammar(language);
    const { root, hasError } = parseNodes(grammar, code)!;
    const tree = grammar.dialects[0].parser.parse(code)!;
    expect(print(root)).toBe(tree.rootNode.toString());
    expect(hasError).toBe(tree.rootNode.hasError);
    tree.delete();
  },
);

test("parseNodes: positions are UTF-16 offsets, those of a wrap included", async () => {
  const grammar = await loadGrammar("java");
  const { root } = parseNodes(grammar, "int 😀x;", { wrap: ["class A { ", " }"] })!;
  expect([root.start, root.end]).toEqual([0, "class A { int 😀x; }".length]);
});

test("parseNodes: text that is too long is not parsed", async () => {
  expect(parseNodes(await loadGrammar("java"), " ".repeat(2 ** 21 + 1))).toBeUndefined();
});
