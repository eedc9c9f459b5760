/** @file Pre-training from end to end: corpora, tokenizer, model, the loop. */
import { join } from "node:path";
import { ConfigError, DataError } from "../base/index.ts";
import { type Corpus, digestOfFile, openCorpus } from "../data/index.ts";
import {
  createModel,
  describeModel,
  type Head,
  loadModel,
  type Model,
  type ModelType,
  withHead,
} from "../model/index.ts";
import type { ObjectiveName } from "../objectives/index.ts";
import { saveTokenizer, type Tokenizer } from "../tokenizer/index.ts";
import {
  adaptedForTraining,
  type LoraSettings,
  type ModelShape,
  probeRunFolder,
  scratchConfig,
  type TrainConfig,
  type TrainingHooks,
  type TrainingResult,
  train,
} from "../train/index.ts";
import { objectivesFor, pretrainedHead } from "./families.ts";
import { type ExamplePool, poolOf } from "./pool.ts";
import { headOf, pretrainingSource } from "./source.ts";
import { validationOf } from "./validation.ts";

export interface PretrainOptions {
  /** Corpus folders, all tokenized alike. */
  readonly corpora: readonly string[];
  /** One per corpus: how often its examples come in an epoch. */
  readonly weights: readonly number[];
  /** Languages never read, neither for training nor for validation. */
  readonly leaveOut: readonly string[];
  /** α of {@link PoolOptions.samplingExponent}. */
  readonly samplingExponent: number;
  readonly out: string;
  readonly resume: boolean;
  /** Model folder to continue from; from scratch when absent. */
  readonly model?: string | undefined;
  /** Of a model made from scratch. */
  readonly shape: ModelShape;
  /** Family of a model from scratch; default t5. */
  readonly modelType?: ModelType | undefined;
  /** None: those of the family. */
  readonly objectives: readonly ObjectiveName[];
  readonly maxSourceLength: number;
  readonly maxTargetLength: number;
  readonly batchTokens: number;
  readonly validationExamples: number;
  /** Adapters to train, the model itself being left as it is. */
  readonly lora?: LoraSettings | undefined;
  readonly train: TrainConfig;
  /** Resolved settings, for the run folder's config.json. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly version: string;
}

/**
 * Pre-train into a run folder; `best/` and `checkpoint/` hold all heads.
 * @throws DataError for bad corpora or a folder in use, ConfigError for settings that do not fit
 */
export async function pretrain(
  options: PretrainOptions,
  hooks: TrainingHooks = {},
): Promise<TrainingResult> {
  const corpora = options.corpora.map((folder) => openCorpus(folder, { verify: "index" }));
  try {
    return await pretrainOn(corpora, options, hooks);
  } finally {
    for (const corpus of corpora) corpus.close();
  }
}

async function pretrainOn(
  corpora: readonly Corpus[],
  options: PretrainOptions,
  hooks: TrainingHooks,
): Promise<TrainingResult> {
  const { train: config, out, resume } = options;
  const { accumulation, seed, batchSize } = config;
  const tokenizer = commonTokenizer(options.corpora, corpora);
  const description = {
    ...options.config,
    $version: options.version,
    $datasets: await manifestDigests(options.corpora),
  };
  probeRunFolder(out, description, resume);
  const model = await startingModel(options, tokenizer);
  const objectives = objectivesFor(model.modelType, options.objectives);
  const learned = { ...options, objectives };
  const training = poolFor("train", corpora, options);
  const held = poolFor("validation", corpora, options);
  try {
    return await train({
      out,
      description,
      resume,
      config,
      model,
      heads: otherHeads(model, objectives),
      source: pretrainingSource(training, tokenizer, { ...learned, accumulation, seed }),
      validate: validationOf(held, tokenizer, { ...learned, batchSize }),
      selections: [{ name: "", metric: "loss", direction: "lower" }],
      completeFolder: (folder) => saveTokenizer(tokenizer, folder),
      ...hooks,
    });
  } finally {
    await model.release();
  }
}

function poolFor(
  part: "train" | "validation",
  corpora: readonly Corpus[],
  options: PretrainOptions,
): ExamplePool {
  const { corpora: folders, weights } = options;
  const pool = poolOf(
    corpora.map((corpus, k) => ({ split: corpus.split(part), weight: weights[k] ?? 1 })),
    options,
  );
  if (pool.length > 0) return pool;
  throw new DataError("pretrain.empty", `no ${part} functions in the corpus`, {
    expected: "at least one function",
    got: "0",
    where: folders.join(", "),
  });
}

/** The model has every head's parameters: T5's has the tagger's, text is learned through a second head. */
function otherHeads({ head }: Model, names: readonly ObjectiveName[]): Head[] {
  return [...new Set(names.map(headOf))].filter((other) => other !== head);
}

/** @throws DataError `pretrain.tokenizer` when corpora were tokenized differently */
function commonTokenizer(folders: readonly string[], corpora: readonly Corpus[]): Tokenizer {
  const digests = corpora.map(({ manifest }) => manifest.tokenizer.sha256);
  const other = digests.findIndex((digest) => digest !== digests[0]);
  if (other < 0) return corpora[0]!.tokenizer;
  throw new DataError("pretrain.tokenizer", "the corpora were tokenized differently", {
    expected: `${digests[0]}, of ${folders[0]}`,
    got: `${digests[other]}`,
    where: folders[other]!,
    help: "build it again with --tokenizer",
  });
}

/** A manifest holds the digests of everything else in its corpus. */
async function manifestDigests(folders: readonly string[]): Promise<Record<string, string>> {
  const digests = folders.map(async (folder) => {
    return [folder, await digestOfFile(join(folder, "manifest.json"))] as const;
  });
  return Object.fromEntries(await Promise.all(digests));
}

async function startingModel(options: PretrainOptions, tokenizer: Tokenizer): Promise<Model> {
  const { model: folder, modelType = "t5", shape, train: config } = options;
  const { seed } = config;
  if (folder === undefined) {
    const head = pretrainedHead(modelType);
    const drawn = createModel(modelType, scratchConfig(modelType, shape, tokenizer), {
      head,
      seed,
    });
    return adaptedForTraining(drawn, (whole) => whole, options.lora, { seed });
  }
  const { spec, checkpoint } = describeModel(folder);
  const head = pretrainedHead(spec.modelType);
  const hasTagger = checkpoint.tensors.has("tagger.weight");
  const loaded = await loadModel(folder, hasTagger ? { head } : {});
  const prepare = (whole: Model) => withHead(whole, head, seed);
  const model = adaptedForTraining(loaded, prepare, options.lora, { folder, seed });
  if (tokenizer.vocabSize <= model.config.vocabSize) return model;
  throw new ConfigError("pretrain.vocabulary", "the corpus knows more tokens than the model", {
    expected: `at most ${model.config.vocabSize} tokens`,
    got: String(tokenizer.vocabSize),
    where: folder,
    help: "build the corpus with the model's own tokenizer: --tokenizer",
  });
}
