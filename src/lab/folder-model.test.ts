import { rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import type { ModelType } from "../model/index.ts";
import { openLabModel } from "./families.ts";
import type { Adapting } from "./lab-model.ts";
import { scratchFolder, tinyExperiment, tinyModel, tinySamples } from "./tiny-lab.test-data.ts";

const folder = scratchFolder();
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const samples = tinySamples(6).filter(({ language }) => language === "java");

test.each<[ModelType, object]>([
  ["t5", { lora: { rank: 2 } }],
  ["llama", { lora: { rank: 2 }, training: { optimizer: "adamw", learningRate: 5e-4 } }],
  ["roberta", {}],
])(
  "openLabModel: a %s learns code, then labels, and is asked",
  async (modelType, changes) => {
    const path = await tinyModel(folder, modelType);
    const models = [{ name: "tiny", model: path, ...changes }];
    const experiment = tinyExperiment(path, "unused", { models });
    const model = await openLabModel(experiment.models[0]!, experiment);
    expect(model.family).toBe(modelType);
    const general: Adapting = {
      ...{ kind: "general", train: samples, validation: samples, languages: ["java"] },
      ...{ seed: 1, tokens: 400 },
    };
    const plan = await model.plan(general);
    expect(plan.tokens / 400).toBeGreaterThan(0.5);
    const first = await model.adapt(general, plan, join(folder, `${modelType} general`), {});
    const security = { ...general, kind: "security", from: first } as const;
    const next = await model.plan(security);
    const out = join(folder, `${modelType} security`);
    const last = await model.adapt(security, next, out, {});
    const asked = { seed: 1, examples: samples };
    const before = await model.score(samples, asked, {});
    const after = await model.score(samples, { ...asked, from: last }, {});
    expect(after.scores).not.toEqual(before.scores);
    expect(after.scores.every((score) => score > 0 && score < 1)).toBe(true);
    expect(after.truncated).toEqual(before.truncated);
  },
  300_000,
);

test("openLabModel: a kind of model that there is not is told with those there are", async () => {
  const models = [{ name: "x", model: "openia:gpt@http://localhost" }];
  const experiment = tinyExperiment("", "unused", { models });
  await expect(async () => openLabModel(experiment.models[0]!, experiment)).rejects.toMatchObject({
    code: "lab.model",
    details: { expected: expect.stringContaining("openai:MODEL@URL") },
  });
});
