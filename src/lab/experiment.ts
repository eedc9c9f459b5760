/** @file `experiment.json`: what a lab is asked, its defaults, and what is wrong with a bad one. */
import { z } from "zod";
import { ConfigError, describeIssue, nearest, readJsonFile } from "../base/index.ts";
import { defaultNearness, defaultUnseen } from "../data/index.ts";
import { defaultModel } from "../hub/index.ts";
import { modelQuantizations } from "../model/index.ts";
import { objectives } from "../objectives/index.ts";
import { questionNames } from "../prompt/index.ts";
import { loraDefaults, trainFields } from "../train/index.ts";
import { adaptations, baselineModel } from "./records.ts";

const size = z.int().min(1);
const share = z.number().min(0).max(0.5);
const name = z.string().regex(/^[\w.+-]+$/, "expected letters, digits, `.`, `_`, `+`, `-`");
const objectiveNames = Object.keys(objectives) as [keyof typeof objectives, ...never[]];

/** Adapters beside a model that stays as it is, instead of a training of all its weights. */
const loraSchema = z.strictObject({
  rank: size.default(loraDefaults.rank),
  /** Default: twice the rank. */
  alpha: z.number().positive().optional(),
  dropout: z.number().min(0).lt(1).default(0),
  /** Default: by family, queries and values. */
  targets: z.array(z.string()).min(1).optional(),
  baseQuantization: z.enum(["none", "int8", "int4"]).optional(),
});

const { learningRate, schedule, warmupSteps, optimizer, weightDecay, maxGradNorm, dropoutRate } =
  trainFields;

const trainingSchema = z.strictObject({
  learningRate: learningRate.default(0.03),
  schedule,
  warmupSteps: warmupSteps.default(20),
  optimizer: optimizer.default("adafactor"),
  weightDecay,
  maxGradNorm,
  dropoutRate,
});

/** The same for one model: what is left open is the experiment's. */
const ownTrainingSchema = z.strictObject({
  learningRate: learningRate.removeDefault().optional(),
  schedule: schedule.removeDefault().optional(),
  warmupSteps: warmupSteps.removeDefault().optional(),
  optimizer: optimizer.removeDefault().optional(),
  weightDecay: weightDecay.removeDefault().optional(),
  maxGradNorm: maxGradNorm.removeDefault().optional(),
  dropoutRate,
});

const modelSchema = z.strictObject({
  name,
  /** A folder, a name on the hub, or a name of another kind in `families.ts`. */
  model: z.string().default(defaultModel),
  /** Answer by generated text, or by a classification head; default: by family. */
  head: z.enum(["generation", "defect", "classification"]).optional(),
  lora: loraSchema.optional(),
  training: ownTrainingSchema.optional(),
  /** A GGUF file of a LoRA adapter, for `gguf:`. */
  adapter: z.string().optional(),
  /** How weights are held, for `prompt:`: int4 is what large models need. */
  quantization: z.enum(modelQuantizations).optional(),
  /** With int4: prompts are read by layers in 8 bits, twice as fast in 2.3 times the memory. */
  fastPrompts: z.boolean().default(false),
});

/** Samples made here instead of read: the parallel corpus. */
const parallelSchema = z.strictObject({
  programs: size,
  seed: z.int().min(0).default(1),
  start: z.int().min(0).default(0),
  /** Of the corpus's weaknesses, families and flows; all of them if absent. */
  cwes: z.array(z.string()).min(1).optional(),
  families: z.array(z.string()).min(1).optional(),
  flows: z.array(z.string()).min(1).optional(),
});

const dataSchema = z.strictObject({
  name,
  /** Labelled JSON lines, or a folder with {train,validation,test}.jsonl that says the split. */
  path: z.string().optional(),
  parallel: parallelSchema.optional(),
  role: z.enum(["train-and-test", "evaluation-only"]).default("train-and-test"),
});

const generalSchema = z.strictObject({
  /** Folder of `corpus build`. */
  corpus: z.string().optional(),
  /** The training samples' code without its labels. */
  fromData: z.boolean().default(false),
  /** Default: those that the model's family is pre-trained with. */
  objectives: z.array(z.enum(objectiveNames)).min(1).optional(),
  maxTargetLength: size.default(128),
});

/** How models that are asked in prompts are asked. */
const promptingSchema = z.strictObject({
  question: z.enum(questionNames).default("auditor-1"),
  /** Examples in a prompt, drawn of the training samples. */
  shots: z.int().min(0).default(0),
  /** Of a prompt, for models whose tokens we count. */
  maxTokens: size.default(2048),
  /** Folder that keeps a server's answers. */
  answers: z.string().default("runs/answers"),
  concurrency: size.default(8),
});

const languagesSchema = z.strictObject({
  train: z.array(z.string()).min(1).default("c cpp java javascript typescript python".split(" ")),
  unseen: z
    .array(z.string())
    .min(1)
    .default([...defaultUnseen]),
});

const budgetSchema = z.strictObject({
  /** Source and target without padding, read by every adaptation. */
  tokens: size.optional(),
  /** Of security: what it reads in so many steps is everybody's budget. */
  steps: size.optional(),
  batchSize: size.default(16),
});

