import { expect, test } from "vitest";
import { parseExperiment } from "./experiment.ts";
import { foldsOf } from "./folds.ts";

const least = { name: "x", data: [{ name: "d", path: "d.jsonl" }], budget: { steps: 5 } };
const parse = (changes: object = {}) => parseExperiment({ ...least, ...changes }, "e.json");

test("parseExperiment: defaults are the protocol's", () => {
  const experiment = parse({ $version: "1" });
  expect(experiment.adaptations).toEqual(["zero-shot", "general", "security", "both"]);
  expect(experiment.seeds).toHaveLength(3);
  expect(experiment.general.fromData).toBe(true);
  expect(foldsOf(experiment)).toEqual([
    {
      name: "default",
      train: ["c", "cpp", "java", "javascript", "typescript", "python"],
      unseen: ["go", "ruby", "php", "csharp", "rust", "swift", "kotlin"],
    },
  ]);
});

test("parseExperiment: what it read may be written and read again", () => {
  const experiment = parse();
  expect(parseExperiment({ ...experiment, $models: {} }, "e.json")).toEqual(experiment);
});

test("foldsOf: each training language is left out in turn, TypeScript with JavaScript", () => {
  const folds = foldsOf(parse({ folds: ["leave-one-out"] }));
  expect(folds.map(({ name }) => name)).toEqual(
    ["c", "cpp", "java", "javascript", "python"].map((name) => `leave-out:${name}`),
  );
  expect(folds[3]).toMatchObject({
    train: ["c", "cpp", "java", "python"],
    unseen: ["javascript", "typescript"],
  });
});

test.each([
  ["adaptation", {}, { adaptation: [] }, "adaptations"],
  ["batchsize", {}, { budget: { steps: 1, batchsize: 4 } }, "batchSize"],
  ["rolle", {}, { data: [{ name: "d", path: "p", rolle: "x" }] }, "role"],
  ["lerningRate", {}, { training: { lerningRate: 1 } }, "learningRate"],
])("parseExperiment: the unknown key %s is told with the nearest", (_key, _none, changes, near) => {
  expect(() => parse(changes)).toThrow(
    expect.objectContaining({
      code: "lab.key",
      details: expect.objectContaining({ help: `did you mean ${near}?` }),
    }),
  );
});

test.each<[string, object]>([
  ["no budget", { budget: {} }],
  ["two budgets", { budget: { steps: 1, tokens: 1 } }],
  ["a language on both sides", { languages: { train: ["go"], unseen: ["go"] } }],
  ["nothing to train on", { data: [{ name: "d", path: "p", role: "evaluation-only" }] }],
  ["two data sets of one name", { data: [least.data[0], least.data[0]] }],
  ["a data set of nowhere", { data: [{ name: "d" }] }],
  ["the baseline's name", { models: [{ name: "naive-bayes" }] }],
  ["no seed", { seeds: [] }],
  [
    "fast prompts of whole weights",
    { models: [{ name: "m", model: "prompt:m", fastPrompts: true }] },
  ],
  ["few bits of a model to train", { models: [{ name: "m", model: "m", quantization: "int4" }] }],
  ["a list", { budget: [] }],
])("parseExperiment: %s is refused in one line", (_name, changes) => {
  expect(() => parse(changes)).toThrow(expect.objectContaining({ code: "lab.value" }));
});

test("parseExperiment: values that are no experiment are refused", () => {
  for (const value of [null, 1, "x", [], {}]) {
    expect(() => parseExperiment(value, "e.json")).toThrow(
      expect.objectContaining({ code: "lab.value" }),
    );
  }
});
