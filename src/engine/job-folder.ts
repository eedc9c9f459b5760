/**
 * @file A job folder: graphs, parameters, optimizer state and commands as files that may travel.
 * Every file is named with its digest, in `job.json` or, for commands, in its own name.
 */
import { createHash } from "node:crypto";
import { renameSync } from "node:fs";
import { join } from "node:path";
import { makeFolder, type NdArray, writeFileAtomically } from "../base/index.ts";
import { writeSafetensors } from "../checkpoint/index.ts";
import type { Head } from "../model/index.ts";
import type { Optimizer } from "../optim/index.ts";
import type { StepRequest, TrainConfig, Trainer } from "../train/index.ts";
import { type GraphJson, graphJson, lossGraph } from "./graph-json.ts";
import { optimizerSettings } from "./optimizer-settings.ts";
import { divideStep, type InputShapes, type Piece } from "./pieces.ts";

const format = "codet5-torch-job-1";

/** How a job is to be run: what decides its numbers, not on which machine. */
export interface JobSettings {
  /** Processes in all, on however many machines. */
  readonly processes: number;
  readonly precision: "float32" | "bfloat16";
  /** torch's own dropout: faster, other masks every run. */
  readonly nativeDropout: boolean;
  readonly compile: boolean;
  /** Share parameters, gradients and moments out over the processes (FSDP). */
  readonly shard: boolean;
}

/** What a job starts from. */
export interface JobStart {
  readonly trainer: Trainer;
  readonly optimizer: Optimizer;
  readonly config: Pick<TrainConfig, "seed" | "optimizer" | "weightDecay">;
}

/** An open job folder, to which commands are added. */
export interface JobFolder {
  readonly path: string;
  /** @throws DataError when the disk is full, or ids do not fit the model */
  addSteps(requests: readonly StepRequest[]): void;
  /** Ask for weights and optimizer state after the commands so far. @param step updates made by then */
  addSave(step: number): void;
  addEnd(): void;
  /** Say that no more commands will come: the folder may travel. */
  close(): void;
}

/**
 * Write what a job starts from.
 * @throws DataError `disk.full`, `file.unwritable`
 */
export function createJobFolder(path: string, start: JobStart, settings: JobSettings): JobFolder {
  for (const folder of ["commands", "results"]) makeFolder(join(path, folder));
  const files: Record<string, string> = {};
  const heads = start.trainer.heads.map((head) => describeHead(start.trainer, head));
  for (const { file, json } of heads) files[file] = writeText(join(path, file), json);
  Object.assign(files, writeTensors(path, start));
  const job = { ...jobJson(start, settings, heads), files };
  const write = (chunks: number | null) =>
    writeFileAtomically(join(path, "job.json"), `${JSON.stringify({ ...job, chunks }, null, 2)}\n`);
  write(null);
  const shapes = new Map(heads.map(({ head, shapes }) => [head, shapes]));
  const commands = commandWriter(path);
  return {
    path,
    addSteps: (requests) => {
      commands.add(
        requests.map((request) => stepCommand(request, start.trainer, shapes, settings)),
      );
    },
    addSave: (step) => commands.add([{ settings: { do: "save", step }, arrays: {} }]),
    addEnd: () => commands.add([{ settings: { do: "end" }, arrays: {} }]),
    close: () => write(commands.count()),
  };
}

interface DescribedHead {
  readonly head: Head;
  readonly file: string;
  readonly json: GraphJson;
  readonly shapes: InputShapes;
  /** Whether anything is dropped. */
  readonly drops: boolean;
}

function describeHead(trainer: Trainer, head: Head): DescribedHead {
  const loss = lossGraph(trainer.modelFor(head), trainer.dropoutRateOf(head));
  const shapes = new Map(loss.graph.inputs.map(({ name = "", shape }) => [name, shape]));
  const drops = loss.rates.size > 0;
  return { head, file: `graph-${head}.json`, json: graphJson(loss), shapes, drops };
}

function jobJson(
  { trainer, config }: JobStart,
  settings: JobSettings,
  heads: readonly DescribedHead[],
) {
  return {
    format,
    graphs: Object.fromEntries(heads.map(({ head, file }) => [head, file])),
    trainable: trainer.store.parameters.map(({ name }) => name),
    optimizer: optimizerSettings(config),
    seed: config.seed,
    ...settings,
    // exact masks lie between softmax and values, where one kernel has no place for them
    fused: settings.nativeDropout || heads.every(({ drops }) => !drops),
  };
}

function writeText(path: string, value: unknown): string {
  const text = `${JSON.stringify(value)}\n`;
  writeFileAtomically(path, text);
  return createHash("sha256").update(text).digest("hex");
}

/** Every head's parameters once, and the optimizer's state when it has made updates. */
function writeTensors(path: string, { trainer, optimizer }: JobStart): Record<string, string> {
  const weights = new Map(trainer.heads.flatMap((head) => [...trainer.modelFor(head).weights]));
  const digests = {
    "parameters.safetensors": writeSafetensors(join(path, "parameters.safetensors"), weights),
  };
  if (optimizer.stepCount === 0) return digests;
  const state = writeSafetensors(join(path, "optimizer.safetensors"), optimizer.state());
  return { ...digests, "optimizer.safetensors": state };
}

/** A command and the arrays it speaks of. */
interface Command {
  readonly settings: Readonly<Record<string, unknown>>;
  /** By place: `<piece>/<input>`. */
  readonly arrays: Readonly<Record<string, NdArray>>;
}

function stepCommand(
  { batches, options }: StepRequest,
  trainer: Trainer,
  shapes: ReadonlyMap<Head, InputShapes>,
  { processes }: JobSettings,
): Command {
  const { head = trainer.model.head, learningRate, maxGradNorm, step } = options;
  const { architecture } = trainer.modelFor(head);
  const { pieces, count } = divideStep(batches, architecture, shapes.get(head)!, processes);
  const placed = pieces.map((piece, k) => ({ ...piece, at: `${step}/${k}` }));
  const described = placed.map(({ arrays, ...rest }) => ({ ...rest, arrays: Object.keys(arrays) }));
  return {
    settings: { do: "step", step, head, learningRate, maxGradNorm, count, pieces: described },
    arrays: Object.assign({}, ...placed.map(placedArrays)),
  };
}

function placedArrays({ at, arrays }: Piece & { readonly at: string }): Record<string, NdArray> {
  const entries = Object.entries(arrays);
  return Object.fromEntries(entries.map(([name, array]) => [`${at}/${name}`, array]));
}

/** Files of commands, numbered; each appears whole, under its digest. */
function commandWriter(path: string) {
  let count = 0;
  return {
    count: () => count,
    add: (commands: readonly Command[]) => {
      const place = join(path, "commands");
      const number = String(count++).padStart(6, "0");
      const arrays = Object.assign({}, ...commands.map((command) => command.arrays));
      const text = JSON.stringify(commands.map(({ settings }) => settings));
      const written = join(place, `${number}.part`);
      const digest = writeSafetensors(written, Object.entries<NdArray>(arrays), { commands: text });
      renameSync(written, join(place, `${number}-${digest}.safetensors`));
    },
  };
}
