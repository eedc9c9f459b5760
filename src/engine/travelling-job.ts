/**
 * @file A job that runs elsewhere: written whole with its worker and the commands that start it, and taken
 * back into the run folder once its results have come home.
 */
import { cpSync, existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import {
  DataError,
  makeFolder,
  parseJson,
  readTextFile,
  writeFileAtomically,
} from "../base/index.ts";
import type { Engine, EngineSetting, StepRequest } from "../train/index.ts";
import { createJobFolder, type JobSettings } from "./job-folder.ts";
import { workerFolder } from "./python.ts";
import { isStart, type LineOf, lineOf, takeOver } from "./results.ts";
import { type LaunchSettings, workerCommand } from "./workers.ts";

/** Steps in one file of commands. */
const stepsPerFile = 64;

/** An engine that writes the job and makes no update. */
export function jobWriter(
  path: string,
  setting: EngineSetting,
  job: JobSettings,
  launch: LaunchSettings,
): Engine {
  const unused = () => Promise.reject(new Error("internal: a written job makes no updates"));
  return {
    sent: 0,
    update: unused,
    settle: unused,
    release: () => Promise.resolve(),
    handOver: (remaining) => {
      makeFolder(path);
      writeJob(path, setting, job, remaining);
      addWorker(path);
      const command = workerCommand(".", launch, {}).map((word) =>
        word.startsWith(workerFolder) ? "worker/worker.py" : word,
      );
      // several machines need a scheduler, or a place to meet
      if (launch.nodes === 1) writeFileAtomically(join(path, "run.sh"), shellScript(command));
      writeFileAtomically(join(path, "run.slurm"), slurmScript(launch));
      return true;
    },
  };
}

function writeJob(
  path: string,
  setting: EngineSetting,
  settings: JobSettings,
  remaining: Iterable<StepRequest | null>,
): void {
  const job = createJobFolder(path, setting, settings);
  let waiting: StepRequest[] = [];
  let step = 0;
  const flush = () => {
    if (waiting.length > 0) job.addSteps(waiting);
    waiting = [];
  };
  for (const request of remaining) {
    if (request !== null) {
      waiting.push(request);
      step = request.options.step + 1;
      if (waiting.length === stepsPerFile) flush();
      continue;
    }
    flush();
    job.addSave(step);
  }
  flush();
  job.addEnd();
  job.close();
}

/** The worker travels with its job: the other machine needs torch and nothing else. */
function addWorker(path: string): void {
  makeFolder(join(path, "worker"));
  const names = readdirSync(workerFolder).filter((name) => name.endsWith(".py"));
  for (const name of names) cpSync(join(workerFolder, name), join(path, "worker", name));
}

function shellScript(command: readonly string[]): string {
  return `#!/bin/sh
# Runs this job on one machine; started again, it continues from the last results.
cd "$(dirname "$0")" || exit 1
exec \${PYTHON:-python3} ${command.join(" ")}
`;
}

function slurmScript(launch: LaunchSettings): string {
  const { nodes, processes, timeOut } = launch;
  const worker = `worker/worker.py . --device auto --time-out ${timeOut}`;
  return `#!/bin/bash
#SBATCH --job-name=codet5
#SBATCH --nodes=${nodes}
#SBATCH --ntasks-per-node=1
#SBATCH --gpus-per-node=${processes}
#SBATCH --requeue
# Submit from this folder, which all machines must see: sbatch run.slurm
# Requeued, or submitted again, it continues from the last results.
cd "$SLURM_SUBMIT_DIR" || exit 1
first=$(scontrol show hostnames "$SLURM_JOB_NODELIST" | head -n 1)
srun \${PYTHON:-python3} -m torch.distributed.run --nnodes ${nodes} --nproc_per_node ${processes} \\
  --rdzv_backend c10d --rdzv_id "$SLURM_JOB_ID" --rdzv_endpoint "$first:29400" ${worker}
`;
}

/** Whether a folder holds a job whose results may have come home. */
export function holdsJob(path: string): boolean {
  return existsSync(join(path, "job.json"));
}

/** An engine that reads a job's results instead of making updates. */
export function recordedJob(path: string, setting: EngineSetting): Engine {
  const progress = join(path, "results", "progress.jsonl");
  const lines = existsSync(progress) ? linesOf(progress) : [];
  let at = 0;
  const next = (where: string): unknown => {
    while (isStart(lines[at])) at++;
    if (at >= lines.length) throw incomplete(path, where);
    return lines[at++];
  };
  let hasUnsaved = false;
  const engine = {
    /** A run may stop only where the job saved its weights. */
    sent: 0,
    update: ({ options: { step } }: StepRequest): Promise<LineOf<"step">> => {
      const line = lineOf("step", next(`step ${step + 1}`), progress);
      if (line.step !== step + 1) throw elsewhere(path, step + 1, line.step);
      hasUnsaved = true;
      engine.sent = Number.POSITIVE_INFINITY;
      return Promise.resolve(line);
    },
    settle: async (): Promise<void> => {
      if (!hasUnsaved) return;
      const { folder, step } = lineOf("saved", next("weights"), progress);
      await takeOver(join(path, "results", folder), setting);
      hasUnsaved = false;
      engine.sent = step;
    },
    release: () => Promise.resolve(),
  };
  return engine;
}

function linesOf(path: string): unknown[] {
  // a line that is being written has no end yet
  const whole = readTextFile(path).split("\n").slice(0, -1);
  return whole.map((line) => parseJson(line, path));
}

function incomplete(path: string, wanted: string): DataError {
  return new DataError("engine.results", "the job's results end before the run does", {
    expected: wanted,
    got: "no more lines in results/progress.jsonl",
    where: path,
    help: "run the job to its end, bring its folder results back, and give the same command again",
  });
}

function elsewhere(path: string, wanted: number, got: number): DataError {
  return new DataError("engine.results", "the job belongs to another place of the run", {
    expected: `step ${wanted}`,
    got: `step ${got}`,
    where: path,
    help: "choose another --job to write what remains",
  });
}
