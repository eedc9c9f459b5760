import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runCli } from "../../../test/run-cli.ts";
import { generateFunctions, readClone, readSummarize } from "../../data/index.ts";
import { saveTokenizer, trainTokenizer } from "../../tokenizer/index.ts";

const root = mkdtempSync(join(tmpdir(), "codet5-corpus-verbs-"));
const place = (name: string) => join(root, name);
afterAll(() => rmSync(root, { recursive: true, force: true }));

function write(name: string, text: string): string {
  mkdirSync(dirname(place(name)), { recursive: true });
  writeFileSync(place(name), text);
  return place(name);
}

async function codet5(...argv: string[]) {
  const { code, stdout, stderr } = await runCli(argv);
  return { code, stdout, stderr: stderr.replaceAll(root, "<root>") };
}

const build = ["corpus", "build", place("trees"), "--out", place("corpus"), "--vocab-size", "600"];

beforeAll(async () => {
  const functions = generateFunctions({ seed: 5, count: 60 });
  functions.forEach(({ code }, i) => {
    write(`trees/group${i % 12}/f${i}.py`, `${code.python}\n`);
    write(`trees/group${i % 12}/f${i}.js`, `/** Works on some ${i}. */\n${code.javascript}\n`);
  });
  write("trees/group0/notes.txt", "nothing");
  expect((await codet5(...build, "--test", "0.2", "--quiet")).code).toBe(0);
});

describe("corpus build and stats", () => {
  test("build tells what it did, stats tells it again", async () => {
    const again = await codet5(...build, "--test", "0.2", "--overwrite", "--json");
    expect(again.code).toBe(0);
    expect(again.stderr).toMatch(/mining MB .*MB\/s/);
    const built = JSON.parse(again.stdout);
    expect(built).toMatchObject({ finished: true, counts: { files: { "unknown-language": 1 } } });
    expect(built.functions).toBe(built.documented + built.codeOnly);
    const stats = JSON.parse((await codet5("corpus", "stats", place("corpus"), "--json")).stdout);
    expect(stats).toMatchObject({ functions: built.functions, splits: built.splits });
    expect(Object.keys(stats.languages)).toEqual(["javascript", "python"]);
    expect(stats.languages.javascript).toMatchObject({ codeOnly: 0 });
    expect(stats.languages.python).toMatchObject({ documented: 0 });
    expect(stats.languages.python.identifierShare).toBeGreaterThan(0.2);
    expect(stats.languages.python.identifierShare).toBeLessThan(0.6);
  });

  test("stats prints Table 1 of the paper", async () => {
    const { stdout } = await codet5("corpus", "stats", place("corpus"));
    const lines = stdout.split("\n");
    expect(lines[0]).toMatch(/^language +with NL +code only +identifiers +tokens +held out$/);
    expect(
      lines.filter((line) => /^(javascript|python|total) .*\d+\.\d\d%/.test(line)),
    ).toHaveLength(3);
    expect(stdout).toMatch(/near-duplicates \(threshold 0.8\) left out/);
  });

  test("a language of which nothing is held out is told", async () => {
    write(
      "lone/one/a.go",
      "package a\n\nfunc Add(first int, second int) int {\n\tsum := first + second\n\treturn sum\n}\n",
    );
    const { stderr, code } = await codet5(
      "corpus",
      "build",
      place("lone"),
      "--out",
      place("c2"),
      "--vocab-size",
      "600",
    );
    expect(code).toBe(0);
    expect(stderr).toMatch(/nothing of go is held out/);
  });

  test("bad input is one line", async () => {
    const outcomes = [
      await codet5(...build),
      await codet5("corpus", "build", place("nowhere"), "--out", place("none")),
      await codet5("corpus", "build", place("trees"), "--out", place("none"), "--licenses", "MIT"),
      await codet5("corpus", "build", place("trees"), "--out", place("none"), "--vocab-size", "10"),
      await codet5("corpus", "stats", place("trees")),
    ];
    expect(
      outcomes.map(({ code, stderr }) => `${code} ${stderr.split("\n").at(-2)}`),
    ).toMatchInlineSnapshot(`
      [
        "1 codet5: there is a corpus in that folder; got: <root>/corpus/manifest.json; help: choose another --out, or --overwrite",
        "1 codet5: file not found; expected: a readable file; got: ENOENT; where: <root>/nowhere",
        "1 codet5: no function was found; expected: source code in a language with a grammar; got: 120 source files; left out: 1 unknown-language, 120 license; where: <root>/trees",
        "2 codet5: bad value for --vocab-size; expected: integer from 512 to 1000000 (tokens); got: 10; help: size of a new tokenizer; sentinels come on top",
        "1 codet5: no corpus in that folder; expected: manifest.json; got: none; where: <root>/trees; help: make it with codet5 corpus build",
      ]
    `);
  });
});

