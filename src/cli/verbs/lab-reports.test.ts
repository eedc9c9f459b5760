import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runCli } from "../../../test/run-cli.ts";
import { writeSimulatedLab } from "../../lab/report/simulated-lab.test-data.ts";

let lab = "";
beforeAll(() => {
  lab = writeSimulatedLab({ groupsPerLanguage: 20, seeds: [1, 2] });
});
afterAll(() => rmSync(lab, { recursive: true, force: true }));

test("lab report: writes both files and prints the verdict and their place", async () => {
  const { code, stdout, stderr } = await runCli(["lab", "report", lab, "--resamples", "100"]);
  expect(code).toBe(0);
  expect(stderr).toContain("10 cells read");
  expect(stdout).toContain("mini on simulated, 3 unseen languages");
  expect(stdout).toContain(`report: ${join(lab, "report.html")}`);
  expect(readFileSync(join(lab, "report.html"), "utf8")).toMatch(
    /^<!doctype html>[\s\S]*<\/html>\n$/,
  );
  expect(existsSync(join(lab, "report.md"))).toBe(true);
});

test("lab report: a folder that is no lab, and a place that cannot be written, are one line", async () => {
  const none = await runCli(["lab", "report", "/nowhere"]);
  expect(none.code).toBe(1);
  expect(none.stderr).toMatch(/no samples of a lab here.*codet5 lab run/);
  const place = ["--out", "/nowhere/report.html", "--resamples", "100"];
  expect((await runCli(["lab", "report", lab, ...place])).code).toBe(1);
});

test("lab claims: evidence in, a table and Markdown out", async () => {
  const out = join(lab, "claims.md");
  const { code, stdout } = await runCli(["lab", "claims", lab, "--resamples", "100", "--out", out]);
  expect(code).toBe(0);
  expect(stdout).toContain("not testable here");
  expect(readFileSync(out, "utf8")).toContain("# Ten claims about CodeT5");
  const { stdout: json } = await runCli(["lab", "claims", "--json"]);
  expect(JSON.parse(json).claims).toHaveLength(10);
});
