/** @file One task of a run made ready: its data read and encoded, and how a model is scored on it. */
import type { Head, Model } from "../model/index.ts";
import type { Tokenizer } from "../tokenizer/index.ts";
import { type Example, type Report, validate } from "../train/index.ts";
import { type EncodedExamples, encodeExamples } from "./encode.ts";
import { readTask, requireParts } from "./parts.ts";
import type { Reader } from "./read-off.ts";
import type { Task, TaskData, TaskExample } from "./task.ts";

/** What a run does with one task. */
export interface TaskJob {
  readonly task: Task;
  readonly subTask: string;
  readonly data: string;
  readonly trainFromValidation?: number | undefined;
  /** Put before every source; "" for none. */
  readonly prompt: string;
  /** Tokens, special ones included. */
  readonly maxSourceLength: number;
  readonly maxTargetLength: number;
  readonly batchSize: number;
  /** Validations without improvement; 0 never stops. */
  readonly patience: number;
}

/** How every task of a run is encoded and scored. */
export interface JobOptions {
  /** Decides which examples are held out, where the data does not say. */
  readonly splitSeed: number;
  readonly head: Head;
  /** Padded targets, padding learned: see `encodeExamples`. */
  readonly learnsPadding: boolean;
  /** Validation examples that are decoded and scored each time; the loss is always over all. */
  readonly scoreExamples: number;
  readonly scoreBeams: number;
  /** Use only the first so many training examples. */
  readonly trainExamples?: number | undefined;
  /** One line about what was cut. */
  readonly note?: ((line: string) => void) | undefined;
}

/** A job with its data. */
export interface LoadedJob extends TaskJob {
  readonly files: TaskData["files"];
  readonly training: readonly TaskExample[];
  readonly validation: readonly TaskExample[];
}

/** A job's data as ids. */
export interface PreparedJob {
  readonly examples: readonly Example[];
  /** `loss` and the task's own figures, for a model. */
  readonly report: (model: Model) => Promise<Report>;
}

/** Names a job among several: "translate-java-cs". */
export function nameOf({ task, subTask }: Pick<TaskJob, "task" | "subTask">): string {
  return subTask === "" ? task.name : `${task.name}-${subTask}`;
}

/** @throws DataError `task.empty` without training or validation examples, and the readers' */
export async function loadJob(
  job: TaskJob,
  { splitSeed, trainExamples }: Pick<JobOptions, "splitSeed" | "trainExamples">,
): Promise<LoadedJob> {
  const data = await readTask(job.task, { ...job, splitSeed });
  requireParts(data, ["train", "validation"], job.data);
  const { train, validation } = data.splits;
  return { ...job, files: data.files, training: train.slice(0, trainExamples), validation };
}

/** Encode a job's examples for a model. */
export function prepareJob(
  job: LoadedJob,
  tokenizer: Tokenizer,
  reader: Reader,
  options: JobOptions,
): PreparedJob {
  const { task, batchSize } = job;
  const { head, scoreExamples, scoreBeams } = options;
  const encoding = { ...job, ...options, ...reader };
  const encoded = encodeExamples(job.training, tokenizer, head, encoding);
  const held = encodeExamples(job.validation, tokenizer, head, encoding);
  noteTruncation("training", encoded, options);
  noteTruncation("validation", held, options);
  const scored = job.validation.slice(0, scoreExamples);
  return {
    examples: encoded.examples,
    report: async (model) => {
      const { loss } = await validate(model, held.examples, batchSize);
      const { report } = await task.score(model, tokenizer, scored, {
        ...job,
        numBeams: scoreBeams,
      });
      return { loss, ...report };
    },
  };
}

function noteTruncation(part: string, encoded: EncodedExamples, { note }: JobOptions): void {
  const { truncatedSources: sources, truncatedTargets: targets, examples } = encoded;
  if (sources + targets === 0) return;
  const counts = `${sources} sources, ${targets} targets of ${examples.length} ${part} examples`;
  note?.(`longer than the limit and cut: ${counts}`);
}
