import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { isLlamaCppInstalled } from "../../../test/node-llama-cpp.ts";
import { runCli } from "../../../test/run-cli.ts";
import { expectOneLine, saveTinyModel } from "../../../test/tiny-runs.ts";

const tiny = [
  ...["--vocab-size", "40", "--d-model", "8", "--num-layers", "1", "--num-heads", "2"],
  ...["--d-kv", "4", "--d-ff", "16", "--source-length", "12"],
];
const train = [
  ...["bench", "train", ...tiny, "--target-length", "5", "--batch-size", "2", "--steps", "6"],
  ...["--comparison-steps", "2", "--gemm-rows", "16", "--gemm-inner", "16", "--gemm-columns", "16"],
];
const generate = [
  ...["bench", "generate", ...tiny, "--new-tokens", "40", "--early-position", "8"],
  ...["--late-position", "30", "--num-beams", "3", "--batch-size", "2", "--repeats", "1"],
];

test("bench train: figures fit each other", async () => {
  const { code, stdout, stderr } = await runCli([...train, "--json"]);
  expect(code).toBe(0);
  expect(stderr).toMatch(/bench step 10\/10/);
  const { step, dropout, memory, dimensions, ...counts } = JSON.parse(stdout);
  expect(counts.tokensPerStep).toBe(34);
  expect(counts.modelFlopsPerStep).toBe(3 * counts.flopCount.forward);
  expect(step.flopsPerSecond).toBeCloseTo((1000 * counts.modelFlopsPerStep) / step.ms, 0);
  expect(step.ratio).toBeCloseTo(step.flopsPerSecond / step.gemm.flopsPerSecond, 9);
  expect(step.gemm.products).toBe(15);
  expect(dropout).toMatchObject({ rate: 0.1, steps: 2 });
  expect(memory.peakRssBytes).toBeGreaterThanOrEqual(memory.endBytes);
  expect(memory.growthBytes).toBe(memory.endBytes - memory.startBytes);
  expect(dimensions.ratio).toBeCloseTo(dimensions.namedMs / dimensions.fixedMs, 9);
});

test("bench train: prints a table", async () => {
  const { stdout } = await runCli(train);
  expect(stdout).toMatch(/\ndropout 0 /);
  expect(stdout).toMatch(/\nnamed dimensions {2}[\d.]+ ms, fixed [\d.]+ ms: [\d.]+/);
});

test("bench generate: every mode makes all its tokens and encodes once", async () => {
  const { code, stdout, stderr } = await runCli([...generate, "--json"]);
  expect(code).toBe(0);
  expect(stderr).toMatch(/bench call 3\/3/);
  const { modes, reference } = JSON.parse(stdout);
  expect(reference).toBeNull();
  const shapes = { greedy: [1, 1], beam: [1, 3], batch: [2, 1] };
  for (const [mode, [examples, numBeams]] of Object.entries(shapes)) {
    const figures = modes[mode];
    expect(figures).toMatchObject({ examples, numBeams, encoderRuns: 1, stepRuns: 40 });
    expect(figures.tokensPerSecond).toBeCloseTo((40_000 * examples!) / figures.ms, 6);
    expect(figures.encodeShare).toBeLessThan(1);
    expect(figures.positionRatio).toBeGreaterThan(0);
    expect(figures.speedUp).toBeNull();
  }
});

test("bench generate: prints a table, without the reference at another shape", async () => {
  const { stdout } = await runCli(generate);
  expect(stdout).toMatch(/\nbeam \(1 x 3\) +[\d.]+ +- +- +- /);
});

test("bench generate: positions past the tokens are refused", async () => {
  const { code, stderr } = await runCli([...generate, "--late-position", "41"]);
  expect({ code, stderr }).toMatchObject({ code: 2 });
  expect(stderr).toMatch(/^codet5: positions do not fit the tokens generated; [^\n]*\n$/);
});

