import { expect, test } from "vitest";
import { runCli } from "../../../test/run-cli.ts";

test("doctor: this machine is fit, and the result says so in JSON", async () => {
  const { code, stdout, stderr } = await runCli(["doctor", "--json"]);
  const { ok, findings } = JSON.parse(stdout);
  expect({ code, stderr, ok }).toEqual({ code: 0, stderr: "", ok: true });
  const checks = findings.map(({ check }: { check: string }) => check);
  expect(checks).toEqual(["Node.js", "cores", "memory", "disk", "ONNX Runtime"]);
});

test("doctor: prints a table", async () => {
  const { code, stdout } = await runCli(["doctor"]);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^check +status +detail\n/);
  expect(stdout).toMatch(/ONNX Runtime +ok +\d+\.\d+\.\d+ on cpu/);
});
