import { expect, test } from "vitest";
import { loadGrammar } from "../../syntax/index.ts";
import { stripHints } from "./strip.ts";

test("stripHints: comments go, what looks like one inside a text stays", async () => {
  const grammar = await loadGrammar("javascript");
  const code = 'function f() {\n  // CVE\n  const u = "http://x"; /* a */ return u; // b\n}';
  const { code: text, numComments } = stripHints(code, grammar, { kind: "commits" });
  expect(text).toBe('function f() {\n  const u = "http://x"; return u;\n}');
  expect(numComments).toBe(3);
});

test("stripHints: Python loses docstrings, keeps bodies and layout", async () => {
  const grammar = await loadGrammar("python");
  const strip = (code: string) => stripHints(code, grammar, { kind: "commits" }).code;
  expect(strip("    def f(x):\n        'Doc.'\n        return x  # good")).toBe(
    "def f(x):\n\n    return x",
  );
  expect(strip('def f(x):\n    # why\n    """Doc."""')).toMatch(/^def f\(x\):\n\s+pass$/);
  expect(strip('def f(x):\n    y = """text"""\n    return y')).toContain('"""text"""');
});

test("stripHints: names that tell are replaced everywhere, without clashes; libraries' names stay", async () => {
  const grammar = await loadGrammar("java");
  const code =
    "void CWE89_bad() { int goodData = 1; int data = goodData; SecureRandom r = bad; vulnFix(r); }";
  const template = stripHints(code, grammar, { kind: "template", name: "CWE89_bad" });
  expect(template.code).toBe(
    "void process() { int data2 = 1; int data = data2; SecureRandom r = item; fix(r); }",
  );
  expect(template.kept).toEqual(["SecureRandom"]);
  const commits = stripHints(code, grammar, { kind: "commits" });
  expect(commits.code).toContain("goodData");
  expect([...commits.renamed]).toEqual(["CWE89_bad", "vulnFix"]);
});

test("stripHints: without a grammar, and without anything to strip, code stays", async () => {
  const plain = "int f() { return 1; }";
  const grammar = await loadGrammar("c");
  expect(stripHints(plain, grammar, { kind: "template" }).code).toBe(plain);
  expect(stripHints("-- bad\nX", undefined, { kind: "template" }).code).toBe("-- bad\nX");
});