test("bench syntax: figures of the languages found, and one line when there are none", async () => {
  const folder = mkdtempSync(join(tmpdir(), "codet5-bench-"));
  const nothing = await runCli(["bench", "syntax", folder]);
  expect(nothing.code).toBe(1);
  expect(nothing.stderr).toMatch(/^.*no source in a known language.*\n$/);
  writeFileSync(join(folder, "a.c"), "/* Adds. */\nint add(int a, int b) { return a + b; }\n");
  writeFileSync(join(folder, "b.py"), "x = ) = (\n");
  const { stdout } = await runCli(["bench", "syntax", folder, "--repeats", "1", "--json"]);
  rmSync(folder, { recursive: true });
  const { languages, wantedMegabytesPerSecond } = JSON.parse(stdout);
  expect(wantedMegabytesPerSecond).toBe(3);
  expect(languages.c).toMatchObject({ files: 1, bytes: 52, functions: 1, documented: 1 });
  expect(languages.c).toMatchObject({ identifiers: 5, cleanShare: 1 });
  expect(languages.python).toMatchObject({ functions: 0, cleanShare: 0 });
});

test("bench generate --against: ours and theirs write the same, and ratios are ours over theirs", async () => {
  const words = ["--against", "transformers.js", "--new-tokens", "5", "--batch-size", "2"];
  const flags = [...tiny, ...words, "--repeats", "1", "--json", "--quiet"];
  const { code, stdout } = await runCli(["bench", "generate", ...flags]);
  expect(code).toBe(0);
  const { batches } = JSON.parse(stdout);
  expect(batches.map(({ batchSize }: { batchSize: number }) => batchSize)).toEqual([1, 2]);
  for (const { runners, overTransformers, int8OverFloat } of batches) {
    expect(runners["transformers.js"].sameTokens).toBe(1);
    const [ours, theirs] = [runners.codet5.tokens, runners["transformers.js"].tokens];
    expect(overTransformers.tokens.wall).toBeCloseTo(ours.wall / theirs.wall, 9);
    expect(int8OverFloat.tokens.cpu).toBeGreaterThan(0);
  }
});

test("bench classify: functions per second, and memory early and late", async () => {
  const folder = mkdtempSync(join(tmpdir(), "codet5-bench-"));
  const model = join(folder, "model");
  await saveTinyModel(model);
  const flags = ["--model", model, "--functions", "20", "--source-length", "16", "--quiet"];
  const { code, stdout } = await runCli(["bench", "classify", ...flags, "--json"]);
  expect(code).toBe(0);
  const figures = JSON.parse(stdout);
  expect(figures.functions).toBe(20);
  expect(figures.functionsPerSecond).toBeGreaterThan(0);
  expect(figures.peakRssBytes).toBeGreaterThanOrEqual(figures.lateRssBytes);
  const table = await runCli(["bench", "classify", ...flags]);
  expect(table.stdout).toMatch(/^figure +value\n.*\nfunctions\/s +[\d.]+\n/);
  rmSync(folder, { recursive: true });
});

test("bench data: every stage is timed, and copies go", async () => {
  const { code, stdout } = await runCli(["bench", "data", "--samples", "400", "--json"]);
  expect(code).toBe(0);
  const { stages, seconds, inputBytes } = JSON.parse(stdout);
  expect(stages.map(({ stage }: { stage: string }) => stage)).toEqual(["import", "dedup", "split"]);
  const [imported, clean, parts] = stages.map(({ samples }: { samples: number }) => samples);
  expect(imported).toBe(400);
  expect(clean).toBeLessThan(400);
  expect(parts).toBe(clean);
  expect(seconds).toBeGreaterThan(0);
  expect(inputBytes).toBeGreaterThan(400 * 100);
});

const smallLlama =
  "--vocab-size 300 --hidden-size 64 --intermediate-size 64 --num-layers 1 --num-heads 2 --num-key-value-heads 1 --prompt-length 24 --new-tokens 2 --repeats 1";

test("bench llama: ours beside llama.cpp's, or one line without it", async () => {
  const result = await runCli(["bench", "llama", "--json", ...smallLlama.split(" ")]);
  if (!isLlamaCppInstalled) {
    expect(expectOneLine(result, 2)).toContain("node-llama-cpp");
    return;
  }
  const { parameters, ours, llamaCpp, ratios, wanted } = JSON.parse(result.stdout);
  expect(parameters).toBe(2 * 300 * 64 + 64 * 64 * 2 + 64 * 32 * 2 + 3 * 64 * 64 + 3 * 64);
  for (const kind of ["prompt", "decode"]) {
    expect(ratios[kind]).toBeCloseTo(ours[kind] / llamaCpp[kind], 6);
    expect(wanted[kind]).toBeGreaterThanOrEqual(1);
  }
});
