/** @file An experiment run from the command line: in one process or several, its progress and budgets told. */
import { join } from "node:path";
import {
  type BudgetRow,
  type Experiment,
  type LabEngine,
  type LabHooks,
  type LabResult,
  type LabSummary,
  labFiles,
  runLab,
} from "../lab/index.ts";
import { stageWorkers } from "./lab-workers.ts";
import { formatTable } from "./table.ts";
import type { Call } from "./verb.ts";
import { packageVersion } from "./version.ts";

/** What to run and where. */
export interface ExperimentRun {
  readonly experiment: Experiment;
  readonly out: string;
  readonly workers: number;
  readonly engine?: LabEngine | undefined;
  /** What asks workers for the same engine. */
  readonly engineFlags?: readonly string[] | undefined;
}

/** The lab of an experiment, or what is missing of it. @returns undefined when it was interrupted */
export async function runExperiment(
  call: Pick<Call, "stopSignal" | "log" | "warn" | "progress">,
  { experiment, out, workers, engine, engineFlags = [] }: ExperimentRun,
): Promise<LabSummary | undefined> {
  const signal = call.stopSignal();
  const resolved = join(out, labFiles.experiment);
  const spawn =
    workers === 1
      ? undefined
      : stageWorkers({ experiment: resolved, out, workers, flags: engineFlags, signal });
  const summary = await runLab(
    { experiment, out, workers, spawn, engine, version: packageVersion() },
    { signal, note: call.log, onBudget: (rows) => call.log(budgetTable(rows)), ...display(call) },
  );
  if (summary !== undefined) warnOfSmall(summary.results, call.warn);
  return summary;
}

const perThousand = 1000;

/** Work is told in thousands of tokens: stages are too unlike to be counted. */
function display(call: Pick<Call, "progress">): Pick<LabHooks, "onProgress"> {
  let progress: ReturnType<Call["progress"]> | undefined;
  let known = 0;
  return {
    onProgress: (done, total, stage) => {
      const [count, all] = [done, total].map((value) => Math.round(value / perThousand)) as [
        number,
        number,
      ];
      if (progress === undefined || all !== known) {
        progress = call.progress({ label: "lab", total: all, unit: "kilotoken", start: count });
        known = all;
      }
      progress.update(count, { at: stage });
    },
  };
}

function budgetTable(rows: readonly BudgetRow[]): string {
  const cells = rows.map((row) => [
    row.model,
    row.adaptation,
    row.fold,
    row.seed,
    row.steps,
    row.generalTokens,
    row.securityTokens,
    row.tokens,
  ]);
  const headers = ["model", "adaptation", "fold", "seed", "steps", "general", "security", "tokens"];
  return formatTable(headers, cells);
}

function warnOfSmall(results: readonly LabResult[], warn: (line: string) => void): void {
  const small = results.filter((row) => row.small);
  const names = new Set(small.map((row) => `${row.source} ${row.language} (${row.samples})`));
  if (names.size > 0) warn(`too few samples to average over: ${[...names].join(", ")}`);
  const oneClass = results.filter(
    ({ positives, samples }) => positives === 0 || positives === samples,
  );
  const single = new Set(oneClass.map((row) => `${row.source} ${row.language}`));
  if (single.size > 0) warn(`one class only, no ranking: ${[...single].join(", ")}`);
}
