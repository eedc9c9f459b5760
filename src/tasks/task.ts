/** @file What a task is: data in its published layout, how it is encoded, how it is scored. */
import { ConfigError, nearest } from "../base/index.ts";
import type { SplitName } from "../data/index.ts";
import type { Direction } from "../metrics/index.ts";
import type { Head, Model } from "../model/index.ts";
import type { Tokenizer } from "../tokenizer/index.ts";
import type { Report } from "../train/index.ts";

/** One example as text. */
export interface TaskExample {
  readonly id: string;
  readonly source: string;
  /** The other snippet, for tasks that compare two. */
  readonly other?: string;
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
  /** One of the task's `subTasks`. */
  readonly subTask: string;
  /** Decides which examples are held out, where the data does not say; not the seed of a training. */
  readonly splitSeed: number;
}

export interface ScoreOptions {
  readonly maxSourceLength: number;
  readonly maxTargetLength: number;
  readonly numBeams: number;
  readonly batchSize: number;
  /** Most tokens of a batch of sources, padding included, where classes are read off; default any. */
  readonly maxBatchTokens?: number;
  /** Put before every source. */
  readonly prompt: string;
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

/** Classes of models that train differently: by width, up to 512 (mini), 768, 1024 and above. */
export const modelSizes = ["mini", "small", "base", "large"] as const;

export type ModelSize = (typeof modelSizes)[number];

/** Which class of sizes a model belongs to; CodeT5-small is 512 wide, base 768, large 1024. */
export function modelSizeOf(dModel: number): ModelSize {
  if (dModel < 512) return "mini";
  if (dModel < 768) return "small";
  return dModel < 1024 ? "base" : "large";
}

/** Settings a task brings; flags and config files win over them. */
export interface TaskDefaults {
  readonly learningRate: number;
  /** Examples; the published ones, but for `mini`, which is this project's. */
  readonly batchSize: Readonly<Record<ModelSize, number>>;
  /** Tokens, special ones included. */
  readonly maxSourceLength: number;
  /** Tokens, special ones included. */
  readonly maxTargetLength: number;
  readonly epochs: number;
  readonly patience: number;
}

export interface Task {
  readonly name: string;
  /** Raised whenever data, prompt or score change meaning. */
  readonly version: number;
  readonly summary: string;
  /** Layout of `data`. */
  readonly layout: string;
  /** Forms of the task, `--sub-task`; the first is the default, and only where it is the only one it is "". */
  readonly subTasks: readonly [string, ...string[]];
  /** Control code of multi-task learning, with its space: "Translate Java to CSharp: ". */
  readonly prompt: (subTask: string) => string;
  /** The first is the default. */
  readonly heads: readonly [Head, ...Head[]];
  readonly defaults: (subTask: string) => TaskDefaults;
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

/**
 * The sub-task of that name, or the default.
 * @throws ConfigError `task.subTask`
 */
export function subTaskOf(task: Task, name: string | undefined): string {
  const { subTasks } = task;
  if (name === undefined) return subTasks[0];
  if (subTasks.includes(name)) return name;
  const isOnly = subTasks[0] === "";
  throw new ConfigError("task.subTask", `no such sub-task: ${name}`, {
    expected: isOnly ? "none: the task has one form" : subTasks.join(", "),
    got: name,
    ...(isOnly ? {} : { help: `did you mean ${nearest(name, subTasks)}?` }),
  });
}

/** @throws ConfigError `task.head` when a head is none of the task's */
export function requireHead(task: Task, head: Head): void {
  if (task.heads.includes(head)) return;
  throw new ConfigError("task.head", "the task has no such head", {
    expected: task.heads.join(", "),
    got: head,
  });
}
