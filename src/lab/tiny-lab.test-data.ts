/** @file A lab small enough for a test: a T5 of 32 dimensions, a few programs in four languages. */
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { generateParallelCorpus, type LabelledSample } from "../data/index.ts";
import { createModel, type ModelType, saveModel } from "../model/index.ts";
import { saveTokenizer, trainTokenizer } from "../tokenizer/index.ts";
import { scratchConfig } from "../train/index.ts";
import { type Experiment, parseExperiment } from "./experiment.ts";

const shape = { dModel: 32, dKv: 16, dFf: 64, numLayers: 1, numHeads: 2 };

/** A scratch folder. */
export function scratchFolder(): string {
  return mkdtempSync(join(tmpdir(), "codet5-lab-"));
}

/** Programs in two languages to train on and two that stay unseen. */
export function tinySamples(programs: number): LabelledSample[] {
  const languages = ["java", "python", "go", "ruby"] as const;
  return generateParallelCorpus({ seed: 5, count: programs, languages });
}

/** Write samples as JSON lines. */
export function writeSamples(path: string, samples: readonly LabelledSample[]): string {
  writeFileSync(path, samples.map((sample) => `${JSON.stringify(sample)}\n`).join(""));
  return path;
}

/** A model with drawn weights and a vocabulary of its own. */
export async function tinyModel(folder: string, modelType: ModelType = "t5"): Promise<string> {
  const path = join(folder, modelType);
  mkdirSync(path);
  const texts = [...tinySamples(8).map(({ code }) => code), "true", "false"];
  const tokenizer = trainTokenizer(texts, { vocabSize: 500, minFrequency: 2 });
  const model = createModel(modelType, scratchConfig(modelType, shape, tokenizer), { seed: 3 });
  await saveModel(model, path);
  saveTokenizer(tokenizer, path);
  await model.release();
  return path;
}

/** An experiment with that model. */
export function tinyExperiment(model: string, data: string, changes: object = {}): Experiment {
  return parseExperiment(
    {
      name: "tiny",
      models: [{ name: "tiny", model }],
      data: [{ name: "parallel", path: data }],
      languages: { train: ["java", "python"], unseen: ["go", "ruby"] },
      seeds: [1],
      budget: { steps: 12, batchSize: 4 },
      maxSourceLength: 48,
      training: { warmupSteps: 2 },
      validations: 2,
      validationShare: 0.25,
      testShare: 0.3,
      general: { fromData: true, maxTargetLength: 24 },
      ...changes,
    },
    "tiny",
  );
}
