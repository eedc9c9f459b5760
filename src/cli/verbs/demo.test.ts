/** @file The demo end to end, much smaller than it is for people. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { runCli } from "../../../test/run-cli.ts";
import { saveTinyModel } from "../../../test/tiny-runs.ts";

const scratch = mkdtempSync(join(tmpdir(), "codet5-demo-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

test("demo: a lab with its table of unseen languages and its report; again: the same at once", {
  timeout: 240_000,
}, async () => {
  const model = join(scratch, "model");
  await saveTinyModel(model);
  const out = join(scratch, "run");
  const size = "--programs 80 --steps 40 --batch-size 2 --test-samples 30 --workers 1".split(" ");
  const demo = (...flags: string[]) =>
    runCli(["demo", "--out", out, "--model", model, ...size, ...flags]);
  const { code, stdout, stderr } = await demo();
  expect(code, stderr).toBe(0);
  expect(stdout).toContain("F1 on parallel, fold default");
  for (const language of ["csharp", "go", "kotlin", "php", "ruby", "rust", "swift"]) {
    expect(stdout).toMatch(new RegExp(`^${language} `, "m"));
  }
  const adaptations = ["naive-bayes", "zero-shot", "general", "security", "both"];
  for (const column of adaptations) expect(stdout).toContain(column);
  expect(stdout).toContain(`report: ${join(out, "report.html")}`);
  expect(readFileSync(join(out, "report.html"), "utf8")).toContain("<svg");
  const again = await demo("--json");
  expect(again.code).toBe(0);
  const { results, verdicts, finished } = JSON.parse(again.stdout);
  expect(finished).toBe(true);
  expect(verdicts.length).toBeGreaterThan(0);
  expect(results[0]).toMatchObject({ f1: expect.any(Number), floorF1: expect.any(Number) });
  expect(again.stdout.trimEnd()).not.toContain("\n");
});
