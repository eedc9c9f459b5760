/**
 * @file `--engine torch`: a run's updates made by PyTorch. Updates go to a job folder ahead of their reports;
 * weights and optimizer state come back as files whenever the loop validates or saves.
 */
import { randomBytes } from "node:crypto";
import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { ConfigError, readJsonFile, writeFileAtomically } from "../base/index.ts";
import type { Ahead, Engine, EngineSetting, StartEngine, StepRequest } from "../train/index.ts";
import { createJobFolder, type JobFolder, type JobSettings } from "./job-folder.ts";
import { findTorch, type TorchPython } from "./python.ts";
import { isStart, type LineOf, lineOf, takeOver } from "./results.ts";
import { holdsJob, jobWriter, recordedJob } from "./travelling-job.ts";
import { type LaunchSettings, Workers } from "./workers.ts";

/** What a run on torch may be asked for. */
export interface TorchSettings extends LaunchSettings, Omit<JobSettings, "processes"> {
  /** Folder of a job that is to run elsewhere: written when it holds none, else its results are taken in. */
  readonly job?: string | undefined;
}

/** Work that lies ready for the workers: seconds of it, and how many updates at least and at most. */
const lookahead = { seconds: 1, least: 2, most: 64 } as const;

/**
 * An engine for `train`. Torch is looked for now, before a run folder is begun.
 * @throws RuntimeFailure `engine.torch`; ConfigError `engine.rendezvous`, `engine.feature`
 */
export async function torchEngine(settings: TorchSettings): Promise<StartEngine> {
  const { job } = settings;
  if (job !== undefined) {
    return async (setting) =>
      holdsJob(job)
        ? recordedJob(job, setting)
        : jobWriter(job, setting, jobSettings(settings), settings);
  }
  checkSettings(settings);
  const python = await findTorch();
  requireFeatures(python, settings);
  return async (setting) => {
    rememberProcesses(setting, settings);
    return new TorchEngine(setting, settings, python);
  };
}

/** The job of one start and its workers. */
interface Launched {
  readonly job: JobFolder;
  readonly workers: Workers;
}

class TorchEngine implements Engine {
  readonly #setting: EngineSetting;
  readonly #settings: TorchSettings;
  readonly #python: TorchPython;
  #launched: Launched | undefined;
  /** Updates whose reports have been given. */
  #done = 0;
  #isSettled = true;
  /** Seconds that the last update took. */
  #pace = 1;
  sent = 0;

  constructor(setting: EngineSetting, settings: TorchSettings, python: TorchPython) {
    this.#setting = setting;
    this.#settings = settings;
    this.#python = python;
  }

  async update(request: StepRequest, ahead: Ahead): Promise<LineOf<"step">> {
    this.#launched ??= await this.#launch(request.options.step);
    this.#isSettled = false;
    this.#send(request, ahead);
    const report = await this.#read("step");
    this.#done = report.step;
    this.#pace = report.seconds;
    return report;
  }

  async settle(): Promise<void> {
    if (this.#launched === undefined || this.#isSettled) return;
    const { job } = this.#launched;
    job.addSave(this.#done);
    const { folder } = await this.#read("saved");
    const path = join(job.path, "results", folder);
    await takeOver(path, this.#setting);
    rmSync(path, { recursive: true });
    this.#isSettled = true;
  }

  async release(): Promise<void> {
    if (this.#launched === undefined) return;
    const { job, workers } = this.#launched;
    if (this.#isSettled) {
      job.addEnd();
      await workers.end();
      rmSync(job.path, { recursive: true, force: true });
    } else workers.kill();
  }

  async #launch(step: number): Promise<Launched> {
    const { out } = this.#setting;
    removeOldJobs(out);
    const path = join(out, `job-${randomBytes(4).toString("hex")}`);
    const job = createJobFolder(path, this.#setting, jobSettings(this.#settings));
    this.sent = step;
    return { job, workers: await Workers.start(this.#python, path, this.#settings) };
  }

  /** Hand out this update and as many after it as keep the workers busy. */
  #send(request: StepRequest, ahead: Ahead): void {
    const { step } = request.options;
    const { seconds, least, most } = lookahead;
    const wanted = Math.min(most, Math.max(least, Math.ceil(seconds / this.#pace)));
    for (let count = Math.max(0, this.sent - step); count <= wanted; count++) {
      const next = count === 0 ? request : ahead(count);
      if (next === undefined) return;
      this.#launched!.job.addSteps([next]);
      this.sent = step + count + 1;
    }
  }

  /** The next line of an event; lines that only tell of the start are passed over. */
  async #read<E extends "step" | "saved">(event: E): Promise<LineOf<E>> {
    const { workers, job } = this.#launched!;
    for (;;) {
      const line = await workers.next();
      if (!isStart(line)) return lineOf(event, line, join(job.path, "results", "progress.jsonl"));
    }
  }
}

function jobSettings(settings: TorchSettings): JobSettings {
  const { processes, nodes, precision, nativeDropout, compile, shard } = settings;
  return { processes: processes * nodes, precision, nativeDropout, compile, shard };
}

/** Of starts that did not end well. */
function removeOldJobs(out: string): void {
  for (const name of readdirSync(out)) {
    if (/^job-[0-9a-f]{8}$/.test(name)) rmSync(join(out, name), { recursive: true, force: true });
  }
}

function checkSettings({ nodes, rendezvous }: TorchSettings): void {
  if (nodes === 1 || rendezvous !== undefined) return;
  throw new ConfigError("engine.rendezvous", "several machines need a place to find each other", {
    expected: "--rendezvous host:port, the same on all",
    got: `--nodes ${nodes} alone`,
  });
}

/** @throws ConfigError `engine.feature` for what the installed torch cannot do */
function requireFeatures(python: TorchPython, settings: TorchSettings): void {
  const { compile, shard, processes, nodes } = settings;
  const wanted: readonly (readonly [boolean, boolean, string])[] = [
    [compile, python.compile, "torch.compile, of torch 2.0"],
    [shard, python.sharding, "fully_shard, of torch 2.6"],
    [processes * nodes > 1, python.gloo || python.nccl, "torch.distributed with gloo or nccl"],
  ];
  const missing = wanted.find(([isWanted, isThere]) => isWanted && !isThere);
  if (missing === undefined) return;
  throw new ConfigError("engine.feature", "this torch lacks what the run asks for", {
    expected: missing[2],
    got: `torch ${python.torch}`,
    where: python.command,
  });
}

const rememberedSchema = z.object({ processes: z.number(), precision: z.string() });

/**
 * Sums depend on how they are divided: a run is continued exactly only by as many processes.
 * @throws ConfigError `engine.processes`
 */
function rememberProcesses({ out, resume }: EngineSetting, settings: TorchSettings): void {
  const path = join(out, "engine.json");
  const processes = settings.processes * settings.nodes;
  const { precision } = settings;
  if (resume && existsSync(path)) {
    const before = rememberedSchema.parse(readJsonFile(path));
    requireSame("processes", before.processes, processes, path);
    requireSame("precision", before.precision, precision, path);
  }
  writeFileAtomically(path, `${JSON.stringify({ engine: "torch", processes, precision })}\n`);
}

function requireSame(name: string, before: unknown, now: unknown, where: string): void {
  if (before === now) return;
  throw new ConfigError(`engine.${name}`, `cannot resume with another number or kind of ${name}`, {
    expected: String(before),
    got: String(now),
    where,
    help: `it would not continue exactly; to do so all the same, remove ${where}`,
  });
}
