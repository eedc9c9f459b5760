/**
 * @file A run folder: `config.json`, `metrics.jsonl`, `checkpoint/` (a model folder with optimizer and
 * state, replaced atomically), `best/` (a model folder). One process at a time holds its lock.
 */
import { appendFileSync, existsSync, statSync, truncateSync } from "node:fs";
import { dirname, join } from "node:path";
import { z } from "zod";
import {
  ConfigError,
  DataError,
  makeFolder,
  readJsonFile,
  writeError,
  writeFileAtomically,
} from "../base/index.ts";
import {
  acquireLock,
  currentFolder,
  hasChecksums,
  type Lock,
  readSafetensors,
  readTensor,
  recoverFolder,
  verifyChecksums,
  writeChecksums,
  writeFolderAtomically,
  writeSafetensors,
} from "../checkpoint/index.ts";
import { loadModel, type Model, readAdapterWeights, writeModelFiles } from "../model/index.ts";
import { loadValues, type Optimizer } from "../optim/index.ts";
import { standingSchema } from "./selection.ts";
import type { Trainer } from "./step.ts";

const stateSchema = z.strictObject({
  /** Updates made. */
  step: z.number().int().nonnegative(),
  epoch: z.number().int().nonnegative(),
  /** Updates made in this epoch. */
  stepInEpoch: z.number().int().nonnegative(),
  /** By selection. */
  standings: z.record(z.string(), standingSchema),
  /** By objective: summed training loss and scored items since the last line of metrics.jsonl. */
  window: z.record(z.string(), z.object({ loss: z.number(), count: z.number() })),
  /** Bytes of metrics.jsonl that this state has seen. */
  metricsBytes: z.number().int().nonnegative(),
  /** Why training ended, or null while it has not. */
  ended: z.enum(["epochs", "maxSteps", "patience"]).nullable(),
});

/** Where a run stands: everything but weights and optimizer moments, which lie beside it. */
export type TrainState = z.output<typeof stateSchema>;

export const initialState: TrainState = {
  step: 0,
  epoch: 0,
  stepInEpoch: 0,
  standings: {},
  window: {},
  metricsBytes: 0,
  ended: null,
};

const optimizerFile = "optimizer.safetensors";

/** Writes what makes a model folder whole beside the weights: tokenizer, task. */
export type CompleteFolder = (folder: string) => void;

/**
 * Say now what {@link RunFolder.open} would say after an hour of preparation: that the folder holds
 * another run, is in use, or cannot be written.
 */
export function probeRunFolder(
  path: string,
  config: Readonly<Record<string, unknown>>,
  resume: boolean,
): void {
  requireRun(path, resume);
  if (resume) requireSameConfig(path, config);
  acquireLock(path).release();
}

/** An open, locked run folder. */
export class RunFolder {
  readonly path: string;
  readonly #lock: Lock;

  private constructor(path: string, lock: Lock) {
    this.path = path;
    this.#lock = lock;
  }

  /**
   * Lock a run folder and write or compare its configuration.
   * @param config what the run is; on resume it must be what the folder says
   * @throws DataError `run.locked`, `run.exists` without resume, `run.missing` with it;
   * ConfigError `run.config` naming the first setting that differs
   */
  static open(path: string, config: Readonly<Record<string, unknown>>, resume: boolean): RunFolder {
    requireRun(path, resume);
    const run = new RunFolder(path, acquireLock(path));
    try {
      if (resume) run.#recover(config);
      else writeJson(join(path, "config.json"), config);
      return run;
    } catch (error) {
      run.close();
      throw error;
    }
  }

  close(): void {
    this.#lock.release();
  }

  /** Folder of a selection's best model so far. */
  bestFolder(selection: string): string {
    return join(this.path, "best", selection);
  }

