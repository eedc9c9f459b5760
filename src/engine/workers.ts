/** @file The processes of a torch run: started together, watched, ended together. */
import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, existsSync, openSync, readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { DataError, RuntimeFailure, readJsonFile } from "../base/index.ts";
import { defaultThreads } from "../runtime/index.ts";
import { ProgressFile } from "./progress-file.ts";
import { type TorchPython, workerFolder } from "./python.ts";

/** Where workers run. */
export interface LaunchSettings {
  /** On each machine. */
  readonly processes: number;
  readonly nodes: number;
  /** `host:port` on which several machines find each other. */
  readonly rendezvous?: string | undefined;
  readonly device: "auto" | "cpu" | "cuda";
  /** Seconds without news after which a run is taken to hang. */
  readonly timeOut: number;
}

/** Least time that workers have to start, whatever the time-out: importing torch can take a while. */
const startSeconds = 600;
/** How long processes asked to end may take before they are made to. */
const graceMs = 10_000;
/** How often torchrun looks whether a worker has died. */
const monitorSeconds = 0.2;

/** Command line that runs a job folder; `parent` is a process of this machine without which there is no work. */
export function workerCommand(
  job: string,
  { processes, nodes, rendezvous, device, timeOut }: LaunchSettings,
  { port, parent, threads }: { port?: number; parent?: number; threads?: number } = {},
): string[] {
  const worker = [join(workerFolder, "worker.py"), job, "--device", device];
  worker.push("--time-out", String(timeOut));
  if (threads !== undefined) worker.push("--threads", String(threads));
  if (parent !== undefined) worker.push("--parent", String(parent));
  if (processes * nodes === 1) return worker;
  const place =
    nodes === 1
      ? ["--master_addr", "127.0.0.1", "--master_port", String(port ?? 29_400)]
      : ["--rdzv_backend", "c10d", "--rdzv_id", "codet5", "--rdzv_endpoint", rendezvous ?? ""];
  const counts = ["--nnodes", String(nodes), "--nproc_per_node", String(processes)];
  const watch = ["--max_restarts", "0", "--monitor_interval", String(monitorSeconds)];
  // said in full: under Python 3.11 torch 1.13 trips over its own defaults
  const logs = ["--redirects", "1", "--tee", "2", "--log_dir", join(job, "results", "logs")];
  return ["-m", "torch.distributed.run", ...counts, ...watch, ...logs, ...place, ...worker];
}

/** Running workers. */
export class Workers {
  readonly #child: ChildProcess;
  readonly #progress: ProgressFile;
  readonly #job: string;
  readonly #timeOutMs: number;
  #hasEnded = false;
  #hasStarted = false;

  private constructor(child: ChildProcess, job: string, timeOut: number) {
    this.#child = child;
    this.#job = job;
    this.#timeOutMs = 1000 * timeOut;
    this.#progress = new ProgressFile(join(job, "results", "progress.jsonl"));
    const ended = () => {
      this.#hasEnded = true;
    };
    child.once("exit", ended);
    child.once("error", ended);
  }

  /** Start the processes of this machine on a job folder. */
  static async start(python: TorchPython, job: string, settings: LaunchSettings): Promise<Workers> {
    const threads = Math.max(1, Math.floor(defaultThreads() / settings.processes));
    const port = await freePort();
    // this process ends a run that hangs; workers wait for each other's start as well
    const patient = { ...settings, timeOut: settings.timeOut + startSeconds };
    const args = workerCommand(job, patient, { port, parent: process.pid, threads });
    const log = openSync(join(job, "results", "worker.log"), "a");
    // a group of its own: Ctrl-C is for the loop, which ends the workers in order
    const child = spawn(python.command, args, { stdio: ["ignore", log, log], detached: true });
    closeSync(log);
    return new Workers(child, job, settings.timeOut);
  }

