/** @file Other processes for a lab's stages: each does one and ends. */
import { spawn } from "node:child_process";
import { availableParallelism } from "node:os";
import { environmentWith, RuntimeFailure } from "../base/index.ts";

/** How to start them. */
interface WorkerOptions {
  /** Resolved experiment in the lab's folder. */
  readonly experiment: string;
  readonly out: string;
  readonly workers: number;
  /** Of `lab run`, for all of them. */
  readonly flags: readonly string[];
  readonly signal: AbortSignal;
}

/** Most of a worker's last words that are kept. */
const maxWords = 4000;

/**
 * A function that does a stage in a process of its own, with its share of the cores. A worker whose
 * standard input ends stops and saves: when its lab is asked to stop, and when its lab was killed.
 */
export function stageWorkers(options: WorkerOptions): (stage: string) => Promise<boolean> {
  const { experiment, out, workers, flags, signal } = options;
  const threads = Math.max(1, Math.floor(availableParallelism() / workers));
  return (stage) =>
    new Promise((resolve, reject) => {
      const args = [...process.execArgv, process.argv[1]!, "lab", "run", experiment, ...flags];
      const child = spawn(process.execPath, [...args, "--out", out, "--only", stage, "--quiet"], {
        stdio: ["pipe", "ignore", "pipe"],
        env: environmentWith({ CODET5_THREADS: String(threads) }),
      });
      let words = "";
      child.stderr.on("data", (chunk) => {
        words = `${words}${chunk}`.slice(-maxWords);
      });
      const stop = () => child.stdin.end();
      signal.addEventListener("abort", stop);
      child.once("error", reject);
      child.once("close", (code) => {
        signal.removeEventListener("abort", stop);
        if (code === 0) resolve(true);
        else if (signal.aborted) resolve(false);
        else reject(failed(stage, code, words));
      });
    });
}

function failed(stage: string, code: number | null, words: string): RuntimeFailure {
  const last = words.trim().split("\n").at(-1);
  return new RuntimeFailure("lab.worker", "a worker of the lab failed", {
    got: last === undefined || last === "" ? `exit code ${code}` : last,
    where: `stage ${stage}`,
  });
}