  get #checkpoint(): string {
    return join(this.path, "checkpoint");
  }

  get #metrics(): string {
    return join(this.path, "metrics.jsonl");
  }

  #recover(config: Readonly<Record<string, unknown>>): void {
    recoverFolder(this.#checkpoint);
    requireSameConfig(this.path, config);
  }

  /** Bring weights, optimizer and state back; from the start when no checkpoint was written yet. */
  async restore(trainer: Trainer, optimizer: Optimizer): Promise<TrainState> {
    if (!existsSync(this.#checkpoint)) {
      this.#truncateMetrics(0);
      return initialState;
    }
    const folder = currentFolder(this.#checkpoint);
    if (hasChecksums(folder)) verifyChecksums(folder);
    const path = join(folder, "state.json");
    const parsed = stateSchema.safeParse(readJsonFile(path));
    if (!parsed.success) {
      throw new DataError("run.state", "the checkpoint's state is damaged", {
        got: parsed.error.issues[0]?.message ?? "invalid",
        where: path,
      });
    }
    loadValues(trainer.store, await weightsIn(folder, trainer.model));
    const { tensors } = readSafetensors(join(folder, optimizerFile));
    optimizer.loadState(new Map([...tensors].map(([name, t]) => [name, readTensor(t)])));
    this.#truncateMetrics(parsed.data.metricsBytes);
    return parsed.data;
  }

  /** Write everything needed to continue, atomically: a kill leaves the old checkpoint or the new. */
  async save(
    model: Model,
    optimizer: Optimizer,
    state: TrainState,
    complete: CompleteFolder,
  ): Promise<void> {
    const metricsBytes = existsSync(this.#metrics) ? statSync(this.#metrics).size : 0;
    await writeFolderAtomically(this.#checkpoint, async (folder) => {
      const hashes = writeModelFiles(model, folder);
      complete(folder);
      const moments = writeSafetensors(join(folder, optimizerFile), optimizer.state());
      writeJson(join(folder, "state.json"), { ...state, metricsBytes });
      writeChecksums(folder, { ...hashes, [optimizerFile]: moments });
    });
  }

  /** Keep a model as the best of a selection. */
  async saveBest(selection: string, model: Model, complete: CompleteFolder): Promise<void> {
    const best = this.bestFolder(selection);
    if (selection !== "") makeFolder(dirname(best));
    recoverFolder(best);
    await writeFolderAtomically(best, async (folder) => {
      const hashes = writeModelFiles(model, folder);
      complete(folder);
      writeChecksums(folder, hashes);
    });
  }

  /** Append one line to metrics.jsonl. */
  log(line: Readonly<Record<string, unknown>>): void {
    try {
      appendFileSync(this.#metrics, `${JSON.stringify(line)}\n`);
    } catch (cause) {
      throw writeError(this.#metrics, cause);
    }
  }

  /** Lines beyond the checkpoint will be written again; a file that lost some is not filled up. */
  #truncateMetrics(bytes: number): void {
    if (!existsSync(this.#metrics)) return;
    if (statSync(this.#metrics).size > bytes) truncateSync(this.#metrics, bytes);
  }
}

/** What training had changed: of a model with adapters, nothing else is there. */
async function weightsIn(folder: string, { head, adapter }: Model) {
  return adapter === undefined
    ? (await loadModel(folder, { head })).weights
    : readAdapterWeights(folder);
}

function writeJson(path: string, value: unknown): void {
  writeFileAtomically(path, `${JSON.stringify(value, null, 2)}\n`);
}

function requireRun(path: string, resume: boolean): void {
  const hasRun = existsSync(join(path, "config.json"));
  if (resume && !hasRun) throw missingRun(path);
  if (!resume && hasRun) throw existingRun(path);
}

function missingRun(path: string): DataError {
  return new DataError("run.missing", "no run to resume", {
    expected: "a run folder with config.json",
    got: existsSync(path) ? "a folder without one" : "no such folder",
    where: path,
  });
}

function existingRun(path: string): DataError {
  return new DataError("run.exists", "the run folder already holds a run", {
    expected: "a new or empty folder",
    got: "config.json",
    where: path,
    help: "continue it with --resume, or choose another --out",
  });
}

function requireSameConfig(folder: string, config: Readonly<Record<string, unknown>>): void {
  const where = join(folder, "config.json");
  const saved = readJsonFile(where);
  const difference = differenceOf(isRecord(saved) ? saved : {}, config);
  if (difference === undefined) return;
  const { name, before, now } = difference;
  throw new ConfigError("run.config", `cannot resume with another ${name}`, {
    expected: before ?? "not set",
    got: now ?? "not set",
    where,
    help: `all settings of the run: --config ${where}`,
  });
}

/** Versions may differ, and a run folder may have been moved. */
const freeKeys = ["$version", "out"];

/** The first setting that differs, digests of data files one by one. */
function differenceOf(
  saved: Readonly<Record<string, unknown>>,
  given: Readonly<Record<string, unknown>>,
): { name: string; before: string | undefined; now: string | undefined } | undefined {
  for (const key of new Set([...Object.keys(saved), ...Object.keys(given)])) {
    const [a, b] = [saved[key], given[key]];
    const [before, now] = [JSON.stringify(a), JSON.stringify(b)];
    if (freeKeys.includes(key) || before === now) continue;
    const name = key.replace("$", "");
    const inner = isRecord(a) && isRecord(b) ? differenceOf(a, b) : undefined;
    return inner === undefined
      ? { name, before, now }
      : { ...inner, name: `${name} ${inner.name}` };
  }
  return undefined;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
