/** @file Models on disk: fine-tuned on labels, or trained on code by their pre-training objectives. */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { ConfigError, discard } from "../base/index.ts";
import { currentFolder } from "../checkpoint/index.ts";
import { digestOfFile, digestOfText, type LabelledSample } from "../data/index.ts";
import { findModelFolder } from "../hub/index.ts";
import { rocAuc } from "../metrics/index.ts";
import { describeModel, type Head, loadModel, type Model, withHead } from "../model/index.ts";
import type { ObjectiveName } from "../objectives/index.ts";
import {
  headOf,
  objectivesFor,
  pretrainedHead,
  pretrainingSource,
  validationOf,
} from "../pretraining/index.ts";
import {
  classProbabilities,
  classWords,
  defaultHead,
  encodeExamples,
  readerOf,
  tasks,
} from "../tasks/index.ts";
import { loadTokenizer, saveTokenizer, type Tokenizer } from "../tokenizer/index.ts";
import {
  adaptedForTraining,
  exampleSource,
  type TrainConfig,
  type TrainingJob,
  type TrainingSource,
  train,
  validate,
} from "../train/index.ts";
import type { Experiment, ExperimentModel } from "./experiment.ts";
import { poolOfSamples, poolsOfCorpus } from "./general-pool.ts";
import type {
  Adapting,
  AdaptingPlan,
  LabEngine,
  LabFamily,
  LabModel,
  Readable,
  Scores,
  Scoring,
  WorkHooks,
} from "./lab-model.ts";
import { adaptations } from "./records.ts";
import { stepsWithin, tokensOfSteps } from "./token-budget.ts";

/** Tokens of `true` and `false`, special ones included. */
const maxTargetLength = 5;
/** More passes than any budget asks for. */
const endless = 1_000_000;

/** What a training learns from, and how it is followed. */
interface Learning
  extends Pick<TrainingJob, "model" | "heads" | "source" | "validate" | "selections"> {
  /** Of what the source reads from. */
  readonly close: () => void;
}

type TrainingSettings = Experiment["training"];

/** Settings that were made: those left open are not there. */
function given(own: ExperimentModel["training"] = {}): Partial<TrainingSettings> {
  const entries = Object.entries(own).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as Partial<TrainingSettings>;
}

/** A model folder opened for an experiment. */
interface Opened {
  readonly folder: string;
  readonly spec: ReturnType<typeof describeModel>["spec"];
  readonly head: Head;
  readonly lora: ExperimentModel["lora"];
  readonly training: TrainingSettings;
  readonly tokenizer: Tokenizer;
  readonly experiment: Experiment;
  readonly engine: LabEngine | undefined;
}

export const folderFamily: LabFamily = {
  names: "a model folder, or a name on the hub",
  // a letter before a colon is a disk of Windows
  accepts: (name) => !/^\w{2,}:/.test(name) || existsSync(name),
  open: openFolder,
};

async function openFolder(
  { name, model, head: asked, lora, training: own }: ExperimentModel,
  experiment: Experiment,
  engine: LabEngine | undefined,
): Promise<LabModel> {
  requireFloatBase(lora, engine, name);
  const folder = await findModelFolder(model);
  const { spec } = describeModel(folder);
  const head = asked ?? defaultHead(tasks.vulnerability, spec.modelType);
  const tokenizer = await loadTokenizer(folder);
  const training = { ...experiment.training, ...given(own) };
  const opened: Opened = { folder, spec, head, lora, training, tokenizer, experiment, engine };
  return {
    family: spec.modelType,
    digest: digestOfText(JSON.stringify([head, await digestOfFolder(folder)])),
    trainingDigest: trainingDigestOf(opened),
    adaptations,
    isDrawn: head !== "generation" && head !== spec.head,
    tokensOf: (steps, adapting) =>
      countedIn(opened, { ...adapting, tokens: 0 }, (source) => tokensOfSteps(source, steps)),
    plan: (adapting) =>
      countedIn(opened, adapting, (source) => stepsWithin(source, adapting.tokens)),
    adapt: (adapting, plan, out, hooks) => adapt(opened, adapting, plan, out, hooks),
    score: (samples, scoring, hooks) => score(opened, samples, scoring, hooks),
  };
}

/** @throws ConfigError `lab.engine` before anything is trained: other engines know float32 alone */
function requireFloatBase(
  lora: ExperimentModel["lora"],
  engine: LabEngine | undefined,
  name: string,
): void {
  if (engine === undefined || (lora?.baseQuantization ?? "none") === "none") return;
  throw new ConfigError("lab.engine", "only ONNX Runtime here holds a base in few bits", {
    expected: 'no other engine, or lora.baseQuantization "none"',
    got: "both",
    where: `models, ${name}`,
  });
}

