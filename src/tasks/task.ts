/** @file What a task is: data in its published layout, how it is encoded, how it is scored. */
import { ConfigError } from "../base/index.ts";
import type { SplitName } from "../data/index.ts";
import type { Direction } from "../metrics/index.ts";
import type { Head, Model } from "../model/index.ts";
import type { Tokenizer } from "../tokenizer/index.ts";
import type { Report } from "../train/index.ts";

/** One example as text. */
export interface TaskExample {
  readonly id: string;
  readonly source: string;
  readonly target: string;
  /** Class, for tasks that have one. */
  readonly label?: 0 | 1;
}

export interface TaskData {
  readonly splits: Readonly<Record<SplitName, readonly TaskExample[]>>;
  /** Files that were read: their digests go into the run folder. */
  readonly files: readonly string[];
}

/** Where the data is and how to cut it. */
export interface ReadOptions {
  /** File or folder. */
  readonly data: string;
  readonly direction: string;
  readonly seed: number;
}

export interface ScoreOptions {
  readonly maxSourceLength: number;
  readonly maxTargetLength: number;
  readonly numBeams: number;
  readonly batchSize: number;
  /** Decision threshold chosen elsewhere; when absent it is chosen on these examples. */
  readonly threshold?: number;
  /** Called with the number of examples done so far. */
  readonly onProgress?: (done: number) => void;
  /** Called with the number of sources that were cut to `maxSourceLength`. */
  readonly onTruncated?: (count: number) => void;
}

/** One example's outcome. */
export interface TaskPrediction {
  readonly id: string;
  /** Generated text, or "true" / "false". */
  readonly prediction: string;
  /** Probability of class 1, in [0, 1]. */
  readonly score?: number;
  readonly label?: 0 | 1;
}

export interface Scored {
  readonly report: Report;
  readonly predictions: readonly TaskPrediction[];
}

/** Settings a task brings; flags and config files win over them. */
export interface TaskDefaults {
  readonly learningRate: number;
  readonly batchSize: number;
  /** Tokens, special ones included. */
  readonly maxSourceLength: number;
  /** Tokens, special ones included. */
  readonly maxTargetLength: number;
  readonly epochs: number;
  readonly patience: number;
}

export interface Task {
  /** Raised whenever data, prompt or score change meaning. */
  readonly version: number;
  readonly summary: string;
  /** Layout of `data`. */
  readonly layout: string;
  readonly heads: readonly Head[];
  readonly defaults: TaskDefaults;
  /** True when a score becomes a class by a threshold, which is chosen on validation. */
  readonly hasThreshold: boolean;
  /** Figure of the report that picks the best checkpoint. */
  readonly selection: { readonly metric: string; readonly direction: Direction };
  readonly read: (options: ReadOptions) => Promise<TaskData>;
  readonly score: (
    model: Model,
    tokenizer: Tokenizer,
    examples: readonly TaskExample[],
    options: ScoreOptions,
  ) => Promise<Scored>;
}

/** @throws ConfigError `task.head` when a head is none of the task's */
export function requireHead(task: Task, head: Head): void {
  if (task.heads.includes(head)) return;
  throw new ConfigError("task.head", "the task has no such head", {
    expected: task.heads.join(", "),
    got: head,
  });
}