const schema = z.strictObject({
  name,
  models: z
    .array(modelSchema)
    .min(1)
    .default([modelSchema.parse({ name: defaultModel })]),
  adaptations: z
    .array(z.enum(adaptations as [(typeof adaptations)[number]]))
    .min(1)
    .default([...adaptations]),
  data: z.array(dataSchema).min(1),
  general: generalSchema.prefault({ fromData: true }),
  languages: languagesSchema.prefault({}),
  folds: z
    .array(z.enum(["default", "leave-one-out"]))
    .min(1)
    .default(["default"]),
  seeds: z.array(z.int().min(0)).min(1).default([1, 2, 3]),
  budget: budgetSchema,
  prompting: promptingSchema.prefault({}),
  /** Put before every source. */
  prompt: z.string().default(""),
  /** Tokens, special ones included. */
  maxSourceLength: size.default(256),
  training: trainingSchema.prefault({}),
  /** Times that a training is validated; the best of them is kept. */
  validations: size.default(4),
  validationShare: share.default(0.1),
  /** Of the training languages, tested on. */
  testShare: share.default(0.1),
  splitSeed: z.int().min(0).default(1234),
  /** Most samples of a language, about; whole groups are drawn. */
  limits: z.strictObject({ train: size.optional(), test: size.optional() }).prefault({}),
  /** Share of 5-grams that makes a copy. */
  leakThreshold: z.number().gt(0).max(1).default(defaultNearness),
  /** Samples scored at once. */
  scoreBatchSize: size.default(32),
});

/** An experiment with every default in place. */
export type Experiment = z.output<typeof schema>;

/** One of its models. */
export type ExperimentModel = Experiment["models"][number];

/** One of its data sets. */
export type ExperimentData = Experiment["data"][number];

/**
 * Read an experiment.
 * @throws DataError when the file cannot be read; ConfigError `lab.key` for an unknown key, naming the nearest,
 * `lab.value`
 */
export function readExperiment(path: string): Experiment {
  return parseExperiment(readJsonFile(path), path);
}

/**
 * Check an experiment and fill in its defaults. Keys that begin with `$` at the top are remarks.
 * @param where named in errors
 * @throws ConfigError `lab.key`, `lab.value`
 */
export function parseExperiment(value: unknown, where: string): Experiment {
  const given = withoutRemarks(value);
  const parsed = schema.safeParse(given);
  if (!parsed.success) throw badValue(parsed.error.issues[0]!, given, where);
  requireSense(parsed.data, where);
  return parsed.data;
}

function withoutRemarks(value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).filter(([key]) => !key.startsWith("$")));
}

function badValue(issue: z.core.$ZodIssue, root: unknown, where: string): ConfigError {
  const place = issue.path.join(".");
  if (issue.code === "unrecognized_keys") {
    const key = issue.keys[0]!;
    const keys = keysAt(schema, issue.path);
    return new ConfigError("lab.key", `unknown key ${JSON.stringify(key)}`, {
      expected: keys.join(", "),
      where: place === "" ? where : `${where}, ${place}`,
      help: `did you mean ${nearest(key, keys)}?`,
    });
  }
  const { expected, got } = describeIssue(issue, root);
  const what = place === "" ? "bad experiment" : `bad value for ${place}`;
  return new ConfigError("lab.value", what, { expected, got, where });
}

/** The keys of the object at a path of a schema. */
function keysAt(node: z.core.$ZodType, path: readonly PropertyKey[]): string[] {
  const { def } = node as z.ZodType;
  const inner = (def as { innerType?: z.ZodType }).innerType;
  if (inner !== undefined) return keysAt(inner, path);
  if (node instanceof z.ZodArray) return keysAt(node.element, path.slice(1));
  if (!(node instanceof z.ZodObject)) return [];
  const [first, ...rest] = path;
  return first === undefined
    ? Object.keys(node.shape)
    : keysAt(node.shape[String(first)] as z.ZodType, rest);
}

/** What no single field says. */
function requireSense(experiment: Experiment, where: string): void {
  const { budget, general, data, models, languages } = experiment;
  const refuse = (message: string, expected: string, got: string): never => {
    throw new ConfigError("lab.value", message, { expected, got, where });
  };
  const oneOf = (what: string, values: readonly unknown[], names: string) => {
    const numGiven = values.filter((value) => value !== undefined && value !== false).length;
    if (numGiven !== 1) refuse(`bad value for ${what}`, `one of ${names}`, `${numGiven} of them`);
  };
  oneOf("budget", [budget.tokens, budget.steps], "tokens, steps");
  oneOf("general", [general.corpus, general.fromData], "corpus, fromData");
  for (const each of data) oneOf(`data ${each.name}`, [each.path, each.parallel], "path, parallel");
  const distinct = (what: string, names: readonly string[]) => {
    const twice = names.find((each, i) => names.indexOf(each) !== i);
    if (twice !== undefined) refuse(`two ${what} of one name`, "names that occur once", twice);
  };
  distinct(
    "data sets",
    data.map((each) => each.name),
  );
  distinct("models", [baselineModel, ...models.map((each) => each.name)]);
  distinct("languages", [...languages.train, ...languages.unseen]);
  distinct("seeds", experiment.seeds.map(String));
  const held = models.find((each) => each.quantization && !each.model.startsWith("prompt:"));
  if (held !== undefined) refuse("bad value for quantization", "a model prompt:...", held.model);
  const fast = models.find((each) => each.fastPrompts && each.quantization !== "int4");
  if (fast !== undefined) {
    refuse("bad value for fastPrompts", "quantization int4", fast.quantization ?? "none");
  }
  if (data.every(({ role }) => role === "evaluation-only")) {
    refuse("nothing to train on", "a data set with the role train-and-test", "none");
  }
}
