/** @file Fine-tuning a task from end to end: read, encode, start or resume, train. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { DataError } from "../base/index.ts";
import { currentFolder } from "../checkpoint/index.ts";
import { digestOfFile } from "../data/index.ts";
import { createModel, type Head, loadModel, type Model, withHead } from "../model/index.ts";
import {
  loadTokenizer,
  saveTokenizer,
  type Tokenizer,
  trainTokenizer,
} from "../tokenizer/index.ts";
import {
  codeT5Config,
  exampleSource,
  type ModelShape,
  probeRunFolder,
  type TrainConfig,
  type TrainingHooks,
  type TrainingResult,
  train,
  validate,
} from "../train/index.ts";
import { type EncodedExamples, encodeExamples } from "./encode.ts";
import { readTask, requireParts } from "./parts.ts";
import { requireHead, type Task, type TaskData, type TaskExample } from "./task.ts";
import { writeTaskFile } from "./task-file.ts";

/**
 * Settings that what training starts from decides. From scratch a rate relative to each parameter's
 * size pays: T5's embeddings start at a deviation of 1, its matrices at a few hundredths (dev/LOG.md).
 */
export const startDefaults = {
  checkpoint: { optimizer: "adamw", warmupSteps: 1000 },
  scratch: { optimizer: "adafactor", warmupSteps: 100, learningRate: 0.03 },
} as const;

export interface FinetuneOptions {
  readonly task: Task;
  readonly data: string;
  readonly subTask: string;
  readonly trainFromValidation?: number | undefined;
  /** Put before every source; "" for none. */
  readonly prompt: string;
  /** Padded targets, padding learned: see `encodeExamples`. */
  readonly learnsPadding: boolean;
  /** Run folder. */
  readonly out: string;
  readonly resume: boolean;
  /** Model folder to start from; from scratch when absent. */
  readonly model?: string | undefined;
  /** Tokenizer folder; default: the model's, or one trained on the training examples. */
  readonly tokenizer?: string | undefined;
  readonly shape: ModelShape & {
    /** Size of a vocabulary trained on the task's own text, sentinels included. */
    readonly vocabSize: number;
  };
  readonly head: Head;
  readonly maxSourceLength: number;
  readonly maxTargetLength: number;
  /** Validation examples that are decoded and scored each time; the loss is always over all. */
  readonly scoreExamples: number;
  readonly scoreBeams: number;
  /** Use only the first so many training examples. */
  readonly trainExamples?: number | undefined;
  readonly train: TrainConfig;
  /** Resolved settings, for the run folder's config.json. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly version: string;
}

export interface FinetuneHooks extends TrainingHooks {
  /** One line about what was prepared or cut. */
  readonly note?: (line: string) => void;
}

/**
 * Train a task's model into a run folder.
 * @throws DataError for bad data or a folder in use, ConfigError for settings that do not fit
 */
export async function finetune(
  options: FinetuneOptions,
  hooks: FinetuneHooks = {},
): Promise<TrainingResult> {
  const { task, head, train: config, out, resume } = options;
  requireHead(task, head);
  const data = await readTask(task, { ...options, seed: config.seed });
  requireParts(data, ["train", "validation"], options.data);
  const training = data.splits.train.slice(0, options.trainExamples);
  const description = await describe(options, data);
  probeRunFolder(out, description, resume);
  const tokenizer = await chooseTokenizer(options, training);
  const model = await startingModel(options, tokenizer);
  const encoding = { ...options, padTokenId: model.config.padTokenId };
  const encoded = encodeExamples(training, tokenizer, head, encoding);
  const validation = encodeExamples(data.splits.validation, tokenizer, head, encoding);
  noteTruncation("training", encoded, hooks);
  noteTruncation("validation", validation, hooks);
  const scored = data.splits.validation.slice(0, options.scoreExamples);
  const scoring = { ...options, numBeams: options.scoreBeams, batchSize: config.batchSize };
  try {
    return await train({
      out,
      description,
      resume,
      config,
      model,
      source: exampleSource(encoded.examples, head, config),
      validate: async ({ model: current }) => {
        const { loss } = await validate(current, validation.examples, config.batchSize);
        const { report } = await task.score(current, tokenizer, scored, scoring);
        return { loss, ...report };
      },
      selections: [{ name: "", ...task.selection }],
      completeFolder: (folder) => {
        saveTokenizer(tokenizer, folder);
        writeTaskFile(folder, [{ ...options, task: task.name }]);
      },
      ...hooks,
    });
  } finally {
    await model.release();
  }
}

/** The folder that belongs to the run: the checkpoint's when resuming, so that nothing is trained twice. */
async function chooseTokenizer(
  { out, resume, tokenizer, model, shape }: FinetuneOptions,
  training: readonly TaskExample[],
): Promise<Tokenizer> {
  const checkpoint = currentFolder(join(out, "checkpoint"));
  if (resume && existsSync(checkpoint)) return loadTokenizer(checkpoint);
  const folder = tokenizer ?? model;
  if (folder !== undefined) return loadTokenizer(folder);
  const texts = training.flatMap(({ source, target }) => [source, target]);
  return trainTokenizer(texts, { vocabSize: shape.vocabSize - 100, minFrequency: 2 });
}

async function startingModel(options: FinetuneOptions, tokenizer: Tokenizer): Promise<Model> {
  const { model: folder, head, train: config } = options;
  const { seed } = config;
  if (folder === undefined) {
    return createModel("t5", codeT5Config(options.shape, tokenizer), { head, seed });
  }
  const model = withHead(await loadModel(folder), head, seed);
  if (tokenizer.vocabSize <= model.config.vocabSize) return model;
  throw new DataError("task.tokenizer", "the tokenizer knows more tokens than the model", {
    expected: `at most ${model.config.vocabSize} tokens`,
    got: String(tokenizer.vocabSize),
    where: options.tokenizer ?? folder,
    help: "use the tokenizer that the model was trained with",
  });
}

async function describe(
  { config, version, task }: FinetuneOptions,
  { files }: TaskData,
): Promise<Record<string, unknown>> {
  const digests = await Promise.all(files.map(async (file) => [file, await digestOfFile(file)]));
  return {
    ...config,
    $version: version,
    $taskVersion: task.version,
    $datasets: Object.fromEntries(digests),
  };
}

function noteTruncation(part: string, encoded: EncodedExamples, { note }: FinetuneHooks): void {
  const { truncatedSources: sources, truncatedTargets: targets, examples } = encoded;
  if (sources + targets === 0) return;
  const total = `${examples.length} ${part} examples`;
  note?.(`longer than the limit and cut: ${sources} sources, ${targets} targets of ${total}`);
}
