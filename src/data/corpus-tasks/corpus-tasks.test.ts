import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import {
  analyzeSource,
  extractIdentifiers,
  type Grammar,
  languageNames,
  leafTokens,
  loadGrammar,
} from "../../syntax/index.ts";
import { cloneCandidate, clonePairs } from "./clones.ts";
import { documentedFunction, rewriteFunction } from "./index.ts";

const fixtures = join(import.meta.dirname, "../../syntax/fixtures");

function namesOf(grammar: Grammar, code: string): string[] {
  const { identifiers, hasError } = extractIdentifiers(grammar, code);
  expect(hasError).toBe(false);
  return Array.from({ length: identifiers.length / 2 }, (_, i) =>
    code.slice(identifiers[2 * i], identifiers[2 * i + 1]),
  );
}

describe("rewriteFunction", () => {
  test.each(languageNames)(
    "%s: functions still parse, with as many identifiers, none of the old names",
    async (language) => {
      const grammar = await loadGrammar(language);
      const source = readFileSync(join(fixtures, `${language}.txt`), "utf8");
      const names = Array.from({ length: 500 }, (_, i) => `renamed${i}`);
      const codes = analyzeSource(grammar, source)
        .functions.map(({ start, end }) => source.slice(start, end))
        .filter((code) => !leafTokens(grammar, code).hasError);
      const rewritten = codes.map((code) => rewriteFunction(grammar, code, { names }));
      expect(rewritten.filter((one) => one !== undefined).length).toBeGreaterThan(
        0.7 * codes.length,
      );
      rewritten.forEach((made, i) => {
        if (made === undefined) return;
        const [old, fresh] = [namesOf(grammar, codes[i]!), namesOf(grammar, made)];
        expect(new Set(fresh).size).toBe(new Set(old).size);
        expect(fresh.length).toBeGreaterThanOrEqual(old.length);
        expect(fresh.filter((name) => !/^[$@]*[rR]enamed\d+[?!]?$/.test(name))).toEqual([]);
      });
    },
  );

  test("comparisons are mirrored, a sum with a number is written out, comments go", async () => {
    const grammar = await loadGrammar("java");
    const code = "int f(int a, int b) { // why\n  if (a < b && a + 1 >= b) a += 2;\n  return a;\n}";
    expect(rewriteFunction(grammar, code, { names: ["g", "x", "y"] })).toBe(
      "int g(int x, int y) { \n  if (y > x && x + 1 >= y) x = x + 2;\n  return x;\n}",
    );
  });

  test("names that run out leave the rest as it is; broken code is refused", async () => {
    const grammar = await loadGrammar("python");
    const code = "def f(a):\n    return a * b\n";
    expect(rewriteFunction(grammar, code, { names: ["", "==", "g"] })).toBe(
      "def g(a):\n    return a * b\n",
    );
    expect(rewriteFunction(grammar, "def f(:", { names: [] })).toBeUndefined();
  });
});

describe("documentedFunction", () => {
  const code =
    "def add(first, second):\n    total = first + second\n    if total > 9:\n        total = 9\n    return total\n";
  const example = { language: "python", code, identifiers: new Int32Array(0), path: "a/b.py" };
  const of = async (docstring: string, path = "a/b.py") =>
    documentedFunction(await loadGrammar("python"), { ...example, docstring, path });

  test("the first paragraph in words and marks, the code in leaves", async () => {
    const made = await of("Adds two numbers,\nat most nine.\n\nNever more.");
    expect(made?.docstring_tokens.join(" ")).toBe("Adds two numbers , at most nine .");
    expect(made?.code_tokens.slice(0, 5)).toEqual(["def", "add", "(", "first", ","]);
  });

  test.each([
    ["two words", "Adds numbers"],
    ["an address", "Adds as https://example.org says"],
    ["other letters", "Addiert höchstens bis neun"],
    ["nothing", ""],
  ])("%s is no summary", async (_, docstring) => {
    expect(await of(docstring)).toBeUndefined();
  });

  test("tests are left out", async () => {
    expect(await of("Adds two numbers up.", "tests/test_add.py")).toBeUndefined();
  });
});

test("clonePairs: labels take turns, the second member has names of neither", async () => {
  const grammar = await loadGrammar("python");
  const functions = Array.from({ length: 12 }, (_, i) => {
    const [a, b] = [`left${i}`, `right${i}`];
    const extra = `    ${a} = ${a} * ${b} - ${i}\n`.repeat(2 + i);
    return `def work${i}(${a}, ${b}):\n    if ${a} < ${b}:\n        return ${a}\n${extra}    return ${a} + ${b} * ${i}\n`;
  });
  const candidates = functions.map((code) => cloneCandidate(grammar, code)!);
  const pairs = clonePairs(grammar, candidates);
  expect(pairs.map(({ label }) => label).join("")).toBe("101010101010");
  for (const { first, second, label } of pairs) {
    const [old, made] = [first, second].map((code) => cloneCandidate(grammar, code)!);
    expect(old!.names.filter((name) => made!.names.includes(name))).toEqual([]);
    if (label === 1) expect(made!.numTokens).toBe(old!.numTokens);
  }
});
