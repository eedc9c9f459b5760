import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { golden } from "../../../test/metric-goldens.ts";
import { codeBleuLanguage, codeBleuOf, loadCodeBleu } from "./code-bleu.ts";
import { stripComments } from "./comments.ts";
import { type CodeBleuLanguage, keywords } from "./keywords.ts";
import { bleuOf, countNgrams } from "./ngram-match.ts";

const samples: Record<CodeBleuLanguage, string> = {
  java: "public int add(int a, int b) { int c = a + b; return c; }",
  csharp: "public int Add(int a, int b) { int c = a + b; return c; }",
  python: "def add(a, b):\n    c = a + b\n    return c\n",
  go: "func add(a int, b int) int { var c = a + b; c = c + a; return c }",
  php: "function add($a, $b) { $c = $a + $b; return $c; }",
  javascript: "function add(a, b) { var c = a + b; return c; }",
  typescript: "function add(a: number, b: number): number { let c = a + b; return c; }",
  ruby: "def add(a, b)\n  c = a + b\n  c\nend\n",
  c: "int add(int a, int b) { int c = a + b; return c; }",
  cpp: "int add(int a, int b) { int c = a + b; for (int x : xs) { c += x; } return c; }",
  rust: "fn add(a: i32, b: i32) -> i32 { let c = a + b; c }",
};

test.each(Object.entries(samples))(
  "codeBleu: %s matches itself, has data flow and keywords",
  async (name, code) => {
    const { score, language } = await loadCodeBleu(name as CodeBleuLanguage);
    const { syntax, dataFlow, ngram, codeBleu, counts } = score([code], [[code]]);
    expect([syntax, dataFlow, ngram]).toEqual([1, 1, 1]);
    expect(codeBleu).toBeGreaterThan(0.98);
    expect(counts.dataFlow[1]).toBeGreaterThan(1);
    expect(code.split(/\s+/).some((word) => keywords[language].has(word))).toBe(true);
  },
);

test("codeBleu: renamed variables keep syntax and data flow, another operation does not keep n-grams", async () => {
  const { score } = await loadCodeBleu("java");
  const renamed = samples.java.replaceAll("c", "sum").replace("publisum", "public");
  const { syntax, dataFlow, ngram } = score([renamed], [[samples.java]]);
  expect([syntax, dataFlow]).toEqual([1, 1]);
  expect(ngram).toBeLessThan(0.75);
});

test("codeBleu: a corpus is the quotient of sums, with any weights", async () => {
  const metric = await loadCodeBleu("java");
  const predictions = [samples.java, "", "int f() { return 1; }"];
  const references = [[samples.java], ["x = 1;"], ["int f() { return 2; }", "int g() { }"]];
  const counts = metric.count(predictions, references);
  const sums = counts.reduce((sum, { syntax }) => sum + syntax[1], 0);
  const score = metric.score(predictions, references, [0, 0, 1, 0]);
  expect(score.counts.syntax[1]).toBe(sums);
  expect(score.codeBleu).toBe(score.syntax);
  expect(codeBleuOf(counts).codeBleu).toBeCloseTo(
    (score.ngram + score.weightedNgram + score.syntax + score.dataFlow) / 4,
    12,
  );
});

test("codeBleu: unlike counts, no example and no reference are refused", async () => {
  const { score } = await loadCodeBleu("java");
  expect(() => score(["a", "b"], [["a"]])).toThrow("do not pair up");
  expect(() => score([], [])).toThrow("nothing to score");
  expect(() => score(["a"], [[]])).toThrow("nothing to score");
  expect(() => codeBleuOf([])).toThrow("nothing to score");
});

test("codeBleuLanguage: the reference's names and ours; others are refused with the list", () => {
  expect(["c_sharp", "C#", "js", "Java"].map(codeBleuLanguage)).toEqual([
    "csharp",
    "csharp",
    "javascript",
    "java",
  ]);
  expect(() => codeBleuLanguage("cobol")).toThrow("no rules for this language");
  expect(() => codeBleuLanguage("constructor")).toThrow("no rules for this language");
});