describe("tokenizer compare", () => {
  beforeAll(() => {
    saveTokenizer(trainTokenizer(["zzz\n"], { vocabSize: 300 }), place("bytes"));
  });

  test("tokens per function, unknown share and relative length, per language and in all", async () => {
    const folders = [place("bytes"), place("corpus/tokenizer")];
    const words = ["tokenizer", "compare", ...folders, "--corpus", place("corpus")];
    const json = JSON.parse((await codet5(...words, "--json")).stdout);
    expect(json.languages.map(({ language }: { language: string }) => language)).toEqual([
      "javascript",
      "python",
    ]);
    const [first, second] = json.total.results;
    expect(first).toMatchObject({ relativeLength: 1, unknownShare: 0 });
    expect(second.relativeLength).toBeLessThan(0.55);
    expect(second.tokensPerFunction).toBe(second.tokens / json.total.functions);
    const { stdout } = await codet5(...words);
    expect(stdout).toMatch(/^all +\d+ +tokenizer +\d+\.\d +0\.000% +-\d+\.\d%$/m);
  });

  test("reads JSON lines and plain lines", async () => {
    const jsonl = write("d.jsonl", '{"code":"a b","language":"C#"}\n\n{"code":"zzz"}\n');
    const lines = write("d.java", "int a;\nint b;\n");
    const compare = async (file: string, ...more: string[]) => {
      const words = ["tokenizer", "compare", place("bytes"), "--data", file, "--json", ...more];
      return JSON.parse((await codet5(...words)).stdout);
    };
    expect((await compare(jsonl)).languages).toMatchObject([
      { language: "csharp", functions: 1, results: [{ tokens: 3 }] },
      { language: "text", functions: 1, results: [{ tokens: 3 }] },
    ]);
    expect((await compare(lines)).total).toMatchObject({ functions: 2 });
    expect((await compare(lines, "--max-functions", "1")).total).toMatchObject({ functions: 1 });
  });

  test("bad input is one line", async () => {
    const compare = ["tokenizer", "compare", place("bytes")];
    const outcomes = [
      await codet5(...compare),
      await codet5(...compare, "--corpus", place("corpus"), "--data", "a"),
      await codet5(...compare, "--corpus", place("trees")),
      await codet5(...compare, "--data", write("empty.txt", "\n")),
      await codet5(...compare, "--data", write("bad.jsonl", '{"text":"a"}\n')),
      await codet5("tokenizer", "compare", place("nowhere"), "--data", "a"),
    ];
    expect(outcomes.map(({ code, stderr }) => `${code} ${stderr}`).join("")).toMatchInlineSnapshot(`
      "2 codet5: nothing to compare on, or two things; expected: --data FILE or --corpus FOLDER; got: neither
      2 codet5: nothing to compare on, or two things; expected: --data FILE or --corpus FOLDER; got: both
      1 codet5: no corpus in that folder; expected: manifest.json; got: none; where: <root>/trees; help: make it with codet5 corpus build
      1 codet5: no function to compare on; expected: at least one; where: <root>/empty.txt
      1 codet5: no text in field "code"; expected: a string; where: <root>/bad.jsonl:1
      1 codet5: no tokenizer in this folder; expected: tokenizer.json, or vocab.json and merges.txt; got: no such folder; where: <root>/nowhere
      "
    `);
  });
});

describe("corpus tasks", () => {
  test("data that finetune reads: summaries per language, pairs of all", async () => {
    const out = place("tasks");
    const made = await codet5(
      "corpus",
      "tasks",
      place("corpus"),
      "--out",
      out,
      "--examples",
      "40",
      "--json",
    );
    expect(made.code).toBe(0);
    const { counts } = JSON.parse(made.stdout);
    expect(counts).toHaveLength(6);
    const summaries = await readSummarize(join(out, "summarize"), "javascript");
    const clones = await readClone(join(out, "clone"));
    const total = (field: "summaries" | "clones") =>
      counts.reduce((sum: number, count: Record<string, number>) => sum + count[field]!, 0);
    expect(Object.values(summaries.splits).flat()).toHaveLength(total("summaries"));
    expect(Object.values(clones.splits).flat()).toHaveLength(total("clones"));
    expect(total("clones")).toBeGreaterThan(10);
  });

  test("the same seed draws the same; an unknown language is told", async () => {
    const write = async (out: string) => {
      await codet5("corpus", "tasks", place("corpus"), "--out", place(out), "--examples", "10");
      return readFileSync(join(place(out), "clone/data.jsonl"), "utf8");
    };
    expect(await write("once")).toBe(await write("twice"));
    const none = await codet5(
      "corpus",
      "tasks",
      place("corpus"),
      "--out",
      place("no"),
      "--languages",
      "cobol",
    );
    expect(none).toMatchObject({ code: 1 });
    expect(none.stderr).toMatch(/no such language.*javascript, python.*cobol/);
  });
});
