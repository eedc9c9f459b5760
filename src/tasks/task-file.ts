/** @file `task.json` in a model folder: which tasks a model was fine-tuned for, and how it is asked. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { DataError, readJsonFile, writeFileAtomically } from "../base/index.ts";
import { currentFolder } from "../checkpoint/index.ts";

const fileName = "task.json";
const length = z.int().min(1);

/** How well samples of a language were put in order, on a test set that training never saw. */
const measurement = z.object({
  source: z.string(),
  language: z.string(),
  samples: length,
  /** In [0, 1]; a half is chance. */
  rocAuc: z.number().min(0).max(1),
});

/** How a probability becomes a decision, settled on validation before anything else was seen. */
const decision = z.object({
  /** Probability from which on it is yes, after the temperature. */
  threshold: z.number().min(0).max(1),
  /** Log-odds are divided by it. */
  temperature: z.number().positive().default(1),
  /** Languages of the examples that were learned from. */
  trainLanguages: z.array(z.string()),
  /** How far to trust it. */
  measured: z.array(measurement).optional(),
});

const entry = z.object({
  task: z.string(),
  subTask: z.string(),
  /** Put before every source. */
  prompt: z.string(),
  maxSourceLength: length,
  maxTargetLength: length,
  /** Of a task that classifies, once its threshold is settled. */
  decision: decision.optional(),
});

const schema = z.object({ tasks: z.array(entry) });

/** One task of a model, with what it was trained with. */
export type TunedTask = z.output<typeof entry>;

export type Measurement = z.output<typeof measurement>;

export type Decision = z.output<typeof decision>;

/** Write the tasks of a model beside its weights. */
export function writeTaskFile(folder: string, tuned: readonly TunedTask[]): void {
  const tasks = tuned.map((one) => entry.parse(one));
  writeFileAtomically(join(folder, fileName), `${JSON.stringify({ tasks }, null, 2)}\n`);
}

/**
 * The tasks of a model folder; none for a model that was only pre-trained.
 * @throws DataError `task.file` when `task.json` is damaged
 */
export function readTaskFile(model: string): TunedTask[] {
  const path = join(currentFolder(model), fileName);
  if (!existsSync(path)) return [];
  const parsed = schema.safeParse(readJsonFile(path));
  if (parsed.success) return parsed.data.tasks;
  throw new DataError("task.file", "not a list of tasks", {
    expected: "tasks with their names, prompts and lengths",
    got: parsed.error.issues[0]?.message ?? "something else",
    where: path,
  });
}
