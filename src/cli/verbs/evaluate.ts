/** @file `codet5 evaluate`: score a model on a task's validation or test part. */
import { z } from "zod";
import { loadModel } from "../../model/index.ts";
import { evaluateTask, type TaskName, tasks } from "../../tasks/index.ts";
import { loadTokenizer } from "../../tokenizer/index.ts";
import { requireWritable, writeLines } from "../output-file.ts";
import { scorePretraining } from "../pretraining-scores.ts";
import {
  modelField,
  quantizationField,
  splitSeedField,
  subTaskField,
  trainFromValidationField,
} from "../run-fields.ts";
import { formatTable } from "../table.ts";
import { askedAs } from "../tuned-task.ts";
import { defineVerb } from "../verb.ts";

const pretraining = "pretraining";
const taskNames = [...(Object.keys(tasks) as TaskName[]), pretraining] as const;
const size = z.int().min(1);

export const verb = defineVerb({
  arguments: ["task"],
  options: z.strictObject({
    task: z.enum(taskNames).meta({ description: "what to score" }),
    model: modelField,
    quantization: quantizationField,
    data: z.string().meta({
      description: "the task's data: a file or a folder in its layout; pretraining: a corpus",
    }),
    split: z
      .enum(["validation", "test"])
      .default("test")
      .meta({ description: "which part; a threshold is always chosen on validation" }),
    subTask: subTaskField,
    trainFromValidation: trainFromValidationField,
    splitSeed: splitSeedField,
    numBeams: size.default(1).meta({ description: "hypotheses kept while searching" }),
    batchSize: size.default(16).meta({ description: "examples decoded together" }),
    maxSourceLength: size.optional().meta({
      description: "longest source",
      unit: "tokens",
      defaultText: "the model's, or by task",
    }),
    maxTargetLength: size.optional().meta({
      description: "longest target",
      unit: "tokens",
      defaultText: "the model's, or by task",
    }),
    limit: size.optional().meta({
      description: "score only the first so many; pretraining: of each language",
      unit: "examples",
      defaultText: "all",
    }),
    predictions: z
      .string()
      .optional()
      .meta({ description: "write one JSON object per example to this file" }),
  }),
  examples: [
    {
      command:
        "codet5 evaluate translate --model runs/java-cs/best --data translate --num-beams 10",
      text: "BLEU and exact match on the test pairs, beam 10",
    },
    {
      command: "codet5 evaluate vulnerability --model runs/v/best --data samples.jsonl --json",
      text: "F1 beside its floor, AUC and calibration, as JSON",
    },
    {
      command: "codet5 evaluate pretraining --model runs/stage-one/best --data corpus --limit 1000",
      text: "identifier tagging, spans and identifiers on held-out functions, by language",
    },
  ],
  async run({ options, progress, warn, log }) {
    if (options.predictions !== undefined) requireWritable(options.predictions);
    if (options.task === pretraining) return scorePretraining(options, { progress });
    const task = tasks[options.task];
    const { quantization } = options;
    const model = await loadModel(options.model, { quantization, onNews: log });
    const tokenizer = await loadTokenizer(options.model);
    const settings = { ...options, ...askedAs(task, options.model, options) };
    let bar: ReturnType<typeof progress> | undefined;
    const { report, predictions } = await evaluateTask(task, model, tokenizer, settings, {
      onProgress: (done, total) => {
        bar ??= progress({ label: "evaluating", total, unit: "example" });
        bar.update(done);
      },
      onTruncated: (count, total) => {
        warn(`longer than the limit and cut: ${count} sources of ${total} examples`);
      },
    });
    bar?.stop();
    await model.release();
    const path = options.predictions;
    const exitCode = path === undefined ? 0 : writeLines(path, predictions, warn);
    const json = {
      task: options.task,
      split: options.split,
      examples: predictions.length,
      ...report,
    };
    const rows = Object.entries(report).map(([name, value]) => [name, Number(value.toFixed(4))]);
    return { json, text: formatTable(["figure", "value"], rows), exitCode };
  },
});
