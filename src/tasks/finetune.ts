/** @file Fine-tuning a task from end to end: read, encode, start or resume, train. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { DataError } from "../base/index.ts";
import { currentFolder } from "../checkpoint/index.ts";
import { digestOfFile } from "../data/index.ts";
import { createModel, loadModel, type Model, type ModelType, withHead } from "../model/index.ts";
import {
  loadTokenizer,
  saveTokenizer,
  type Tokenizer,
  trainTokenizer,
} from "../tokenizer/index.ts";
import {
  adaptedForTraining,
  exampleSource,
  type LoraSettings,
  type ModelShape,
  mixtureSource,
  probeRunFolder,
  type Selection,
  scratchConfig,
  type TrainConfig,
  type TrainingHooks,
  type TrainingJob,
  type TrainingResult,
  train,
} from "../train/index.ts";
import {
  type JobOptions,
  type LoadedJob,
  loadJob,
  nameOf,
  type PreparedJob,
  prepareJob,
  type TaskJob,
} from "./prepare.ts";
import { readerOf } from "./read-off.ts";
import { requireHead } from "./task.ts";
import { writeTaskFile } from "./task-file.ts";

/**
 * Settings that what training starts from decides. From scratch a rate relative to each parameter's
 * size pays: T5's embeddings start at a deviation of 1, its matrices at a few hundredths (dev/LOG.md).
 */
export const startDefaults = {
  checkpoint: { optimizer: "adamw", warmupSteps: 1000 },
  scratch: { optimizer: "adafactor", warmupSteps: 100, learningRate: 0.03 },
} as const;