test("codeBleu: hostile code is scored, in bounds", async () => {
  const { score } = await loadCodeBleu("java");
  const deep = "(".repeat(3000);
  const loops = `${"while (a) { ".repeat(40)}a = b;${"}".repeat(40)}`;
  for (const code of [deep, loops, "\ud800 { '", "/*/*/*", "{".repeat(2000), "}".repeat(2000)]) {
    const { codeBleu } = score([code], [[code, "int x = 1;"]]);
    expect(codeBleu).toBeGreaterThanOrEqual(0);
  }
});

test("codeBleu: no text makes it throw, and no part leaves [0, 1]", async () => {
  const metrics = await Promise.all((["java", "csharp", "python"] as const).map(loadCodeBleu));
  const piece = fc.constantFrom(
    ..."if(a){b=1;}else// ' \" /* */ é 😀 \n \t class int -> . , [ ]".split(" "),
  );
  const text = fc.array(piece, { maxLength: 30 }).map((pieces) => pieces.join(" "));
  fc.assert(
    fc.property(text, text, fc.nat(2), (a, b, i) => {
      const { codeBleu, counts, ...parts } = metrics[i]!.score([a], [[b]]);
      for (const part of [
        codeBleu,
        parts.ngram,
        parts.weightedNgram,
        parts.syntax,
        parts.dataFlow,
      ]) {
        expect(part).toBeGreaterThanOrEqual(0);
        expect(part).toBeLessThanOrEqual(1);
      }
      expect(counts.syntax[1]).toBeGreaterThan(0);
    }),
    { numRuns: 60 },
  );
});

test("stripComments: quotations are kept, what is not closed is kept, blank lines go", () => {
  expect(stripComments("int a = 1; // note\nint b;")).toBe("int a = 1;  \nint b;");
  expect(stripComments('s = "http://x"; /* c */ z')).toBe('s = "http://x";   z');
  expect(stripComments("a\n \n\n b /* x\n */ c")).toBe("a\n b   c");
  expect(stripComments("it's // gone")).toBe("it's  ");
  expect(stripComments("'a\\'// b' /")).toBe("'a\\'// b' /");
  expect(stripComments(`a ${"/* ".repeat(50_000)}`)).toHaveLength(150_002);
});

/** The reference's edge cases: reference, prediction, and its two values. */
type Row = readonly [string, string, number, number, (readonly (readonly [number, number])[])?];

function ngramParts([reference, prediction]: Row, words: ReadonlySet<string>) {
  const split = (text: string) => text.split(/\s+/).filter((word) => word !== "");
  return countNgrams(split(prediction), [split(reference)], words);
}

test("countNgrams: two like tokens score 0.316, no shared token 0, short recalls below 1", () => {
  const { plain, weighted } = ngramParts(["x y", "x y", 0, 0], keywords.java);
  expect(bleuOf(plain)).toBeCloseTo(0.316227766016838, 14);
  expect(bleuOf(weighted)).toBeCloseTo(0.25148668593658713, 14);
  expect(bleuOf(ngramParts(["a", "b", 0, 0], keywords.java).plain)).toBe(0);
});

test("countNgrams: of several references the closest in length counts, n-grams of any match", () => {
  const { plain, weighted } = countNgrams(
    ["a", "b"],
    [["a", "b", "c"], ["b"], ["a", "x"]],
    new Set(),
  );
  expect(plain.matches).toEqual([2, 1, 0, 0]);
  expect(plain.referenceLength).toBe(2);
  expect(weighted.referenceLength).toBe(2);
});

describe.runIf(golden.exists)("goldens of CodeBLEU's edge cases", () => {
  const want = golden.read("edge_cases.json") as Record<string, Row[]>;

  test.each([
    ["CodeBLEU ngram / weighted(all weights 0.2)", new Set<string>()],
    ["weighted java keywords", keywords.java],
  ] as const)("%s", (name, words) => {
    for (const row of want[name]!) {
      const { plain, weighted } = ngramParts(row, words);
      expect([bleuOf(plain), bleuOf(weighted)]).toBeAllclose([row[2], row[3]], { atol: 1e-14 });
      const recalls = row[4]?.flat();
      if (recalls === undefined) continue;
      const own = weighted.matches.flatMap((count, i) => [count, weighted.possible[i]!]);
      expect(own).toBeAllclose(recalls, { atol: 1e-12 });
    }
  });

  test("remove_comments java", () => {
    const rows = want["remove_comments java"] as unknown as [string, string][];
    for (const [code, stripped] of rows) expect(stripComments(code)).toBe(stripped);
  });
});
