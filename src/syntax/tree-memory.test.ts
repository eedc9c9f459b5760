/** @file The tree read from memory against tree-sitter's own cursor, node by node. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Tree } from "web-tree-sitter";
import type { Dialect } from "./grammar.ts";
import { type Language, languages, loadGrammar } from "./index.ts";
import { readTree } from "./tree-memory.ts";

interface Row {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly parent: number;
}

function rowsByCursor(tree: Tree): Row[] {
  const rows: Row[] = [];
  const parents = [-1];
  const cursor = tree.walk();
  for (;;) {
    const { nodeType: type, startIndex: start, endIndex: end } = cursor;
    rows.push({ type, start, end, parent: parents.at(-1)! });
    if (cursor.gotoFirstChild()) {
      parents.push(rows.length - 1);
      continue;
    }
    while (!cursor.gotoNextSibling()) {
      if (!cursor.gotoParent()) {
        cursor.delete();
        return rows;
      }
      parents.pop();
    }
  }
}

function rowsFromMemory(tree: Tree, { types }: Dialect): Row[] {
  const { numNodes, symbols, starts, ends, parents, next } = readTree(tree);
  return Array.from({ length: numNodes }, (_, i) => {
    expect(next[i]).toBeGreaterThan(i);
    // as the cursor, which calls a nameless token an error too
    const type = types[symbols[i]!] || "ERROR";
    return { type, start: starts[i]!, end: ends[i]!, parent: parents[i]! };
  });
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
        expect(rowsFromMemory(tree, dialect)).toEqual(rowsByCursor(tree));
        tree.delete();
      }
    }
  },
);

test("readTree: each language has its fixture", () => {
  const names = readdirSync(fixtures).filter((name) => !name.includes("identifiers"));
  expect(names.map((name) => name.replace(".txt", "")).sort()).toEqual(Object.keys(languages));
});
