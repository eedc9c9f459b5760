/** @file What an export costs: a task's score before and after, on the same examples. */
import { join } from "node:path";
import {
  type ExportFormat,
  onnxFiles,
  openExport,
  type Quantization,
  requireT5,
} from "../export/index.ts";
import { loadModel, type Model } from "../model/index.ts";
import { evaluateTask, type Scored, tasks } from "../tasks/index.ts";
import type { Tokenizer } from "../tokenizer/index.ts";
import { askedAs } from "./tuned-task.ts";
import type { Call } from "./verb.ts";

/** Tasks that are scored by the text that a model writes. */
export const writingTasks = ["summarize", "concode", "translate", "refine"] as const;

/** How both are scored. */
export interface QualityOptions {
  readonly task: (typeof writingTasks)[number];
  readonly data: string;
  readonly subTask?: string | undefined;
  readonly split: "validation" | "test";
  readonly limit?: number | undefined;
  readonly batchSize: number;
  readonly seed: number;
}

/** A score of each, and how often both wrote the same. */
export interface Quality {
  readonly task: string;
  readonly split: string;
  readonly examples: number;
  readonly before: Scored["report"];
  readonly after: Scored["report"];
  readonly sameTexts: number;
}

/** The model as it is. */
interface Original {
  readonly model: Model;
  readonly tokenizer: Tokenizer;
  /** Folder the model came from: it tells how the model was fine-tuned. */
  readonly source: string;
}

/** What was written of it. */
interface Exported {
  readonly folder: string;
  readonly format: ExportFormat;
  readonly quantization: Quantization;
}

/**
 * Score a model greedily, before anything is written: data that cannot be read fails here.
 * @returns scores its export on the same examples: the files are run, not a model of them
 */
export async function qualityBefore(
  original: Original,
  options: QualityOptions,
  { progress }: Pick<Call, "progress">,
): Promise<(exported: Exported) => Promise<Quality>> {
  const task = tasks[options.task];
  const asked = askedAs(task, original.source, options);
  const fixed = { trainFromValidation: undefined, splitSeed: options.seed, numBeams: 1 };
  const settings = { ...options, ...asked, ...fixed };
  const score = async (model: Model, label: string) => {
    let bar: ReturnType<typeof progress> | undefined;
    const onProgress = (done: number, total: number) => {
      bar ??= progress({ label, total, unit: "example" });
      bar.update(done);
    };
    return evaluateTask(task, model, original.tokenizer, settings, { onProgress });
  };
  const before = await score(original.model, "before");
  return async (exported) => {
    const opened = await open(original.model, exported);
    const after = await score(opened, "after");
    await opened.release();
    return compare(options, before, after);
  };
}

function compare({ task, split }: QualityOptions, before: Scored, after: Scored): Quality {
  const texts = before.predictions.map(({ prediction }) => prediction);
  const same = after.predictions.filter(({ prediction }, i) => prediction === texts[i]);
  return {
    task,
    split,
    examples: texts.length,
    before: before.report,
    after: after.report,
    sameTexts: same.length,
  };
}

async function open(model: Model, { folder, format, quantization }: Exported): Promise<Model> {
  if (format === "huggingface") return loadModel(folder);
  const { encoder, decoder } = onnxFiles(quantization);
  const files = { encoder: join(folder, encoder), decoder: join(folder, decoder) };
  const { modelType, config, head } = model;
  const running = await openExport(files, requireT5(model));
  // tasks that score texts ask for these alone
  return { modelType, config, head, ...running } as unknown as Model;
}