/** ONNX Runtime is not named: labs are older than other engines. */
function trainingDigestOf({ lora, training, engine }: Opened): string {
  const engines = engine === undefined ? [] : [engine.settings];
  return digestOfText(JSON.stringify([lora ?? null, training, ...engines]));
}

/** Configuration, weights and tokenizer; nothing that only people read. */
async function digestOfFolder(path: string): Promise<readonly (readonly [string, string])[]> {
  const folder = currentFolder(path);
  const names = readdirSync(folder).filter((name) => /\.(json|txt|safetensors|bin)$/.test(name));
  const files = names.filter((name) => !/^(checksums|task|README)/.test(name)).sort();
  return Promise.all(
    files.map(async (name) => [name, await digestOfFile(join(folder, name))] as const),
  );
}

function examplesOf(samples: readonly LabelledSample[]) {
  return samples.map(({ id, code, label }) => {
    return { id, source: code, target: classWords[label], label };
  });
}

async function startingModel(
  { folder, head }: Opened,
  { from, seed }: Pick<Scoring, "from" | "seed">,
): Promise<Model> {
  return withHead(await loadModel(from ?? folder), head, seed);
}

/** A model as a training takes it, with adapters where they are asked for. */
async function modelToTrain(opened: Opened, head: Head, adapting: Adapting): Promise<Model> {
  const { seed } = adapting;
  const folder = adapting.from ?? opened.folder;
  const prepare = (whole: Model) => withHead(whole, head, seed);
  const { lora } = opened;
  const settings = lora && { ...lora, alpha: lora.alpha ?? 2 * lora.rank };
  return adaptedForTraining(await loadModel(folder), prepare, settings, { folder, seed });
}

function encodingOf({ experiment, spec, head }: Opened) {
  const { prompt, maxSourceLength } = experiment;
  const reader = readerOf({ config: spec.config, head });
  return { ...reader, prompt, maxSourceLength, maxTargetLength, learnsPadding: false };
}

function encoded(opened: Opened, samples: readonly LabelledSample[]) {
  const { tokenizer, head } = opened;
  return encodeExamples(examplesOf(samples), tokenizer, head, encodingOf(opened)).examples;
}

function securitySource(opened: Opened, { train: samples, seed }: Adapting): TrainingSource {
  const { batchSize } = opened.experiment.budget;
  const { head } = opened;
  return exampleSource(encoded(opened, samples), head, { batchSize, accumulation: 1, seed });
}

/** The head under which code alone is learned; adapters stay under the head that is asked. */
function wholeHead({ lora, head, spec }: Opened): Head {
  return lora === undefined ? pretrainedHead(spec.modelType) : head;
}

function objectivesOf(opened: Opened): readonly ObjectiveName[] {
  const { spec, lora, experiment } = opened;
  const names = objectivesFor(spec.modelType, experiment.general.objectives);
  if (lora === undefined) return names;
  return names.filter((name) => headOf(name) === wholeHead(opened));
}

/** How code alone is learned from: batches of about as many tokens as security's. */
function generalSettings(opened: Opened, adapting: Adapting) {
  const { general, maxSourceLength, budget } = opened.experiment;
  const examples = encoded(opened, adapting.train);
  const total = examples.reduce((sum, { source }) => sum + source.length, 0);
  const meanTokens = Math.ceil(total / examples.length) + maxTargetLength;
  return {
    objectives: objectivesOf(opened),
    maxSourceLength,
    maxTargetLength: general.maxTargetLength,
    batchTokens: meanTokens * budget.batchSize,
    accumulation: 1,
    seed: adapting.seed,
    validationExamples: adapting.validation.length,
    batchSize: budget.batchSize,
  };
}

async function generalPools({ experiment, tokenizer }: Opened, adapting: Adapting) {
  const { corpus } = experiment.general;
  if (corpus !== undefined) return poolsOfCorpus(corpus, adapting.languages, tokenizer);
  return {
    train: await poolOfSamples(adapting.train, tokenizer),
    validation: await poolOfSamples(adapting.validation, tokenizer),
    close: nothing,
  };
}

const nothing = () => undefined;