  /**
   * The next line that the first worker reports.
   * @throws RuntimeFailure `engine.worker` when a worker failed or was killed, `engine.timeOut` without news
   */
  async next(): Promise<unknown> {
    const limitMs = this.#hasStarted
      ? this.#timeOutMs
      : Math.max(this.#timeOutMs, 1000 * startSeconds);
    const line = await this.#progress.next((waitedMs) => {
      if (this.#hasEnded) throw failureOf(this.#job);
      if (waitedMs > limitMs) {
        this.kill();
        throw timedOut(this.#job, limitMs / 1000);
      }
    });
    this.#hasStarted = true;
    return line;
  }

  /** Wait for workers that have been told to end; those that do not are killed. */
  async end(): Promise<void> {
    for (let ms = 0; ms < graceMs && !this.#hasEnded; ms += 20) await sleep(20);
    this.kill();
  }

  /** End all processes of this machine at once. */
  kill(): void {
    const { pid } = this.#child;
    if (this.#hasEnded || pid === undefined) return;
    try {
      process.kill(-pid, "SIGKILL");
    } catch {
      // ended a moment ago
    }
  }
}

/** A port that is free now. */
function freePort(): Promise<number> {
  return new Promise((done, fail) => {
    const server = createServer();
    server.once("error", fail);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => done(typeof address === "object" && address ? address.port : 0));
    });
  });
}

const errorSchema = z.object({
  code: z.string(),
  message: z.string(),
  rank: z.number(),
  expected: z.string().optional(),
  got: z.string().optional(),
  where: z.string().optional(),
});

type WorkerError = z.output<typeof errorSchema>;

/** torch says only that the others have gone: whoever went first has the reason. */
const unexplained = "job.failed";

/** Why the workers of a job ended. */
function failureOf(job: string): RuntimeFailure | DataError {
  const errors = errorsIn(join(job, "results"));
  const log = join(job, "results", "worker.log");
  const signal = signalIn(log);
  const explained = errors.find(({ code }) => code !== unexplained);
  if (explained !== undefined) return told(explained);
  const help = "the last checkpoint is kept: continue with --resume";
  const details = { where: log, help };
  if (signal !== undefined) {
    const message = `a torch worker was killed by signal ${signal}: the run has ended`;
    return new RuntimeFailure("engine.worker", message, details);
  }
  const [error] = errors;
  const got = error === undefined ? lastLine(log) : `worker ${error.rank}: ${error.message}`;
  return new RuntimeFailure("engine.worker", "a torch worker failed", { got, ...details });
}

/** What a worker said is wrong with the job is the job's fault. */
function told({ code, message, expected, got, where }: WorkerError): DataError {
  const given = Object.entries({ expected, got, where }).filter(([, text]) => text !== undefined);
  return new DataError(code, message, Object.fromEntries(given));
}

function errorsIn(results: string): WorkerError[] {
  if (!existsSync(results)) return [];
  const names = readdirSync(results).filter((name) => /^error-\d+\.json$/.test(name));
  return names.sort().flatMap((name) => {
    const parsed = errorSchema.safeParse(readJsonFile(join(results, name)));
    return parsed.success ? [parsed.data] : [];
  });
}

/** The signal that ended a worker, as torchrun or the shell tells it; those it sent itself do not count. */
function signalIn(log: string): number | undefined {
  const found = [...readLog(log).matchAll(/exitcode\s*:\s*-(\d+)/g)].map(([, text]) =>
    Number(text),
  );
  return found.find((signal) => signal !== 15);
}

function lastLine(log: string): string {
  return readLog(log).trim().split("\n").at(-1) || "nothing was said";
}

function readLog(log: string): string {
  return existsSync(log) ? readFileSync(log, "utf8").slice(-(1 << 16)) : "";
}

function timedOut(job: string, seconds: number): RuntimeFailure {
  return new RuntimeFailure("engine.timeOut", `the torch workers hang: no news for ${seconds} s`, {
    where: join(job, "results", "worker.log"),
    help: "the last checkpoint is kept: continue with --resume, or allow more with --time-out",
  });
}
