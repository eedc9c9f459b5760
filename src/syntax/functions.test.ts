import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { analyzeSource, type Language, loadGrammar } from "./index.ts";

/** The functions of each fixture: kind, name, documentation. */
const expected: Readonly<Record<Language, readonly (readonly [string, string, string])[]>> = {
  c: [
    ["function", "ring_push", "Adds an item, dropping the oldest when full.\n\nConstant time."],
    ["function", "größe", "Größe in bytes,\nof one item."],
    ["function", "pick", ""],
    ["function", "old_style", ""],
  ],
  cpp: [
    ["constructor", "Grid", ""],
    ["method", "operator[]", "Cell at a place.\nThrows when outside."],
    ["method", "rows", "Number of rows."],
    ["method", "operator==", ""],
    ["function", "transform", "Maps every cell."],
    ["method", "reset", ""],
    ["method", "~Grid", ""],
    ["function", "entry", "C linkage."],
  ],
  csharp: [
    ["method", "AddAsync", "Adds an item, see Remove.\nThe count is 1 or more."],
    ["function", "Local", ""],
    ["constructor", "Cart", "Makes a cart."],
    ["method", "~Cart", ""],
    ["method", "operator +", ""],
  ],
  go: [
    ["method", "Put", "Put adds a value under key.\n\nIt never fails."],
    ["function", "Sum", "Sum adds up."],
    ["function", "plain", ""],
  ],
  java: [
    ["method", "toString", ""],
    ["constructor", "Point", ""],
    ["method", "add", "Adds an item; see Base#add(Object).\n\nRuns in constant time."],
    ["constructor", "Basket", "Makes a basket."],
    ["method", "close", ""],
  ],
  javascript: [
    ["function", "greet", "Greets someone."],
    ["method", "size", "Number of items."],
    ["constructor", "constructor", "Makes a cart."],
    ["method", "[Symbol.iterator]", ""],
    ["method", "'quoted name'", ""],
    ["method", "handle", ""],
    ["function", "double", "Doubles a number."],
    ["function", "triple", ""],
    ["function", "one", ""],
    ["method", "two", ""],
    ["function", "Widget", ""],
    ["function", "$jq", ""],
  ],
  kotlin: [
    ["method", "create", ""],
    ["constructor", "constructor", "Makes a free item."],
    ["method", "sell", "Sells the item to [buyer]."],
    ["function", "label", ""],
    ["method", "next", ""],
  ],
  php: [
    ["function", "add", "Adds two numbers.\n\nLonger words."],
    ["constructor", "__construct", "Makes an order."],
    ["method", "find", "Finds an order."],
    ["method", "label", ""],
  ],
  python: [
    ["constructor", "__init__", "Makes an account.\n\nSecond paragraph."],
    ["method", "größe", "Size of it."],
    ["method", "plain", ""],
    ["function", "outer", "One line."],
    ["function", "inner", ""],
    ["function", "f_docstring", ""],
  ],
  ruby: [
    ["constructor", "initialize", "Makes a basket.\n\nSecond paragraph."],
    ["method", "create", ""],
    ["method", "empty?", "Is there nothing?"],
    ["method", "name=", ""],
    ["method", "==", "Compares."],
    ["method", "each", ""],
    ["function", "top", "A block comment that documents."],
  ],
  rust: [
    ["method", "read", "Reads an item.\n\nSecond paragraph."],
    ["method", "new", "Makes a store."],
    ["method", "twice", ""],
    ["function", "check", ""],
  ],
  swift: [
    ["constructor", "init", "Makes a basket."],
    ["method", "deinit", ""],
    ["method", "add", "Adds an item.\n\nSecond paragraph."],
    ["method", "==", ""],
    ["method", "first2", ""],
    ["function", "debugOnly", ""],
  ],
  typescript: [
    ["constructor", "constructor", ""],
    ["method", "find", "Finds a value."],
    ["method", "größe", ""],
    ["function", "isShape", ""],
    ["function", "over", "The one with a body."],
    ["function", "arrow", ""],
  ],
};

const readFixture = (language: Language) =>
  readFileSync(join(import.meta.dirname, "fixtures", `${language}.txt`), "utf8");

test.each(Object.keys(expected) as Language[])(
  "analyzeSource: the functions of the %s fixture, with their documentation",
  async (language) => {
    const source = readFixture(language);
    const analysis = analyzeSource(await loadGrammar(language), source);
    expect(analysis.functions.map(({ kind, name, docstring }) => [kind, name, docstring])).toEqual(
      expected[language],
    );
    const bytes = Buffer.from(source);
    for (const one of analysis.functions) {
      expect(bytes.toString("utf8", one.byteStart, one.byteEnd)).toBe(
        source.slice(one.start, one.end),
      );
      expect(one.docEnd > one.docStart).toBe(one.docstring !== "");
    }
  },
);

