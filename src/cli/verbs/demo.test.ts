/** @file The demo end to end, much smaller than it is for people. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { runCli } from "../../../test/run-cli.ts";
import "../../../test/tiny-runs.ts";

const scratch = mkdtempSync(join(tmpdir(), "codet5-demo-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const demo = (out: string, ...flags: string[]) => {
  const size = "--pairs 40 --programs 12 --d-model 16 --num-layers 1 --batch-size 8".split(" ");
  const steps = "--translate-steps 2 --vulnerability-steps 2".split(" ");
  return runCli(["demo", "--out", out, ...size, ...steps, ...flags]);
};

test("demo: trains both tasks, reports figures, outputs and curves; again: the same figures at once", {
  timeout: 240_000,
}, async () => {
  const out = join(scratch, "run");
  const { code, stdout, stderr } = await demo(out);
  expect(code, stderr).toBe(0);
  for (const figure of ["exact match %", "BLEU", "F1", "ROC-AUC"]) expect(stdout).toContain(figure);
  expect(stdout.match(/^Java {7}/gm)).toHaveLength(3);
  expect(stderr).toContain("sample corpus: 40 Java-C# pairs");
  for (const task of ["translate", "vulnerability"]) {
    expect(stderr).toContain(`${task} step 2/2`);
    expect(readFileSync(join(out, task, "loss.svg"), "utf8")).toMatch(/^<svg/);
    expect(existsSync(join(out, task, "best/model.safetensors"))).toBe(true);
  }
  const again = await demo(out, "--json");
  expect(again.code).toBe(0);
  const { translate, vulnerability, curves } = JSON.parse(again.stdout);
  expect(translate).toMatchObject({ bleu: expect.any(Number) });
  expect(vulnerability).toMatchObject({ f1: expect.any(Number), f1Floor: expect.any(Number) });
  expect(curves).toHaveLength(2);
  expect(again.stdout.trimEnd()).not.toContain("\n");
});
