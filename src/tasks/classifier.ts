/** @file A model of the vulnerability task, put to use: functions in, decisions out. */
import { ConfigError } from "../base/index.ts";
import { atTemperature } from "../metrics/index.ts";
import type { Model } from "../model/index.ts";
import type { Tokenizer } from "../tokenizer/index.ts";
import { classProbabilities } from "./class-scores.ts";
import { type Measurement, readTaskFile, type TunedTask } from "./task-file.ts";
import { vulnerability } from "./vulnerability.ts";

/** How a model folder classifies. */
export interface ClassifierSettings {
  readonly prompt: string;
  /** Tokens, special ones included. */
  readonly maxSourceLength: number;
  /** Probability from which on a function counts as vulnerable, in [0, 1]. */
  readonly threshold: number;
  readonly temperature: number;
  /** undefined: the model does not say. */
  readonly trainLanguages: readonly string[] | undefined;
  /** What was measured of each language; empty when the model does not say. */
  readonly measured: readonly Measurement[];
}

/** What is said of one function. */
export interface Verdict {
  /** Of being vulnerable, in [0, 1], at the model's temperature. */
  readonly probability: number;
  readonly vulnerable: boolean;
  /** Whether the model learned from its language; null when that is not known. */
  readonly seen: boolean | null;
}

/** Most functions of a batch; the token budget is smaller for all but the shortest. */
const maxBatchSize = 256;
/** Tokens of a batch, padding included: larger ones run no faster and take more memory. */
const maxBatchTokens = 4096;

/**
 * What a model folder says of how it is asked and where its threshold lies.
 * @param asked wins over what the folder says
 * @throws ConfigError `task.untuned`, `classify.threshold`; DataError `task.file`
 */
export function classifierSettings(
  folder: string,
  asked: { readonly threshold?: number | undefined; readonly maxSourceLength?: number | undefined },
): ClassifierSettings {
  const known = readTaskFile(folder);
  const tuned = known.find(({ task }) => task === vulnerability.name);
  if (tuned === undefined) throw untuned(folder, known);
  const { decision, prompt } = tuned;
  const threshold = asked.threshold ?? decision?.threshold;
  if (threshold === undefined) throw noThreshold(folder);
  return {
    prompt,
    threshold,
    maxSourceLength: asked.maxSourceLength ?? tuned.maxSourceLength,
    temperature: decision?.temperature ?? 1,
    trainLanguages: decision?.trainLanguages,
    measured: decision?.measured ?? [],
  };
}

function untuned(where: string, known: readonly TunedTask[]): ConfigError {
  const names = known.map(({ task }) => task).join(", ");
  return new ConfigError("task.untuned", "this model has not learned what is vulnerable", {
    expected: "a model fine-tuned for vulnerability",
    got: names === "" ? "one that was not fine-tuned" : names,
    where,
    help: `codet5 finetune vulnerability --model ${where} makes one`,
  });
}

function noThreshold(where: string): ConfigError {
  return new ConfigError("classify.threshold", "the model has no threshold of its own", {
    expected: "a decision in task.json, or --threshold",
    got: "neither",
    where,
    help: "codet5 evaluate vulnerability shows the threshold that validation gives",
  });
}

/**
 * Classify functions, in the order given. With a model that writes `true` or `false`, one run of the decoder
 * for its first word decides; nothing is generated.
 * @param onTruncated called with the number of functions that were cut
 */
export async function classifyFunctions(
  model: Model,
  tokenizer: Tokenizer,
  functions: readonly { readonly code: string; readonly language: string | undefined }[],
  settings: ClassifierSettings,
  onTruncated?: (count: number) => void,
): Promise<Verdict[]> {
  const examples = functions.map(({ code }, i) => ({ id: String(i), source: code, target: "" }));
  const scores = await classProbabilities(model, tokenizer, examples, {
    ...settings,
    maxTargetLength: 1,
    numBeams: 1,
    batchSize: maxBatchSize,
    maxBatchTokens,
    ...(onTruncated === undefined ? {} : { onTruncated }),
  });
  const { temperature, threshold, trainLanguages } = settings;
  return functions.map(({ language }, i) => {
    const probability = atTemperature(scores[i]!, temperature);
    const isKnown = trainLanguages !== undefined && language !== undefined;
    const seen = isKnown ? trainLanguages.includes(language) : null;
    return { probability, vulnerable: probability >= threshold, seen };
  });
}
