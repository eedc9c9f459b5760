import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { runCli } from "../../../test/run-cli.ts";

const folder = mkdtempSync(join(tmpdir(), "codet5-metric-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, ...lines: readonly string[]): string {
  const path = join(folder, name);
  writeFileSync(path, lines.map((line) => `${line}\n`).join(""));
  return path;
}

const references = file("a.gold", "return a + b ;", "", "x = 1 ;");
const predictions = file("a.pred", "return a + b ;", "y", "x = 2 ;");

async function metric(...words: readonly string[]) {
  const { code, stdout, stderr } = await runCli(["metric", ...words, "--json"]);
  return { code, stderr, report: code === 0 ? JSON.parse(stdout) : undefined };
}

const files = ["--predictions", predictions, "--references", references];

test("metric: texts, whatever the spelling of the name, with range and direction", async () => {
  const { report } = await metric("exact_match", ...files);
  expect(report).toEqual({
    metric: "exact-match",
    value: (1 / 3) * 100,
    numExamples: 3,
    direction: "higher",
    range: [0, 100],
    matches: 1,
  });
  expect((await metric("BLEU", ...files)).report).toMatchObject({ predictionLength: 10 });
  expect((await metric("smoothed-bleu", ...files)).report.value).toBeGreaterThan(0);
  expect((await metric("bleuPlusExactMatch", ...files)).report.exactMatch).toBe((1 / 3) * 100);
});

test("metric: CodeBLEU with its parts, of several references", async () => {
  const other = file("b.gold", "int x ;", "y", "x = 2 ;");
  const both = ["--predictions", predictions, "--references", `${references},${other}`];
  const { report } = await metric("codebleu", ...both, "--lang", "java");
  expect(report).toMatchObject({ metric: "code-bleu", range: [0, 1] });
  expect(report.counts.syntax[1]).toBeGreaterThan(report.counts.syntax[0]);
  expect((await metric("em", ...both)).report.value).toBe(100);
});

test("metric: classes in every layout, matched by key", async () => {
  const truth = file("truth.jsonl", '{"idx": 0, "target": 1}', '{"idx": 1, "target": 0}');
  const swapped = file("swapped.pred", "1\t0", "0\t1");
  const words = ["--references", truth, "--predictions", swapped];
  expect((await metric("accuracy", ...words)).report.value).toBe(1);
  const plain = file("plain.txt", "1", "1");
  expect((await metric("f1", "--references", truth, "--predictions", plain)).report.value).toBe(
    2 / 3,
  );
  const scores = file("s.jsonl", '{"id": "0", "score": 0.9}', '{"id": "1", "score": 0.2}');
  const report = (await metric("rocAuc", "--references", truth, "--predictions", scores)).report;
  expect(report).toMatchObject({ metric: "roc-auc", value: 1 });
});

test("metric: intervals by the seed, differences and McNemar against another system", async () => {
  const truth = file("t.txt", ..."1101101011".split(""));
  const mine = file("m.txt", ..."1101101011".split(""));
  const theirs = file("o.txt", ..."0000000000".split(""));
  const words = ["--references", truth, "--predictions", mine, "--compare", theirs];
  const { report } = await metric("accuracy", ...words, "--bootstrap", "50", "--stratify");
  expect(report).toMatchObject({
    interval: { value: 1, low: 1, high: 1, numResamples: 50 },
    other: { value: 0.3 },
    mcnemar: { onlyFirst: 7, onlySecond: 0, exact: 2 / 128 },
  });
  expect(report.difference.value).toBeCloseTo(0.7, 12);
});

test("metric: a table for reading", async () => {
  const { code, stdout } = await runCli(["metric", "exact-match", ...files]);
  expect(code).toBe(0);
  expect(stdout).toMatch(
    /^equal after stripping[^\n]*\nfigure +value\n-+ +-+\nexact-match +33\.333333\n/,
  );
});

test("metric: bad input is told in one line, both counts with it", async () => {
  const short = file("short.pred", "a");
  const unlike = await metric("bleu", "--predictions", short, "--references", references);
  expect(unlike.code).toBe(1);
  expect(unlike.stderr).toContain("3 predictions, one for each reference; got: 1 predictions");
  const empty = file("empty.txt");
  const nothing = await metric("bleu", "--predictions", empty, "--references", empty);
  expect(nothing.stderr).toContain("nothing to score");
  const blank = file("blank.txt", "", "", "");
  const noTokens = await metric("bleu", "--predictions", blank, "--references", references);
  expect(noTokens.stderr).toContain("at least one token");
  expect((await metric("belu", ...files)).stderr).toContain("did you mean bleu?");
  expect((await metric("code-bleu", ...files)).stderr).toContain("--lang");
  expect((await metric("code-bleu", ...files, "--lang", "cobol")).stderr).toContain("java");
  expect((await metric("f1", ...files)).stderr).toContain("a number at the end of the line");
  const keyless = file("keys.txt", "7\t1", "8\t0", "9\t1");
  const keyed = file("keyed.txt", "7\t1", "8\t0", "6\t1");
  const missing = await metric("f1", "--predictions", keyless, "--references", keyed);
  expect(missing.stderr).toContain('a prediction for "6"');
  const two = ["--predictions", keyed, "--references", `${keyed},${keyed}`];
  const twice = await metric("f1", ...two);
  expect(twice.stderr).toContain("one reference file");
});