export interface FinetuneOptions extends JobOptions {
  /** One task, or several that are learned together. */
  readonly jobs: readonly [TaskJob, ...TaskJob[]];
  /** Of several tasks: how strongly large ones come more often, in [0, 1]; CodeT5's is 0.7. */
  readonly samplingExponent: number;
  /** Run folder. */
  readonly out: string;
  readonly resume: boolean;
  /** Model folder to start from; from scratch when absent. */
  readonly model?: string | undefined;
  /** Tokenizer folder; default: the model's, or one trained on the training examples. */
  readonly tokenizer?: string | undefined;
  /** Family of a model from scratch; default t5. */
  readonly modelType?: ModelType | undefined;
  readonly shape: ModelShape & {
    /** Size of a vocabulary trained on the tasks' own text, sentinels included. */
    readonly vocabSize: number;
  };
  /** Adapters to train, the model itself being left as it is. */
  readonly lora?: LoraSettings | undefined;
  readonly train: TrainConfig;
  /** Resolved settings, for the run folder's config.json. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly version: string;
}

/**
 * Train a model for one task, or for several at once, into a run folder. Of several, each keeps a best
 * model of its own, `best/<task>`, and is drawn no more once it has run out of patience.
 * @throws DataError for bad data or a folder in use, ConfigError for settings that do not fit
 */
export async function finetune(
  options: FinetuneOptions,
  hooks: TrainingHooks = {},
): Promise<TrainingResult> {
  const { head, train: config, out, resume } = options;
  for (const { task } of options.jobs) requireHead(task, head);
  const jobs: LoadedJob[] = [];
  for (const job of options.jobs) jobs.push(await loadJob(job, options));
  const description = await describe(options, jobs);
  probeRunFolder(out, description, resume);
  const tokenizer = await chooseTokenizer(options, jobs);
  const model = await startingModel(options, tokenizer);
  const reader = readerOf(model);
  const prepared = jobs.map((job) => {
    const note = (line: string) =>
      options.note?.(jobs.length > 1 ? `${nameOf(job)}: ${line}` : line);
    return prepareJob(job, tokenizer, reader, { ...options, note });
  });
  try {
    return await train({
      out,
      description,
      resume,
      config,
      model,
      completeFolder: (folder) => {
        saveTokenizer(tokenizer, folder);
        writeTaskFile(
          folder,
          jobs.map((job) => ({ ...job, task: job.task.name })),
        );
      },
      ...(jobs.length === 1
        ? oneTask(jobs[0]!, prepared[0]!, options)
        : manyTasks(jobs, prepared, options)),
      ...hooks,
    });
  } finally {
    await model.release();
  }
}

/** What training needs to know of its tasks. */
type Learning = Pick<TrainingJob, "source" | "validate" | "selections">;

function oneTask(
  { task }: LoadedJob,
  { examples, report }: PreparedJob,
  { head, train: config }: FinetuneOptions,
): Learning {
  return {
    source: exampleSource(examples, head, config),
    validate: ({ model }) => report(model),
    selections: [{ name: "", ...task.selection }],
  };
}

function manyTasks(
  jobs: readonly LoadedJob[],
  prepared: readonly PreparedJob[],
  { head, train: config, samplingExponent }: FinetuneOptions,
): Learning {
  const parts = jobs.map((job, k) => {
    const { examples } = prepared[k]!;
    const { batchSize } = job;
    const source = exampleSource(examples, head, { ...config, batchSize });
    return { name: nameOf(job), size: examples.length, source };
  });
  const selections = jobs.map((job): Selection => {
    const name = nameOf(job);
    const { metric, direction } = job.task.selection;
    const { patience } = job;
    return { name, direction, patience, metric: `${name}/${metric}`, lossMetric: `${name}/loss` };
  });
  return {
    source: mixtureSource(parts, { exponent: samplingExponent, seed: config.seed }),
    selections: selections as [Selection, ...Selection[]],
    validate: async ({ model }) => {
      const figures: Record<string, number> = { loss: 0 };
      for (const [k, job] of jobs.entries()) {
        const report = await prepared[k]!.report(model);
        figures.loss! += report.loss! / jobs.length;
        for (const [key, value] of Object.entries(report)) figures[`${nameOf(job)}/${key}`] = value;
      }
      return figures;
    },
  };
}

/** The folder that belongs to the run: the checkpoint's when resuming, so that nothing is trained twice. */
async function chooseTokenizer(
  { out, resume, tokenizer, model, shape }: FinetuneOptions,
  jobs: readonly LoadedJob[],
): Promise<Tokenizer> {
  const checkpoint = currentFolder(join(out, "checkpoint"));
  if (resume && existsSync(checkpoint)) return loadTokenizer(checkpoint);
  const folder = tokenizer ?? model;
  if (folder !== undefined) return loadTokenizer(folder);
  const texts = jobs.flatMap(({ training }) => {
    return training.flatMap(({ source, other = "", target }) => [source, other, target]);
  });
  return trainTokenizer(texts, { vocabSize: shape.vocabSize - 100, minFrequency: 2 });
}

async function startingModel(options: FinetuneOptions, tokenizer: Tokenizer): Promise<Model> {
  const { model: folder, head, train: config } = options;
  const { seed } = config;
  if (folder === undefined) {
    const { modelType = "t5", shape, lora } = options;
    const config = scratchConfig(modelType, shape, tokenizer);
    const drawn = createModel(modelType, config, { head, seed });
    return adaptedForTraining(drawn, (whole) => whole, lora, { seed });
  }
  const loaded = await loadModel(folder);
  const prepare = (whole: Model) => withHead(whole, head, seed);
  const model = adaptedForTraining(loaded, prepare, options.lora, { folder, seed });
  if (tokenizer.vocabSize <= model.config.vocabSize) return model;
  throw new DataError("task.tokenizer", "the tokenizer knows more tokens than the model", {
    expected: `at most ${model.config.vocabSize} tokens`,
    got: String(tokenizer.vocabSize),
    where: options.tokenizer ?? folder,
    help: "use the tokenizer that the model was trained with",
  });
}

async function describe(
  { config, version }: FinetuneOptions,
  jobs: readonly LoadedJob[],
): Promise<Record<string, unknown>> {
  const files = jobs.flatMap((job) => job.files);
  const digests = await Promise.all(files.map(async (file) => [file, await digestOfFile(file)]));
  const versions = jobs.map((job) => [nameOf(job), job.task.version] as const);
  return {
    ...config,
    $version: version,
    $taskVersions: Object.fromEntries(versions),
    $datasets: Object.fromEntries(digests),
  };
}