/** Look through the batches of a training; those of a corpus are read while it is open only. */
async function countedIn<T>(
  opened: Opened,
  adapting: Adapting,
  count: (source: TrainingSource) => T,
): Promise<T> {
  if (adapting.kind === "security") return count(securitySource(opened, adapting));
  const pools = await generalPools(opened, adapting);
  try {
    const settings = generalSettings(opened, adapting);
    return count(pretrainingSource(pools.train, opened.tokenizer, settings));
  } finally {
    pools.close();
  }
}

async function learningOf(opened: Opened, adapting: Adapting): Promise<Learning> {
  const { tokenizer, head, experiment } = opened;
  const { batchSize } = experiment.budget;
  if (adapting.kind === "general") {
    const settings = generalSettings(opened, adapting);
    const pools = await generalPools(opened, adapting);
    const whole = wholeHead(opened);
    return {
      model: await modelToTrain(opened, whole, adapting),
      heads: [...new Set(settings.objectives.map(headOf))].filter((one) => one !== whole),
      source: pretrainingSource(pools.train, tokenizer, settings),
      validate: validationOf(pools.validation, tokenizer, settings),
      selections: [{ name: "", metric: "loss", direction: "lower" }],
      close: pools.close,
    };
  }
  const held = encoded(opened, adapting.validation);
  const labels = adapting.validation.map(({ label }) => label);
  return {
    model: await modelToTrain(opened, head, adapting),
    source: securitySource(opened, adapting),
    validate: async ({ model }) => {
      const { loss } = await validate(model, held, batchSize);
      const scores = await probabilities(opened, model, adapting.validation, {});
      return { loss, rocAuc: rocAuc(scores, labels) };
    },
    // the area does not move with the threshold, so it is the steadier choice
    selections: [{ name: "", metric: "rocAuc", direction: "higher" }],
    close: nothing,
  };
}

function trainConfig({ experiment, training }: Opened, seed: number, steps: number): TrainConfig {
  const { budget, validations } = experiment;
  return {
    ...training,
    warmupSteps: Math.min(training.warmupSteps, Math.floor(steps / 2)),
    batchSize: budget.batchSize,
    accumulation: 1,
    epochs: endless,
    maxSteps: steps,
    evaluateEvery: Math.ceil(steps / validations),
    saveEvery: 100,
    logEvery: 10,
    patience: 0,
    patienceCounts: "score",
    seed,
  };
}

async function adapt(
  opened: Opened,
  adapting: Adapting,
  { steps }: AdaptingPlan,
  out: string,
  { signal, onProgress }: WorkHooks,
): Promise<string | undefined> {
  const { tokenizer } = opened;
  const { close, ...learning } = await learningOf(opened, adapting);
  try {
    const { reason, bestFolder } = await train({
      ...learning,
      out,
      // the folder is named by everything that the training depends on
      description: { kind: adapting.kind, seed: adapting.seed, steps },
      resume: existsSync(join(out, "config.json")),
      config: trainConfig(opened, adapting.seed, steps),
      engine: opened.engine?.start,
      completeFolder: (folder) => saveTokenizer(tokenizer, folder),
      ...(signal === undefined ? {} : { signal }),
      observe: (event) => {
        if (event.kind === "step") onProgress?.(event.step / steps);
      },
    });
    if (reason === "interrupted") return undefined;
    discard(join(out, "checkpoint"));
    return bestFolder;
  } finally {
    close();
    await learning.model.release();
  }
}

/** Scores of a model in memory. */
async function probabilities(
  { tokenizer, experiment }: Opened,
  model: Model,
  samples: readonly Readable[],
  { onProgress }: WorkHooks,
): Promise<number[]> {
  const { prompt, maxSourceLength, scoreBatchSize: batchSize } = experiment;
  const examples = samples.map(({ id, code }) => ({ id, source: code, target: "" }));
  return classProbabilities(model, tokenizer, examples, {
    ...{ prompt, maxSourceLength, maxTargetLength, batchSize },
    numBeams: 1,
    onProgress: (done) => onProgress?.(done / samples.length),
  });
}

async function score(
  opened: Opened,
  samples: readonly Readable[],
  scoring: Scoring,
  hooks: WorkHooks,
): Promise<Scores> {
  const { tokenizer, experiment } = opened;
  const { prompt, maxSourceLength: maxLength } = experiment;
  const model = await startingModel(opened, scoring);
  try {
    const scores = await probabilities(opened, model, samples, hooks);
    const truncated = samples.map(({ code }) => {
      return tokenizer.encode(prompt + code, { maxLength }).truncated;
    });
    return { scores, truncated };
  } finally {
    await model.release();
  }
}
