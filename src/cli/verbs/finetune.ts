/** @file `codet5 finetune`: train a task's model, from scratch or from a checkpoint. */
import { z } from "zod";
import {
  defaultHead,
  finetune,
  startDefaults,
  subTaskOf,
  type Task,
  type TaskName,
  tasks,
} from "../../tasks/index.ts";
import { trainFields } from "../../train/index.ts";
import { engineFields, engineOf, withoutEngine } from "../engine-fields.ts";
import { loraFields, loraOf } from "../lora-fields.ts";
import {
  runFields,
  splitSeedField,
  startFields,
  startOf,
  subTaskField,
  trainFromValidationField,
} from "../run-fields.ts";
import { type OpenSettings, openSettings } from "../task-defaults.ts";
import { watchTraining } from "../training-display.ts";
import { defineVerb } from "../verb.ts";
import { packageVersion } from "../version.ts";

const taskNames = Object.keys(tasks) as [TaskName, ...TaskName[]];
const size = z.int().min(1);
const byTask = "by task";
const { scratch, checkpoint } = startDefaults;

/** The same field, its default decided by the task or by what training starts from. */
function openField<T extends z.ZodType>(field: z.ZodDefault<T>, defaultText = byTask) {
  return field
    .removeDefault()
    .optional()
    .meta({ ...field.meta(), defaultText });
}

const { patienceCounts, maxGradNorm } = trainFields;

const openFields = {
  learningRate: openField(
    trainFields.learningRate,
    `by task; from scratch ${scratch.learningRate}`,
  ),
  optimizer: openField(
    trainFields.optimizer,
    `${checkpoint.optimizer}; from scratch ${scratch.optimizer}`,
  ),
  warmupSteps: openField(
    trainFields.warmupSteps,
    `${checkpoint.warmupSteps}; from scratch ${scratch.warmupSteps}`,
  ),
  batchSize: openField(trainFields.batchSize, "by task and size of the model"),
  epochs: openField(trainFields.epochs),
  patience: openField(trainFields.patience),
  patienceCounts: openField(patienceCounts, "score"),
  maxGradNorm: openField(maxGradNorm, "1"),
};

export const verb = defineVerb({
  arguments: ["task"],
  options: z.strictObject({
    task: z.enum(taskNames).meta({ description: "what to learn" }),
    data: z.string().meta({ description: "the task's data: a file or a folder in its layout" }),
    ...runFields,
    ...startFields,
    tokenizer: z
      .string()
      .optional()
      .meta({ description: "tokenizer folder", defaultText: "the model's, or a new one" }),
    head: z.enum(["generation", "defect", "clone", "classification"]).optional().meta({
      description: "answer by generated text, or by a classification head",
      defaultText: "clone for clone, else generation; classification of an encoder alone",
    }),
    subTask: subTaskField,
    trainFromValidation: trainFromValidationField,
    splitSeed: splitSeedField,
    prompt: z.boolean().default(false).meta({
      description: 'put the task\'s words before every source: "Translate Java to CSharp: "',
    }),
    asPublished: z.boolean().default(false).meta({
      description:
        "train as CodeT5's released scripts do: padding in the loss, AdamW, 1000 steps of warm-up, no clipping, beam 10, a stop when neither loss nor score improves",
    }),
    maxSourceLength: size
      .optional()
      .meta({ description: "longest source", unit: "tokens", defaultText: byTask }),
    maxTargetLength: size
      .optional()
      .meta({ description: "longest target", unit: "tokens", defaultText: byTask }),
    scoreExamples: size.optional().meta({
      description: "validation examples scored each time",
      unit: "examples",
      defaultText: "500",
    }),
    scoreBeams: size
      .optional()
      .meta({ description: "hypotheses kept while decoding them", defaultText: "1" }),
    trainExamples: size
      .optional()
      .meta({ description: "use only the first so many", unit: "examples", defaultText: "all" }),
    ...loraFields,
    ...trainFields,
    ...openFields,
    ...engineFields,
  }),
  examples: [
    {
      command: "codet5 finetune translate --data translate --out runs/java-cs --max-steps 500",
      text: "train a small CodeT5 from scratch on parallel Java and C#",
    },
    {
      command:
        "codet5 finetune vulnerability --data samples.jsonl --model my-model --out runs/v --head defect",
      text: "fine-tune a checkpoint with the classification head",
    },
    {
      command:
        "codet5 finetune vulnerability --data samples.jsonl --model my-model --out runs/v --lora",
      text: "train adapters of a few MB beside it; codet5 model merge adds them to the weights",
    },
    {
      command:
        "codet5 finetune translate --data translate --out runs/java-cs --max-steps 500 --resume",
      text: "continue after an interruption, bit for bit",
    },
  ],
  async run(call) {
    const { options } = call;
    const task: Task = tasks[options.task];
    const subTask = subTaskOf(task, options.subTask);
    const start = await startOf(options);
    const { head = defaultHead(task, start.modelType) } = options;
    const { dModel } = start.shape;
    const lora = loraOf(options);
    const isAdapted = lora !== undefined;
    const open = openSettings(task, head, { ...options, ...start, dModel, subTask, isAdapted });
    const resolved = { ...open, ...given(options, open), subTask };
    const settings = { ...options, ...resolved, ...start, head };
    const { resume: _resume, ...asked } = withoutEngine(call.config);
    const engine = await engineOf(options);
    const display = watchTraining(call);
    const result = await finetune(
      {
        ...settings,
        jobs: [{ ...settings, task, prompt: options.prompt ? task.prompt(subTask) : "" }],
        lora,
        samplingExponent: 1,
        learnsPadding: options.asPublished,
        train: settings,
        config: { ...asked, ...resolved, ...start.config },
        version: packageVersion(),
        note: call.warn,
      },
      { signal: call.stopSignal(), observe: display.observe, engine },
    );
    await display.finish(options.out);
    return { json: result, text: display.summary(result) };
  },
});

/** What the user did not leave open. */
function given(options: { readonly [K in keyof OpenSettings]?: unknown }, open: OpenSettings) {
  const keys = Object.keys(open) as (keyof OpenSettings)[];
  const set = keys.filter((key) => options[key] !== undefined);
  return Object.fromEntries(set.map((key) => [key, options[key]])) as Partial<OpenSettings>;
}
