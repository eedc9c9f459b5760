/** @file A lab whose trainings are made by PyTorch. */
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findTorch } from "../src/engine/index.ts";
import { type LabPrediction, parseExperiment, predictionPath, runLab } from "../src/lab/index.ts";
import {
  scratchFolder,
  tinyExperiment,
  tinyModel,
  tinySamples,
  writeSamples,
} from "../src/lab/tiny-lab.test-data.ts";
import { runCli } from "./run-cli.ts";
import { expectOneLine } from "./tiny-runs.ts";

const hasTorch = await findTorch().then(
  () => true,
  () => false,
);
const folder = scratchFolder();
const experiment = join(folder, "experiment.json");
beforeAll(async () => {
  const data = writeSamples(join(folder, "samples.jsonl"), tinySamples(24));
  const changes = { adaptations: ["both"], training: { warmupSteps: 2, learningRate: 0.01 } };
  writeFileSync(experiment, JSON.stringify(tinyExperiment(await tinyModel(folder), data, changes)));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function lab(out: string, ...flags: string[]) {
  const words = ["lab", "run", experiment, "--out", join(folder, out), "--quiet", ...flags];
  const { code, stderr } = await runCli(words);
  expect(code, stderr).toBe(0);
}

const stagesOf = (out: string) => readdirSync(join(folder, out, "stages")).sort();

function scoresOf(out: string): number[] {
  const cell = { model: "tiny", adaptation: "both", fold: "default", seed: 1 } as const;
  const lines = readFileSync(join(folder, out, predictionPath(cell)), "utf8")
    .trim()
    .split("\n");
  return lines.map((line) => (JSON.parse(line) as LabPrediction).score);
}

test("lab run: settings that no engine here has are told before anything is trained", async () => {
  const out = join(folder, "never");
  const bad = await runCli(["lab", "run", experiment, "--out", out, "--processes", "2", "--quiet"]);
  expect(expectOneLine(bad, 2)).toMatch(/processes is a setting of another engine/);
  const engine = { start: () => Promise.reject(new Error("internal: started")), settings: {} };
  const { models, ...rest } = JSON.parse(readFileSync(experiment, "utf8"));
  const adapters = { lora: { rank: 2, baseQuantization: "int8" } };
  const asked = parseExperiment({ ...rest, models: [{ ...models[0], ...adapters }] }, "test");
  const options = { experiment: asked, out, engine, version: "0", workers: 1 };
  const told = { code: "lab.engine", details: { where: "models, tiny" } };
  await expect(runLab(options)).rejects.toMatchObject(told);
});

describe.runIf(hasTorch)("lab run --engine torch", () => {
  const torch = ["--engine", "torch", "--device", "cpu"];

  test("scores are ONNX Runtime's; every engine has its stages, and keeps them", async () => {
    await lab("first");
    const ours = { stages: stagesOf("first"), scores: scoresOf("first") };
    await lab("first", ...torch);
    expect(scoresOf("first")).toBeAllclose(ours.scores, { atol: 2e-3 });
    const both = stagesOf("first");
    expect(both).toEqual(expect.arrayContaining(ours.stages));
    // two trainings and the scoring of two parts
    expect(both).toHaveLength(ours.stages.length + 4);
    await lab("first", ...torch, "--precision", "bfloat16");
    expect(stagesOf("first")).toHaveLength(both.length + 4);
    expect(scoresOf("first")).not.toEqual(ours.scores);
    await lab("first");
    expect(stagesOf("first")).toHaveLength(both.length + 4);
    expect(scoresOf("first")).toEqual(ours.scores);
  }, 300_000);
});
