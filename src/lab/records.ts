/**
 * @file The files that a lab writes, line by line: what reports and statistics read. Paths are relative to
 * the lab's folder.
 */
import { join } from "node:path";

/** What a model was given before it was asked; baselines count as `security`. */
export type Adaptation = "zero-shot" | "general" | "security" | "both";

/** Every adaptation, in the order of tables. */
export const adaptations: readonly Adaptation[] = ["zero-shot", "general", "security", "both"];

/** Which languages were unseen: `default`, or `leave-out:java`. */
export type FoldName = "default" | `leave-out:${string}`;

/** The model of the bag-of-words baseline; its adaptation is `security`. */
export const baselineModel = "naive-bayes";

/** Languages with fewer test samples than this are reported, never averaged. */
export const smallLanguage = 20;

/** `validation` chose the threshold; `seen-test` is held out of training languages; `unseen` is the question. */
export type SamplePart = "validation" | "seen-test" | "unseen";

/** A line of `samples.jsonl`: one sample that was scored, in one part of one fold. */
export interface LabSample {
  /** Unique in a fold: predictions name it. */
  readonly id: string;
  readonly language: string;
  readonly part: SamplePart;
  /** Absent where the part is the same in every fold. */
  readonly fold?: FoldName;
  readonly label: 0 | 1;
  readonly cwe: string | null;
  readonly pair: string | null;
  /** Samples that stay together: what a bootstrap draws. */
  readonly group: string;
  readonly source: string;
  /** Name of the experiment's data set. */
  readonly data: string;
  readonly code: string;
  /** Length in the words of the baseline; how many tokens a model reads is its own. */
  readonly tokens: number;
}

/**
 * A line of `predictions/<model>/<adaptation>/<fold>/<seed>.jsonl` ({@link predictionPath}): every sample of
 * the fold, validation too, in the order of `samples.jsonl`.
 */
export interface LabPrediction {
  readonly id: string;
  /** Probability of class 1 as the model gives it, in [0, 1]; the threshold is on this scale. */
  readonly score: number;
  /** What the model says: 1 where the score reaches the threshold. The truth is in `samples.jsonl`. */
  readonly label: 0 | 1;
}

/** `predictions/<model>/<adaptation>/<fold>/<seed>.json`: what was chosen before, and what was read. */
export interface PredictionFacts {
  /** At least this is class 1: the highest F1 on validation. */
  readonly threshold: number;
  /** At least this is class 1 where at most 0.5 % of safe validation samples may be called vulnerable. */
  readonly strictThreshold: number;
  /** Divides the logit of a score: calibrated = sigmoid(logit(score) / temperature). */
  readonly temperature: number;
  readonly stepsRun: number;
  /** Tokens of training, source and target, without padding. */
  readonly tokensRead: number;
  /** Weaknesses of the training samples, sorted. */
  readonly trainCwes: readonly string[];
  /** Languages of the training samples, sorted. */
  readonly trainLanguages: readonly string[];
  /** Samples whose code was cut to the model's length. */
  readonly truncatedIds: readonly string[];
}

/** A cell of the matrix. */
export interface Cell {
  readonly model: string;
  readonly adaptation: Adaptation;
  readonly fold: FoldName;
  readonly seed: number;
}

/** Outcomes of pairs, both members in the same part: right, both vulnerable, both benign, reversed. */
export interface PairOutcomes {
  readonly correct: number;
  readonly vulnerable: number;
  readonly benign: number;
  readonly reversed: number;
  readonly total: number;
}

/**
 * A line of `results.jsonl`: one cell on one language of one data set. Null where a figure is undefined,
 * as a ranking's is with one class only.
 */
export interface LabResult extends Cell {
  /** `t5`, `llama`, ..., `baseline`. */
  readonly family: string;
  /** Name of the experiment's data set. */
  readonly source: string;
  readonly language: string;
  /** Training read labelled samples of this language. */
  readonly seen: boolean;
  readonly samples: number;
  readonly positives: number;
  /** Fewer samples than {@link smallLanguage}: not averaged. */
  readonly small: boolean;
  readonly threshold: number;
  readonly f1: number | null;
  readonly macroF1: number | null;
  readonly precision: number | null;
  readonly recall: number | null;
  readonly mcc: number | null;
  readonly rocAuc: number | null;
  readonly prAuc: number | null;
  /** Of the calibrated scores. */
  readonly brier: number | null;
  /** Of the calibrated scores, 10 bins. */
  readonly ece: number | null;
  readonly pairs: PairOutcomes;
  /** Share of vulnerable samples missed at the strict threshold. */
  readonly fnrAtFpr: number | null;
  /** F1 of always answering "vulnerable". */
  readonly floorF1: number | null;
}

/** A line of `log.jsonl`: what happened, in order; other fields depend on the event. */
export interface LabEvent {
  readonly event: string;
  readonly [field: string]: unknown;
}

/** Names of the files in a lab's folder. */
export const labFiles = {
  experiment: "experiment.json",
  log: "log.jsonl",
  samples: "samples.jsonl",
  results: "results.jsonl",
  resultsTable: "results.parquet",
  predictions: "predictions",
  stages: "stages",
} as const;

/** Models are named by their author; `/` and `:` are no parts of folder names. */
export function folderName(name: string): string {
  return name.replaceAll(/[^\w.+-]+/g, "_");
}

/** Where a cell's predictions lie, in a lab's folder; its facts are beside it, `.json`. */
export function predictionPath({ model, adaptation, fold, seed }: Cell): string {
  const folder = join(labFiles.predictions, folderName(model), adaptation, folderName(fold));
  return join(folder, `${seed}.jsonl`);
}