async function functionsOf(language: Language, source: string) {
  return analyzeSource(await loadGrammar(language), source).functions;
}

test("analyzeSource: identifiers of a function are those in its range, in source coordinates", async () => {
  const source = "int a;\nint f(int b) { return b + a; }\nint c;\n";
  const [f] = await functionsOf("c", source);
  const names = Array.from({ length: f!.identifiers.length / 2 }, (_, i) =>
    source.slice(f!.identifiers[2 * i], f!.identifiers[2 * i + 1]),
  );
  expect(names).toEqual(["f", "b", "b", "a"]);
  // int f ( int b ) { return b + a ; }
  expect(f!.numTokens).toBe(13);
});

test("analyzeSource: a Python docstring is no token", async () => {
  const [f] = await functionsOf("python", 'def f():\n    """Doc."""\n    return "x"\n');
  expect(f!.docstring).toBe("Doc.");
  expect(f!.numTokens).toBe(7);
});

test("analyzeSource: a nested function is one of its own, and its tokens are the outer's too", async () => {
  const [outer, inner] = await functionsOf(
    "python",
    "def f(a):\n  def g(b):\n    return b\n  return g\n",
  );
  expect([outer!.name, inner!.name]).toEqual(["f", "g"]);
  expect(inner!.start > outer!.start && inner!.end < outer!.end).toBe(true);
});

test("analyzeSource: only the broken function of a file has an error", async () => {
  const functions = await functionsOf(
    "java",
    "class A {\n int f() { return 1; }\n int g() { return (2 ; }\n int h() { return 3; }\n}\n",
  );
  expect(functions.map(({ name, hasError }) => [name, hasError])).toEqual([
    ["f", false],
    ["g", true],
    ["h", false],
  ]);
});

test("analyzeSource: lambdas, callbacks and declarations without a body do not count", async () => {
  expect(await functionsOf("javascript", "a.map((b) => { return b; }); x = y => y + 1;")).toEqual(
    [],
  );
  expect(await functionsOf("c", "int f(int a);\n")).toEqual([]);
  expect(await functionsOf("python", "f = lambda x: x\n")).toEqual([]);
});

test("analyzeSource: a function bound with others in one statement spans its own binding", async () => {
  const source = "const a = () => { }, b = function () { };";
  const functions = await functionsOf("typescript", source);
  expect(functions.map(({ start, end }) => source.slice(start, end))).toEqual([
    "a = () => { }",
    "b = function () { }",
  ]);
});

test("analyzeSource: documentation stays with its function, not with the next", async () => {
  const functions = await functionsOf(
    "java",
    "class A {\n /** Of f. */ int f() { return 1; }\n int g() { return 2; }\n\n // no\n int h() { return 3; }\n}\n",
  );
  expect(functions.map(({ docstring }) => docstring)).toEqual(["Of f.", "", ""]);
});

test("analyzeSource: line documentation ends at a blank line or at code on its line", async () => {
  const go =
    "// one\n\n// two\n// three\nfunc f() {}\n\nvar x = 1 // four\nfunc g() {}\n// five\n\nfunc h() {}\n";
  const functions = await functionsOf("go", go);
  expect(functions.map(({ docstring }) => docstring)).toEqual(["two\nthree", "", ""]);
});

test("analyzeSource: PHP code without an opening tag is read, a template without code is not", async () => {
  const [f] = await functionsOf("php", "/** Adds. */\nfunction add($a) { return $a; }\n");
  expect([f!.name, f!.docstring, f!.start]).toEqual(["add", "Adds.", 13]);
  const template = analyzeSource(await loadGrammar("php"), "<html>\n<p>{{ $title }}</p>\n");
  expect(template).toMatchObject({ hasError: false, functions: [] });
});

test("analyzeSource: a raw string in one Swift file leaves the next one alone", async () => {
  const grammar = await loadGrammar("swift");
  const plain = "func f(a: Int) -> Int { return a + 1 }\n";
  for (let i = 0; i < 50; i += 1) {
    analyzeSource(grammar, `let s${i} = ##"raw \\##(x) text"##\nlet t = #"open`);
    expect(analyzeSource(grammar, plain)).toMatchObject({ hasError: false });
  }
});
