import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { LabelledSample } from "../data/index.ts";
import {
  type LabEvent,
  type LabPrediction,
  type LabResult,
  type LabSample,
  labFiles,
  type PredictionFacts,
  predictionPath,
} from "./records.ts";
import { type LabHooks, type LabOptions, runLab, runLabStage } from "./run-lab.ts";
import {
  scratchFolder,
  tinyExperiment,
  tinyModel,
  tinySamples,
  writeSamples,
} from "./tiny-lab.test-data.ts";

const folder = scratchFolder();
const out = join(folder, "lab");
const samples = tinySamples(24);
const file = writeSamples(join(folder, "samples.jsonl"), samples);
let model: string;

interface Changes {
  readonly data?: string;
  readonly experiment?: object;
  readonly options?: Partial<LabOptions>;
}

function run(to: string, { data = file, experiment = {}, options = {} }: Changes = {}) {
  return (hooks: LabHooks = {}) =>
    runLab(
      {
        experiment: tinyExperiment(model, data, experiment),
        ...{ out: to, version: "0", workers: 1 },
        ...options,
      },
      hooks,
    );
}

const linesOf = <T>(...path: string[]): T[] =>
  readFileSync(join(...path), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
const textOf = (...path: string[]) => readFileSync(join(...path), "utf8");
const security = { model: "tiny", adaptation: "security", fold: "default", seed: 1 } as const;

beforeAll(async () => {
  model = await tinyModel(folder);
  await run(out)();
}, 300_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("runLab: a line for every cell and language, the baseline last", () => {
  const results = linesOf<LabResult>(out, labFiles.results);
  const cells = [...new Set(results.map((row) => `${row.model} ${row.adaptation}`))];
  const trained = ["zero-shot", "general", "security", "both"].map((one) => `tiny ${one}`);
  expect(cells).toEqual([...trained, "naive-bayes security"]);
  for (const row of results) {
    expect(row.seen).toBe(["java", "python"].includes(row.language));
    expect(row.floorF1).toBeCloseTo(2 / 3);
    expect(row.pairs.total).toBe(row.samples / 2);
  }
  // the corpus holds the same words in both forms
  expect(results.at(-1)).toMatchObject({ model: "naive-bayes", rocAuc: 0.5, family: "baseline" });
});

test("runLab: predictions say every sample once, facts say what was chosen and read", () => {
  const known = linesOf<LabSample>(out, labFiles.samples);
  const predictions = linesOf<LabPrediction>(out, predictionPath(security));
  expect(predictions.map(({ id }) => id)).toEqual(known.map(({ id }) => id));
  expect(new Set(known.map(({ part }) => part)).size).toBe(3);
  const facts: PredictionFacts = JSON.parse(
    textOf(out, predictionPath(security).replace("jsonl", "json")),
  );
  for (const { score, label } of predictions) {
    expect(label).toBe(score >= facts.threshold ? 1 : 0);
  }
  expect(facts).toMatchObject({ stepsRun: 12, trainLanguages: ["java", "python"] });
  expect(facts.trainCwes.length).toBeGreaterThan(0);
  expect(facts.truncatedIds.length).toBeGreaterThan(0);
});

test("runLab: no language that is unseen is trained on, no program is in two parts", () => {
  const groupsOf = (part: string) =>
    new Set(
      linesOf<LabSample>(out, labFiles.samples).flatMap((row) =>
        row.part === part ? [row.group] : [],
      ),
    );
  const held = groupsOf("validation");
  expect([...groupsOf("unseen")].some((group) => held.has(group))).toBe(false);
  const log = linesOf<LabEvent>(out, labFiles.log);
  expect(log.find(({ event }) => event === "divided")).toMatchObject({
    languages: ["java", "python"],
  });
  expect(log.find(({ event }) => event === "opened")?.dropped).toMatchObject({
    "tied: group": expect.any(Number),
  });
});

test("runLab: thresholds are frozen before anything unseen is opened", () => {
  const events = linesOf<LabEvent>(out, labFiles.log).map(({ event }) => event);
  expect(events.filter((event) => event === "frozen")).toHaveLength(5);
  expect(events.lastIndexOf("frozen")).toBeLessThan(events.indexOf("opened"));
});

test("runLab: other labels on unseen samples change no prediction and no threshold", async () => {
  const other = join(folder, "flipped");
  const isUnseen = ({ language }: LabelledSample) => ["go", "ruby"].includes(language);
  const flipped = samples.map((sample): LabelledSample => {
    return isUnseen(sample) ? { ...sample, label: sample.label === 1 ? 0 : 1 } : sample;
  });
  const data = writeSamples(join(folder, "flipped.jsonl"), flipped);
  await run(other, { data, experiment: { adaptations: ["security"] } })();
  const path = predictionPath(security);
  expect(textOf(other, path)).toBe(textOf(out, path));
  const facts = path.replace("jsonl", "json");
  expect(textOf(other, facts)).toBe(textOf(out, facts));
  const resultOf = (lab: string) =>
    linesOf<LabResult>(lab, labFiles.results).find(
      (row) => row.adaptation === "security" && row.language === "go",
    )!;
  expect(resultOf(other).rocAuc).toBeCloseTo(1 - resultOf(out).rocAuc!);
}, 300_000);

test("runLab: what is done is not done again, and a lab stopped midway ends in the same bytes", async () => {
  const numStages = () =>
    linesOf<LabEvent>(out, labFiles.log).filter(({ event }) => event === "stage").length;
  const before = numStages();
  const text = textOf(out, labFiles.results);
  await run(out)();
  expect(numStages()).toBe(before);
  expect(textOf(out, labFiles.results)).toBe(text);
  const stopped = join(folder, "stopped");
  const experiment = { adaptations: ["both"] };
  let numTold = 0;
  for (const stopAt of [6, Number.POSITIVE_INFINITY]) {
    const controller = new AbortController();
    numTold = 0;
    const summary = await run(stopped, { experiment })({
      signal: controller.signal,
      onProgress: () => {
        if (++numTold === stopAt) controller.abort();
      },
    });
    expect(summary === undefined).toBe(Number.isFinite(stopAt));
  }
  const isBoth = (line: string) => line.includes('"both"') || line.includes('"naive-bayes"');
  expect(textOf(stopped, labFiles.results).trim().split("\n")).toEqual(
    text.trim().split("\n").filter(isBoth),
  );
}, 300_000);

test("runLab: two workers write the same results", async () => {
  const to = join(folder, "workers");
  const experiment = tinyExperiment(model, file, { adaptations: ["zero-shot", "security"] });
  const spawn = (stage: string) => runLabStage({ experiment, out: to }, stage);
  await runLab({ experiment, out: to, version: "0", workers: 2, spawn });
  const one = linesOf<LabResult>(out, labFiles.results);
  const chosen = one.filter(({ adaptation }) => ["zero-shot", "security"].includes(adaptation));
  expect(linesOf(to, labFiles.results)).toEqual(chosen);
}, 300_000);

test("runLab: budgets that whole steps cannot meet are refused before anything is trained", async () => {
  const to = join(folder, "unequal");
  const experiment = { budget: { tokens: 300, batchSize: 8 } };
  await expect(run(to, { experiment })()).rejects.toMatchObject({
    code: "lab.budget",
    details: { got: expect.stringMatching(/^\S+ \d+, \S+ \d+$/) },
  });
});

test("runLab: a model that is not there and data that is missing are told in one line", async () => {
  const models = [{ name: "none", model: join(folder, "nowhere") }];
  await expect(run(join(folder, "a"), { experiment: { models } })()).rejects.toMatchObject({
    code: "model.folder",
  });
  await expect(run(join(folder, "b"), { data: "missing.jsonl" })()).rejects.toMatchObject({
    code: "file.missing",
  });
});
