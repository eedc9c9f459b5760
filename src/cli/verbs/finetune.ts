/** @file `codet5 finetune`: train a task's model, from scratch or from a checkpoint. */
import { z } from "zod";
import { finetune, startDefaults, type Task, type TaskName, tasks } from "../../tasks/index.ts";
import { type TrainConfig, trainFields } from "../../train/index.ts";
import { runFields, widthFields } from "../run-fields.ts";
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
  batchSize: openField(trainFields.batchSize),
  epochs: openField(trainFields.epochs),
  patience: openField(trainFields.patience),
};

export const verb = defineVerb({
  arguments: ["task"],
  options: z.strictObject({
    task: z.enum(taskNames).meta({ description: "what to learn" }),
    data: z.string().meta({ description: "the task's data: a file or a folder in its layout" }),
    ...runFields,
    tokenizer: z
      .string()
      .optional()
      .meta({ description: "tokenizer folder", defaultText: "the model's, or a new one" }),
    head: z
      .enum(["generation", "defect"])
      .default("generation")
      .meta({ description: "answer by generated text, or by the classification head" }),
    direction: z.string().default("java-cs").meta({ description: "translate: java-cs or cs-java" }),
    ...widthFields,
    numLayers: size.default(4).meta({ description: "from scratch: encoder and decoder layers" }),
    numHeads: size.default(4).meta({ description: "from scratch: attention heads" }),
    vocabSize: size
      .min(400)
      .default(8192)
      .meta({ description: "from scratch: tokens of a new vocabulary", unit: "tokens" }),
    maxSourceLength: size
      .optional()
      .meta({ description: "longest source", unit: "tokens", defaultText: byTask }),
    maxTargetLength: size
      .optional()
      .meta({ description: "longest target", unit: "tokens", defaultText: byTask }),
    scoreExamples: size
      .default(500)
      .meta({ description: "validation examples scored each time", unit: "examples" }),
    trainExamples: size
      .optional()
      .meta({ description: "use only the first so many", unit: "examples", defaultText: "all" }),
    ...trainFields,
    ...openFields,
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
        "codet5 finetune translate --data translate --out runs/java-cs --max-steps 500 --resume",
      text: "continue after an interruption, bit for bit",
    },
  ],
  async run(call) {
    const { options } = call;
    const task = tasks[options.task];
    const defaults = defaultsOf(task, options.model);
    const settings = { ...options, ...defaults, ...given(options, defaults) };
    const { resume: _resume, ...asked } = call.config;
    const config = { ...asked, ...defaults, ...given(options, defaults) };
    const display = watchTraining(call);
    const result = await finetune(
      {
        ...settings,
        task,
        shape: settings,
        train: settings,
        config,
        version: packageVersion(),
      },
      { signal: call.stopSignal(), observe: display.observe, note: call.warn },
    );
    await display.finish(options.out);
    return { json: result, text: display.summary(result) };
  },
});

type Defaults = Task["defaults"] & Pick<TrainConfig, "optimizer" | "warmupSteps">;

/** What the user may leave open. */
function defaultsOf({ defaults }: Task, model: string | undefined): Defaults {
  return { ...defaults, ...(model === undefined ? scratch : checkpoint) };
}

/** What the user did not leave open. */
function given(options: { readonly [K in keyof Defaults]?: unknown }, open: Defaults) {
  const keys = Object.keys(open) as (keyof Defaults)[];
  const set = keys.filter((key) => options[key] !== undefined);
  return Object.fromEntries(set.map((key) => [key, options[key]])) as Partial<Defaults>;
}
