/** @file What an export costs: a task's score before and after, on the same examples. */
import { join } from "node:path";
import { onnxFiles, openExport, type Quantization, requireT5 } from "../export/index.ts";
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

/** What was exported, and as what. */
interface Exported {
  readonly model: Model;
  readonly tokenizer: Tokenizer;
  /** Folder the model came from: it tells how the model was fine-tuned. */
  readonly source: string;
  readonly folder: string;
  readonly format: "onnx" | "huggingface";
  readonly quantization: Quantization;
}

/** Score a model and its export, greedily: the export's files are run, not a model of them. */
export async function qualityOf(
  exported: Exported,
  options: QualityOptions,
  { progress }: Pick<Call, "progress">,
): Promise<Quality> {
  const task = tasks[options.task];
  const asked = askedAs(task, exported.source, options);
  const settings = { trainFromValidation: undefined, ...options, ...asked, numBeams: 1 };
  const score = async (model: Model, label: string) => {
    let bar: ReturnType<typeof progress> | undefined;
    const onProgress = (done: number, total: number) => {
      bar ??= progress({ label, total, unit: "example" });
      bar.update(done);
    };
    return evaluateTask(task, model, exported.tokenizer, settings, { onProgress });
  };
  const before = await score(exported.model, "before");
  const opened = await open(exported);
  const after = await score(opened, "after");
  await opened.release();
  const texts = before.predictions.map(({ prediction }) => prediction);
  const same = after.predictions.filter(({ prediction }, i) => prediction === texts[i]);
  return {
    task: options.task,
    split: options.split,
    examples: texts.length,
    before: before.report,
    after: after.report,
    sameTexts: same.length,
  };
}

async function open({ model, folder, format, quantization }: Exported): Promise<Model> {
  if (format === "huggingface") return loadModel(folder);
  const { encoder, decoder } = onnxFiles(quantization);
  const files = { encoder: join(folder, encoder), decoder: join(folder, decoder) };
  const { modelType, config, head } = model;
  const running = await openExport(files, requireT5(model));
  // tasks that score texts ask for these alone
  return { modelType, config, head, ...running } as unknown as Model;
}
