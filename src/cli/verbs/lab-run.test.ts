import { existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { runCli } from "../../../test/run-cli.ts";
import {
  scratchFolder,
  tinyExperiment,
  tinyModel,
  tinySamples,
  writeSamples,
} from "../../lab/tiny-lab.test-data.ts";

const folder = scratchFolder();
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const write = (name: string, value: object): string => {
  const path = join(folder, name);
  writeFileSync(path, JSON.stringify(value));
  return path;
};
const lab = (path: string, out: string, ...more: string[]) =>
  runCli(["lab", "run", path, "--out", join(folder, out), ...more]);

test("lab run: a model asked as it is, beside the floor and the baseline", async () => {
  const model = await tinyModel(folder);
  const data = writeSamples(join(folder, "samples.jsonl"), tinySamples(16));
  const experiment = tinyExperiment(model, data, { adaptations: ["zero-shot"] });
  const path = write("experiment.json", experiment);
  const { code, stdout, stderr } = await lab(path, "first");
  expect(code).toBe(0);
  expect(stdout).toMatch(/^language +samples +floor +naive-bayes +tiny zero-shot$/m);
  expect(stdout).toMatch(/^go \* +\d+ +0\.667 /m);
  expect(stderr).toMatch(/too few samples to average over: parallel go \(\d+\)/);
  expect(existsSync(join(folder, "first", "results.parquet"))).toBe(true);
  const again = await lab(path, "first", "--json", "--quiet");
  expect(JSON.parse(again.stdout)).toMatchObject({ finished: true });
  const stage = await lab(path, "first", "--only", "no-such-stage");
  expect(stage.stderr).toContain("no such stage");
}, 300_000);

test.each<[string, object, string]>([
  ["a key that there is not", { budgets: {} }, "did you mean budget?"],
  ["a model that is not there", { models: [{ name: "m", model: "./none" }] }, "no model"],
  ["data that are not there", {}, "file not found"],
])("lab run: %s is told in one line", async (name, changes, told) => {
  const least = { name: "x", data: [{ name: "d", path: join(folder, "none.jsonl") }] };
  const path = write("bad.json", { ...least, budget: { steps: 1 }, ...changes });
  const { code, stdout, stderr } = await lab(path, name.replaceAll(" ", "-"), "--quiet");
  expect(code).toBeGreaterThan(0);
  expect(stdout).toBe("");
  expect(stderr).toContain(told);
  expect(stderr.trim().split("\n")).toHaveLength(1);
});
