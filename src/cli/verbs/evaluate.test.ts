/** @file Scoring end to end: streams, both tasks, predictions written and lost. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runCli } from "../../../test/run-cli.ts";
import { expectOneLine, saveTinyModel, writeTinyData } from "../../../test/tiny-runs.ts";

const scratch = mkdtempSync(join(tmpdir(), "codet5-evaluate-"));
const pathOf = (name: string) => join(scratch, name);
const model = pathOf("model");
const classifier = pathOf("classifier");
const [pairs, samples] = [pathOf("translate"), pathOf("vulnerability.jsonl")];
beforeAll(async () => {
  writeTinyData(scratch);
  await saveTinyModel(model);
  await saveTinyModel(classifier, "defect");
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const translate = (...flags: string[]) =>
  runCli(["evaluate", "translate", "--model", model, "--data", pairs, ...flags]);
const linesOf = (path: string) =>
  readFileSync(path, "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));

describe("codet5 evaluate", () => {
  const short = ["--max-target-length", "12"];

  test("evaluate: one JSON object on stdout, progress on stderr", async () => {
    const { code, stdout, stderr } = await translate(...short, "--json");
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual({
      task: "translate",
      split: "test",
      examples: 4,
      bleu: expect.any(Number),
      exactMatch: 0,
      bleuPlusExactMatch: expect.any(Number),
    });
    expect(stdout.trimEnd()).not.toContain("\n");
    expect(stderr).toContain("evaluating example 4/4");
  });

  test("evaluate: a table without --json, nothing on stderr with --quiet, a part of a split", async () => {
    const { stdout, stderr } = await translate(...short, "--quiet");
    expect(stderr).toBe("");
    expect(stdout).toMatch(/^figure +value\n.*\nbleu +\d/);
    const split = ["--split", "validation", "--limit", "3", "--json"];
    const part = JSON.parse((await translate(...short, ...split)).stdout);
    expect(part).toMatchObject({ split: "validation", examples: 3 });
  });

  test("evaluate: predictions are written, one object a line", async () => {
    const path = pathOf("predictions.jsonl");
    expect((await translate(...short, "--predictions", path, "--num-beams", "2")).code).toBe(0);
    expect(linesOf(path)).toEqual(
      ["0", "1", "2", "3"].map((id) => ({ id, prediction: expect.any(String) })),
    );
  });

  test.each([
    ["by generated words", model],
    ["by the classification head", classifier],
  ])("evaluate: vulnerability %s, its threshold chosen on validation", async (_, folder) => {
    const path = pathOf("scores.jsonl");
    const words = ["evaluate", "vulnerability", "--model", folder, "--data", samples];
    const { code, stdout } = await runCli([...words, "--predictions", path, "--json"]);
    expect(code).toBe(0);
    const report = JSON.parse(stdout);
    for (const name of ["f1", "f1Floor", "rocAuc", "brier", "threshold"]) {
      expect(report[name], name).toBeGreaterThanOrEqual(0);
    }
    const rows = linesOf(path);
    expect(rows).toHaveLength(report.examples);
    for (const { prediction, score, label } of rows) {
      expect(prediction).toBe(label === 1 ? "true" : "false");
      expect(label).toBe(score >= report.threshold ? 1 : 0);
    }
    const again = await runCli([...words, "--json", "--split", "validation"]);
    expect(JSON.parse(again.stdout).threshold).toBe(report.threshold);
  });

  test("evaluate: a place for predictions that cannot be written is told before the work", async () => {
    const places = [join(scratch, "none", "x"), scratch, join(samples, "x")];
    if (process.platform === "linux") places.push("/proc/codet5");
    for (const path of places) {
      expect(expectOneLine(await translate("--predictions", path), 1)).toContain(path);
    }
  });

  test("evaluate: predictions that cannot be written in the end do not lose the figures", async () => {
    const folder = pathOf("vanishing");
    mkdirSync(folder);
    const running = translate(...short, "--predictions", join(folder, "x"), "--json", "--quiet");
    // its place is tried at the start, which shows in the folder's time
    const { mtimeMs } = statSync(folder);
    while (statSync(folder).mtimeMs === mtimeMs) await setImmediate();
    rmSync(folder, { recursive: true });
    const { code, stdout, stderr } = await running;
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ examples: 4 });
    expect(stderr).toMatch(/^codet5: cannot write \(ENOENT\)[^\n]+\n$/);
  });

  test("evaluate: --print-config round-trips", async () => {
    const printed = await translate(...short, "--print-config");
    expect(JSON.parse(printed.stdout)).toMatchObject({ task: "translate", maxTargetLength: 12 });
    expect(printed.stderr).toBe("");
  });
});
