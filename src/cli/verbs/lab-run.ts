/** @file `codet5 lab run`: an experiment over models, adaptations and languages never seen. */
import { join } from "node:path";
import { z } from "zod";
import {
  type BudgetRow,
  type LabHooks,
  type LabResult,
  labFiles,
  readExperiment,
  runLab,
  runLabStage,
} from "../../lab/index.ts";
import { labTables } from "../lab-tables.ts";
import { stageWorkers } from "../lab-workers.ts";
import { formatTable } from "../table.ts";
import { type Call, defineVerb } from "../verb.ts";
import { packageVersion } from "../version.ts";

const options = z.strictObject({
  experiment: z.string().meta({ description: "experiment.json: models, data, languages, budget" }),
  out: z.string().meta({ description: "the lab's folder; what is done there is not done again" }),
  workers: z.int().min(1).max(64).default(1).meta({
    description: "processes that train and score at once, each with its share of the cores",
  }),
  only: z.string().optional().meta({
    description: "do one stage of a lab that is running: what its workers are called with",
    defaultText: "the whole lab",
  }),
});

export const verb = defineVerb({
  arguments: ["experiment"],
  options,
  examples: [
    {
      command: "codet5 lab run experiment.json --out labs/first",
      text: "run an experiment, or what is missing of it",
    },
    {
      command: "codet5 lab run experiment.json --out labs/first --workers 2",
      text: "the same in two processes",
    },
  ],
  async run(call) {
    const { experiment: path, out, workers, only } = call.options;
    const experiment = readExperiment(path);
    if (only !== undefined) return workOn(call, only);
    const signal = call.stopSignal();
    const resolved = join(out, labFiles.experiment);
    const spawn =
      workers === 1 ? undefined : stageWorkers({ experiment: resolved, out, workers, signal });
    const summary = await runLab(
      { experiment, out, workers, spawn, version: packageVersion() },
      { signal, note: call.log, onBudget: (rows) => call.log(budgetTable(rows)), ...display(call) },
    );
    if (summary === undefined) {
      return { json: { out, finished: false }, text: "stopped; run it again to continue" };
    }
    const { results, budget } = summary;
    warnOfSmall(results, call.warn);
    return { json: { out, finished: true, budget, results }, text: labTables(results) };
  },
});

/** A worker: one stage, until the lab's end of the pipe is gone. */
async function workOn(call: Call<z.output<typeof options>>, stage: string) {
  const { experiment, out } = call.options;
  const controller = new AbortController();
  const stop = () => controller.abort();
  call.stopSignal().addEventListener("abort", stop);
  call.stdin.once("end", stop).once("close", stop).resume();
  const { signal } = controller;
  const isWhole = await runLabStage({ experiment: readExperiment(experiment), out }, stage, {
    signal,
  });
  call.stdin.destroy();
  return { json: { stage, finished: isWhole }, exitCode: isWhole ? 0 : 130 };
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
