/** @file What a pre-trained model knows: the paper's Table 7, identifier tagging, perplexity, by language. */
import { hash32 } from "../base/index.ts";
import { batchesByLength } from "../data/index.ts";
import type { Model } from "../model/index.ts";
import {
  countTags,
  type SentinelScore,
  scoreSentinels,
  sentinelRates,
  sumTags,
  type TaggingCounts,
  taggingScores,
} from "../objectives/index.ts";
import type { Tokenizer } from "../tokenizer/index.ts";
import { type Example, type Validation, validate } from "../train/index.ts";
import type { ExamplePool } from "./pool.ts";
import { type InstanceLimits, instancesOf } from "./source.ts";
import { evenly } from "./validation.ts";

export interface PretrainingEvaluationOptions extends InstanceLimits {
  readonly batchSize: number;
  /** Functions scored of each language, evenly spaced over the pool; all when absent. */
  readonly limit?: number | undefined;
}

/** The same weights, read as text and as tags. */
export interface PretrainedModels {
  readonly generation: Model;
  readonly tagging: Model;
}

/** Masked text, predicted by greedy decoding, and under teacher forcing. */
export interface DenoisingScores {
  /** Of all sentinels, those whose text is exactly right, in [0, 1]; higher is better. */
  readonly accuracy: number;
  /** Of all functions, those with the right number of predictions, in [0, 1]; higher is better. */
  readonly rightNumber: number;
  /** exp of the mean loss per target token; lower is better. */
  readonly perplexity: number;
}

export interface PretrainingScores {
  readonly functions: number;
  /** F1 of the class identifier over the tokens of code, in [0, 1]; higher is better. */
  readonly taggingF1: number;
  readonly maskedSpanPrediction: DenoisingScores;
  readonly maskedIdentifierPrediction: DenoisingScores;
}

export interface PretrainingReport extends PretrainingScores {
  readonly languages: Readonly<Record<string, PretrainingScores>>;
}

/** What adds up: over languages, to the whole. */
interface Denoised {
  readonly sentinels: readonly SentinelScore[];
  readonly validations: readonly Validation[];
}

interface Measured {
  readonly functions: number;
  readonly tags: readonly TaggingCounts[];
  readonly spans: Denoised;
  readonly identifiers: Denoised;
}

/** Everything that scoring one language needs. */
interface Subject {
  readonly models: PretrainedModels;
  readonly tokenizer: Tokenizer;
  readonly pool: ExamplePool;
  readonly options: PretrainingEvaluationOptions;
}

/**
 * Score a pre-trained model on held-out functions; instances are drawn by a fixed seed.
 * Source: CodeT5 §5.3 and Table 7, there in percent.
 */
export async function evaluatePretraining(
  subject: Subject,
  onProgress?: (done: number, total: number) => void,
): Promise<PretrainingReport> {
  const { pool, options } = subject;
  const chosen = byLanguage(pool, options.limit);
  const total = chosen.reduce((sum, [, indices]) => sum + indices.length, 0);
  const measured: [string, Measured][] = [];
  let done = 0;
  for (const [name, indices] of chosen) {
    measured.push([name, await measure(subject, indices)]);
    done += indices.length;
    onProgress?.(done, total);
  }
  const all = measured.map(([, one]) => one);
  const languages = measured.map(([name, one]) => [name, scoresOf([one])] as const);
  return { ...scoresOf(all), languages: Object.fromEntries(languages) };
}

/** Languages in alphabetical order, each with at most `limit` functions. */
function byLanguage(pool: ExamplePool, limit = Number.POSITIVE_INFINITY): [string, number[]][] {
  const indices = new Map<string, number[]>();
  for (let index = 0; index < pool.length; index++) {
    const name = pool.language(index);
    const known = indices.get(name);
    if (known === undefined) indices.set(name, [index]);
    else known.push(index);
  }
  return [...indices]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, all]) => [name, evenly(all.length, limit).map((i) => all[i]!)]);
}

async function measure(subject: Subject, indices: readonly number[]): Promise<Measured> {
  return {
    functions: indices.length,
    tags: await measureTags(subject, indices),
    spans: await measureText(subject, indices, "maskedSpanPrediction"),
    identifiers: await measureText(subject, indices, "maskedIdentifierPrediction"),
  };
}

function draw(
  { pool, tokenizer, options }: Subject,
  indices: readonly number[],
  name: Parameters<typeof instancesOf>[0],
): Example[] {
  return indices.flatMap((index) => {
    return instancesOf(name, pool, index, tokenizer, { ...options, seed: hash32(0, index) });
  });
}

function batchesOf(examples: readonly Example[], batchSize: number): Example[][] {
  const lengths = examples.map(({ source }) => source.length);
  return batchesByLength(lengths, batchSize).map((batch) => batch.map((i) => examples[i]!));
}

async function measureTags(subject: Subject, indices: readonly number[]) {
  const counts: TaggingCounts[] = [];
  const examples = draw(subject, indices, "identifierTagging");
  for (const batch of batchesOf(examples, subject.options.batchSize)) {
    const inputIds = batch.map(({ source }) => source);
    const { logits } = await subject.models.tagging.forward({ inputIds });
    const length = logits.shape[1]!;
    batch.forEach(({ source, target }, row) => {
      const tags = logits.data.subarray(row * length, row * length + source.length);
      counts.push(
        countTags(
          tags.map((logit) => Number(logit > 0)),
          target as readonly number[],
        ),
      );
    });
  }
  return counts;
}

async function measureText(
  subject: Subject,
  indices: readonly number[],
  name: "maskedSpanPrediction" | "maskedIdentifierPrediction",
): Promise<Denoised> {
  const { models, tokenizer, options } = subject;
  const examples = draw(subject, indices, name);
  const sentinels: SentinelScore[] = [];
  for (const batch of batchesOf(examples, options.batchSize)) {
    const { sequences } = await models.generation.generate({
      inputIds: batch.map(({ source }) => source),
      maxLength: options.maxTargetLength,
      numBeams: 1,
    });
    batch.forEach(({ target }, row) => {
      sentinels.push(scoreSentinels(sequences[row]!, target as readonly number[], tokenizer));
    });
  }
  const hasAny = examples.length > 0;
  const validations = hasAny
    ? [await validate(models.generation, examples, options.batchSize)]
    : [];
  return { sentinels, validations };
}

function scoresOf(parts: readonly Measured[]): PretrainingScores {
  const tags = parts.flatMap((part) => part.tags.map((counts) => ["all", counts] as const));
  const sum = sumTags(tags).get("all");
  return {
    functions: parts.reduce((total, part) => total + part.functions, 0),
    taggingF1: sum === undefined ? 0 : taggingScores(sum).f1,
    maskedSpanPrediction: denoisingScores(parts.map((part) => part.spans)),
    maskedIdentifierPrediction: denoisingScores(parts.map((part) => part.identifiers)),
  };
}

function denoisingScores(parts: readonly Denoised[]): DenoisingScores {
  const validations = parts.flatMap((part) => part.validations);
  const count = validations.reduce((total, one) => total + one.count, 0);
  const loss = validations.reduce((total, one) => total + one.loss * one.count, 0);
  const rates = sentinelRates(parts.flatMap((part) => part.sentinels));
  return { ...rates, perplexity: count === 0 ? 0 : Math.exp(loss / count) };
}
