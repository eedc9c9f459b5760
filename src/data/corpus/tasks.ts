/** @file The work that is spread over threads: mining units, training the tokenizer, encoding shards. */
import { join } from "node:path";
import { writeFileAtomically } from "../../base/index.ts";
import { loadTokenizerSync, saveTokenizer, type Tokenizer } from "../../tokenizer/index.ts";
import { encodeShard, type ShardSummary } from "./encode-shard.ts";
import { shardFolder, tokenizerDigest, tokenizerFolder } from "./manifest.ts";
import { mineUnit, type UnitSummary } from "./mine-unit.ts";
import { sourceParser } from "./parse.ts";
import type { Plan } from "./plan.ts";
import type { CorpusSettings } from "./settings.ts";
import { trainOnUnits } from "./train-on-units.ts";

/** What every thread knows. */
export interface TaskContext {
  readonly work: string;
  readonly out: string;
  readonly plan: Plan;
  readonly settings: CorpusSettings;
}

/** One piece of work; plain data, so that it can be sent. */
export type Task =
  | { readonly kind: "mine"; readonly unit: number; readonly skip: readonly string[] }
  | {
      readonly kind: "tokenizer";
      /** First function of each unit, and their number at the end. */
      readonly firsts: readonly number[];
      readonly splits: Uint8Array;
      readonly textBytes: number;
    }
  | {
      readonly kind: "encode";
      readonly name: string;
      readonly units: readonly number[];
      readonly splits: Uint8Array;
      readonly tokenBytes: 2 | 4;
    };

/** What each kind of task gives. */
export interface TaskResults {
  readonly mine: UnitSummary;
  readonly tokenizer: TokenizerSummary;
  readonly encode: ShardSummary;
}

export interface TokenizerSummary {
  readonly sha256: string;
  readonly vocabSize: number;
  readonly isNew: boolean;
  /** Bytes that its largest id needs. */
  readonly tokenBytes: 2 | 4;
}

/** Told while a task runs. */
export interface TaskReports {
  /** Index of the file that is about to be parsed. */
  onFile(index: number): void;
  /** How far the task is, in its own measure. */
  onProgress(stage: "words" | "merges" | "encoded", done: number): void;
}

/** Runs tasks, one at a time; parsers and tokenizer are kept between them. */
export type TaskRunner = (task: Task, reports: TaskReports) => Promise<TaskResults[Task["kind"]]>;

/** Where finished shards are noted, so that they are not encoded again. */
export const shardSummaryPath = (work: string, name: string) => join(work, `encoded/${name}.json`);
/** Where the finished tokenizer is noted. */
export const tokenizerSummaryPath = (work: string) => join(work, "tokenizer.json");

export function taskRunner(context: TaskContext): TaskRunner {
  const { work, out, plan, settings } = context;
  const parse = sourceParser(settings.parseTimeoutMs);
  let tokenizer: Tokenizer | undefined;
  return async (task, reports) => {
    if (task.kind === "mine") {
      const skip = new Set(task.skip);
      return mineUnit(task.unit, { work, plan, settings, parse, skip, onFile: reports.onFile });
    }
    if (task.kind === "tokenizer") {
      const trained = trainOnUnits(context, task, reports.onProgress);
      return keepTokenizer(trained, true, context);
    }
    tokenizer ??= loadTokenizerSync(join(out, tokenizerFolder));
    const { name, units, splits, tokenBytes } = task;
    const summary = encodeShard({
      ...{ work, plan, name, units, splits, tokenBytes, tokenizer },
      folder: join(out, shardFolder),
      onBytes: (bytes) => reports.onProgress("encoded", bytes),
    });
    writeFileAtomically(shardSummaryPath(work, name), JSON.stringify(summary));
    return summary;
  };
}

/** Put a tokenizer into the corpus and note that it is whole. */
export function keepTokenizer(
  tokenizer: Tokenizer,
  isNew: boolean,
  { work, out }: Pick<TaskContext, "work" | "out">,
): TokenizerSummary {
  const folder = join(out, tokenizerFolder);
  saveTokenizer(tokenizer, folder);
  const sha256 = tokenizerDigest(tokenizer);
  const { vocabulary, addedTokens } = tokenizer.definition;
  let largest = 0;
  for (const id of vocabulary.values()) largest = Math.max(largest, id);
  for (const { id } of addedTokens) largest = Math.max(largest, id);
  const tokenBytes: 2 | 4 = largest < 65_536 ? 2 : 4;
  const summary = { sha256, vocabSize: tokenizer.vocabSize, isNew, tokenBytes };
  writeFileAtomically(tokenizerSummaryPath(work), JSON.stringify(summary));
  return summary;
}
