/** @file The tree read from memory against tree-sitter's own cursor, node by node. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Tree } from "web-tree-sitter";
import type { Dialect } from "./grammar.ts";
import { type Language, languages, loadGrammar } from "./index.ts";
import type { NodeTable } from "./node-table.ts";
import { readTree } from "./tree-memory.ts";

/** A line per node: type, range, parent. */
function linesByCursor(tree: Tree): string {
  const lines: string[] = [];
  const parents = [-1];
  const cursor = tree.walk();
  for (;;) {
    const { nodeType, startIndex, endIndex } = cursor;
    lines.push(`${nodeType} ${startIndex} ${endIndex} in ${parents.at(-1)}`);
    if (cursor.gotoFirstChild()) {
      parents.push(lines.length - 1);
      continue;
    }
    while (!cursor.gotoNextSibling()) {
      if (!cursor.gotoParent()) {
        cursor.delete();
        return lines.join("\n");
      }
      parents.pop();
    }
  }
}

function linesFromMemory(tree: Tree, { types }: Dialect): string {
  const { numNodes, symbols, starts, ends, parents } = readTree(tree);
  const lines = Array.from({ length: numNodes }, (_, i) => {
    // as the cursor, which calls a nameless token an error too
    const type = types[symbols[i]!] || "ERROR";
    return `${type} ${starts[i]} ${ends[i]} in ${parents[i]}`;
  });
  return lines.join("\n");
}

/** Each node's end of descendants, from the parents alone. */
function nextFromParents({ numNodes, parents }: NodeTable): number[] {
  const next = Array.from({ length: numNodes }, (_, i) => i + 1);
  for (let i = numNodes - 1; i > 0; i -= 1) {
    next[parents[i]!] = Math.max(next[parents[i]!]!, next[i]!);
  }
  return next;
}

const fixtures = join(import.meta.dirname, "fixtures");

test.each(Object.keys(languages) as Language[])(
  "readTree: every node of %s sources, whole and broken, as the cursor has it",
  async (language) => {
    const whole = readFileSync(join(fixtures, `${language}.txt`), "utf8");
    const broken = [0.2, 0.5, 0.9].map((part) => whole.slice(0, part * whole.length));
    const holes = whole.replace(/[)};]/g, (mark, at) => (at % 7 === 0 ? "" : mark));
    for (const dialect of (await loadGrammar(language)).dialects) {
      for (const source of [whole, ...broken, holes, "", "\n", "x", "\0"]) {
        const tree = dialect.parser.parse(source)!;
        expect(linesFromMemory(tree, dialect)).toBe(linesByCursor(tree));
        const nodes = readTree(tree);
        expect([...nodes.next.subarray(0, nodes.numNodes)]).toEqual(nextFromParents(nodes));
        tree.delete();
      }
    }
  },
);

test("readTree: each language has its fixture", () => {
  const names = readdirSync(fixtures).filter((name) => !name.includes("identifiers"));
  expect(names.map((name) => name.replace(".txt", "")).sort()).toEqual(Object.keys(languages));
});
