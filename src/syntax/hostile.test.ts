/** @file Source made to hurt: given up with a flag or analyzed in bounded time and memory, never thrown at. */
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  analyzeSource,
  extractIdentifiers,
  type Language,
  languages,
  leafTokens,
  loadGrammar,
  obfuscate,
  restore,
} from "./index.ts";

const all = Object.keys(languages) as Language[];

test("analyzeSource: 200 MB on one line are given up at once", async () => {
  const grammar = await loadGrammar("javascript");
  const source = "var a=1;".repeat(25_000_000);
  const start = performance.now();
  expect(analyzeSource(grammar, source)).toEqual({
    hasError: true,
    functions: [],
    isComplete: false,
  });
  expect(leafTokens(grammar, source)).toMatchObject({ hasError: true });
  expect(performance.now() - start).toBeLessThan(1000);
});

test("analyzeSource: a parse longer than allowed is given up, and the next one is whole", async () => {
  const grammar = await loadGrammar("c");
  const source = "int f(int a) { return a + 1; }\n".repeat(60_000);
  expect(analyzeSource(grammar, source, { timeoutMs: 20 }).isComplete).toBe(false);
  const next = analyzeSource(grammar, "int g(void) { return 2; }\n");
  expect(next).toMatchObject({ hasError: false, isComplete: true, functions: [{ name: "g" }] });
});

test.each(all)(
  "analyzeSource: 100,000 brackets nested in %s end within the time",
  async (language) => {
    const grammar = await loadGrammar(language);
    for (const source of [
      "[".repeat(100_000),
      `x = ${"(".repeat(100_000)}${")".repeat(100_000)}`,
    ]) {
      const analysis = analyzeSource(grammar, source, { timeoutMs: 200 });
      expect(analysis.functions).toEqual([]);
    }
  },
);

const strange = fc.constantFrom(
  ...[
    "\0",
    "\ud800",
    "\udc00x",
    "\ufeff",
    "\u2028",
    "é",
    "𝒳",
    "/*",
    "*/",
    "//",
    "#",
    '"',
    "'",
    "`",
    "${",
    "}",
  ],
  ...[
    "{",
    "(",
    ")",
    "<",
    ">",
    "=",
    "\n",
    "\r",
    "\t",
    " ",
    "def f",
    "function g()",
    "<<~X",
    'R"(',
    '"""',
    "@",
  ],
);

test.each(all)("restore: undoes obfuscate on any text of marks in %s", async (language) => {
  const grammar = await loadGrammar(language);
  const property = fc.property(fc.array(strange, { maxLength: 60 }), (words) => {
    const source = words.join("");
    const { identifiers } = extractIdentifiers(grammar, source);
    const { text, names } = obfuscate(source, identifiers);
    expect(restore(text, names)).toBe(source);
    expect(
      identifiers.every((at, i) => at <= source.length && (i === 0 || at >= identifiers[i - 1]!)),
    ).toBe(true);
    expect(analyzeSource(grammar, source).isComplete).toBe(true);
  });
  fc.assert(property, { numRuns: 25 });
});

test("analyzeSource: a byte order mark and carriage returns move no offset", async () => {
  const source = "\ufeff// é\r\nint f(int a) {\r\n  return a;\r\n}\r\n";
  const [f] = analyzeSource(await loadGrammar("c"), source).functions;
  expect(source.slice(f!.start, f!.end)).toBe("int f(int a) {\r\n  return a;\r\n}");
  expect(Buffer.from(source).toString("utf8", f!.byteStart, f!.byteEnd)).toBe(
    source.slice(f!.start, f!.end),
  );
});

/** Source that would take minutes were any step quadratic in its length. */
const long: readonly (readonly [string, Language, string])[] = [
  ["empty lines in a comment", "c", `/**\n${" *\n".repeat(200_000)} */\nint f() { return 1; }\n`],
  ["an inline tag without end", "java", `/** {@${"a".repeat(500_000)} */\nvoid f() {}\n`],
  ["a list item without end", "swift", `/// - P${"a".repeat(500_000)}\nfunc f() {}\n`],
  ["HTML without end", "php", `<?php\n/** ${"<a ".repeat(150_000)} */\nfunction f() {}\n`],
  [
    "nested templates",
    "javascript",
    `function f() { ${"`${".repeat(20_000)}a${"}`".repeat(20_000)} }`,
  ],
  ["methods as arguments", "ruby", `private(${"#\ndef f() end,\n".repeat(20_000)}1)\n`],
  ["comments in a row", "go", `package a\n${"// a\n".repeat(50_000)}func f() {}\n`],
  ["bindings in one statement", "typescript", `let ${"f = () => { }, ".repeat(20_000)}g;\n`],
];

test.each(long)("analyzeSource: %s cost no more than their length", async (_, language, source) => {
  const grammar = await loadGrammar(language);
  const start = performance.now();
  const { isComplete, functions } = analyzeSource(grammar, source, { timeoutMs: 20_000 });
  expect(isComplete).toBe(true);
  expect(functions[0]).toMatchObject({ name: "f" });
  expect(performance.now() - start).toBeLessThan(20_000);
});

test("analyzeSource: memory stays flat over 20,000 files", async () => {
  const sources: readonly (readonly [Language, (i: number) => string])[] = [
    ["java", (i) => `class A${i} {\n  /** Doc. */\n  int f(int a) { return a + ${i}; }\n}\n`],
    ["python", (i) => `def f${i}(a, b):\n    "Doc."\n    return {a: [b, "x"]}\n`],
    ["go", (i) => `package a\n\n// Doc.\nfunc f${i}(a int) int { return a + ${i} }\n`],
  ];
  const grammars = await Promise.all(sources.map(([language]) => loadGrammar(language)));
  const analyzeMany = (count: number) => {
    for (let i = 0; i < count; i += 1) {
      const { functions } = analyzeSource(grammars[i % 3]!, sources[i % 3]![1](i));
      if (functions[0]?.docstring !== "Doc.") throw new Error(`file ${i}`);
    }
    return process.memoryUsage().rss;
  };
  const before = analyzeMany(4000);
  const after = analyzeMany(16_000);
  expect(after - before).toBeLessThan(64 * 2 ** 20);
});
