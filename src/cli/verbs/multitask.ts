/** @file `codet5 multitask`: one model for several tasks, by balanced sampling and task prompts. */
import { z } from "zod";
import { UsageError } from "../../base/index.ts";
import {
  finetune,
  nameOf,
  startDefaults,
  subTaskOf,
  type Task,
  type TaskJob,
  type TaskName,
  tasks,
} from "../../tasks/index.ts";
import { trainFields } from "../../train/index.ts";
import { engineFields, engineOf, withoutEngine } from "../engine-fields.ts";
import {
  runFields,
  splitSeedField,
  startFields,
  startOf,
  trainFromValidationField,
} from "../run-fields.ts";
import { openSettings } from "../task-defaults.ts";
import { watchTraining } from "../training-display.ts";
import { defineVerb } from "../verb.ts";
import { packageVersion } from "../version.ts";

const size = z.int().min(1);
const { checkpoint } = startDefaults;
const { batchSize, patience, ...fields } = trainFields;

const options = z.strictObject({
  tasks: z
    .array(z.string())
    .min(2)
    .meta({ description: "what to learn together: task=data or task:sub-task=data" }),
  ...runFields,
  ...startFields,
  trainFromValidation: trainFromValidationField,
  splitSeed: splitSeedField,
  samplingExponent: z.number().min(0).max(1).default(0.7).meta({
    description: "a task with n examples is drawn in proportion to n^x",
  }),
  prompts: z
    .boolean()
    .default(true)
    .meta({ description: "put each task's words before its sources" }),
  maxSourceLength: size
    .optional()
    .meta({ description: "longest source of any task", unit: "tokens", defaultText: "by task" }),
  maxTargetLength: size
    .optional()
    .meta({ description: "longest target of any task", unit: "tokens", defaultText: "by task" }),
  scoreExamples: size
    .default(500)
    .meta({ description: "validation examples scored each time, of each task", unit: "examples" }),
  scoreBeams: size.default(1).meta({ description: "hypotheses kept while decoding them" }),
  trainExamples: size
    .optional()
    .meta({ description: "use only the first so many", unit: "examples", defaultText: "all" }),
  ...fields,
  ...engineFields,
  warmupSteps: fields.warmupSteps.unwrap().default(checkpoint.warmupSteps).meta({
    description: "linear rise of the learning rate",
    unit: "steps",
  }),
  batchSize: batchSize.unwrap().optional().meta({
    description: "examples in a batch of any task",
    defaultText: "by task and size of the model",
  }),
  patience: patience.unwrap().optional().meta({
    description: "a task is over after this many validations without improvement; 0 never",
    defaultText: "by task",
  }),
});

type Options = z.output<typeof options>;

/** `translate:java-cs=data/translate` as a job. */
function jobOf(text: string, settings: Options & { readonly dModel: number }): TaskJob {
  const found = /^([^:=]+)(?::([^=]+))?=(.+)$/.exec(text);
  const [, name = "", asked, data = ""] = found ?? [];
  if (!Object.hasOwn(tasks, name)) {
    throw new UsageError("usage.task", `not a task with its data: ${text}`, {
      expected: `one of ${Object.keys(tasks).join(", ")}, then :sub-task if it has some, then =data`,
      got: text,
      help: "for example translate:java-cs=data/translate",
    });
  }
  const task: Task = tasks[name as TaskName];
  const subTask = subTaskOf(task, asked);
  const open = openSettings(task, "generation", { ...settings, subTask, asPublished: false });
  return {
    task,
    subTask,
    data,
    trainFromValidation: settings.trainFromValidation,
    prompt: settings.prompts ? task.prompt(subTask) : "",
    maxSourceLength: settings.maxSourceLength ?? open.maxSourceLength,
    maxTargetLength: settings.maxTargetLength ?? open.maxTargetLength,
    batchSize: settings.batchSize ?? open.batchSize,
    patience: settings.patience ?? open.patience,
  };
}

function requireDifferent(jobs: readonly TaskJob[]): void {
  const names = jobs.map(nameOf);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice === undefined) return;
  throw new UsageError("usage.task", "a task is named twice", {
    expected: "each task and sub-task once",
    got: twice,
  });
}

export const verb = defineVerb({
  arguments: ["tasks"],
  options,
  examples: [
    {
      command:
        "codet5 multitask translate:java-cs=translate translate:cs-java=translate refine:small=refine --model my-model --out runs/multi --evaluate-every 1000",
      text: "three tasks in one model; each keeps its best in runs/multi/best/<task>",
    },
  ],
  async run(call) {
    const { options: settings } = call;
    const start = await startOf(settings);
    const { dModel } = start.shape;
    const jobs = settings.tasks.map((text) => jobOf(text, { ...settings, ...start, dModel }));
    requireDifferent(jobs);
    const { resume: _resume, ...config } = withoutEngine(call.config);
    const engine = await engineOf(settings);
    const display = watchTraining(call);
    const train = { ...settings, batchSize: settings.batchSize ?? 16, patience: 0 };
    const result = await finetune(
      {
        ...settings,
        ...start,
        jobs: jobs as [TaskJob, ...TaskJob[]],
        head: "generation",
        learnsPadding: false,
        train,
        config: { ...config, ...start.config },
        version: packageVersion(),
        note: call.warn,
      },
      { signal: call.stopSignal(), observe: display.observe, engine },
    );
    await display.finish(settings.out);
    return { json: result, text: display.summary(result) };
  },
});
