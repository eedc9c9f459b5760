/**
 * @file A lab from end to end: divide, train, score validation, freeze thresholds, only then open the test
 * samples, score them, write results.
 */
import { dirname, join } from "node:path";
import { ConfigError, makeFolder, writeFileAtomically } from "../base/index.ts";
import { acquireLock } from "../checkpoint/index.ts";
import { writePredictions } from "../data/index.ts";
import { type BudgetRow, budgetOf, requireEqualBudgets } from "./budget.ts";
import { type Log, openLog } from "./event-log.ts";
import type { Experiment } from "./experiment.ts";
import type { FoldData } from "./fold-data.ts";
import type { LabEngine, Scores } from "./lab-model.ts";
import {
  type LabPlan,
  type PlannedCell,
  planLab,
  type TestsByFold,
  testStage,
} from "./plan-lab.ts";
import { type LabResult, labFiles, type PredictionFacts, predictionPath } from "./records.ts";
import { type Frozen, freeze, resultsOf } from "./results.ts";
import { writeResultsTable } from "./results-table.ts";
import { sampleLines, scoredRows } from "./sample-lines.ts";
import { isDone, writeLines } from "./stage-store.ts";
import { type Execution, runStages, type Stage } from "./stages.ts";

/** What to run, and how. */
export interface LabOptions {
  readonly experiment: Experiment;
  /** The lab's folder; one that holds a part of the work is continued. */
  readonly out: string;
  readonly version: string;
  /** Processes that work at once. */
  readonly workers: number;
  /** Does a stage in another process, false when it was stopped; needed for more than one worker. */
  readonly spawn?: ((stage: string) => Promise<boolean>) | undefined;
  /** Makes the updates of trainings; absent: ONNX Runtime. */
  readonly engine?: LabEngine | undefined;
}

/** How a lab is followed and ended. */
export interface LabHooks {
  readonly signal?: AbortSignal | undefined;
  /** Tokens done and in all, about, and what is being done. */
  readonly onProgress?: ((done: number, total: number, stage: string) => void) | undefined;
  /** One line for people. */
  readonly note?: ((line: string) => void) | undefined;
  /** What every cell will read, before anything is trained. */
  readonly onBudget?: ((rows: readonly BudgetRow[]) => void) | undefined;
}

/** What a lab found. */
export interface LabSummary {
  readonly out: string;
  readonly results: readonly LabResult[];
  readonly budget: readonly BudgetRow[];
}

/**
 * Run an experiment, or what is missing of it.
 * @returns undefined when the signal stopped it; call it again to continue
 * @throws DataError, ConfigError for an experiment that cannot be run, before anything is trained
 */
export async function runLab(
  options: LabOptions,
  hooks: LabHooks = {},
): Promise<LabSummary | undefined> {
  const { experiment, out, engine } = options;
  const lock = acquireLock(out);
  try {
    const plan = await planLab(experiment, out, hooks.note ?? (() => undefined), engine);
    const budget = plan.cells.map(({ cell, trainings }) => budgetOf(cell, trainings));
    hooks.onBudget?.(budget);
    requireEqualBudgets(budget);
    const log = openLog(out);
    begin(options, plan, budget, log);
    const results = await work(options, plan, log, hooks);
    return results === undefined ? undefined : { out, results, budget };
  } finally {
    lock.release();
  }
}

/**
 * Do one stage of a lab that another process runs.
 * @returns false when the signal stopped it
 * @throws ConfigError `lab.stage` when the experiment has no such stage
 */
export async function runLabStage(
  { experiment, out, engine }: Pick<LabOptions, "experiment" | "out" | "engine">,
  id: string,
  hooks: Pick<LabHooks, "signal"> = {},
): Promise<boolean> {
  const { cells, folds } = await planLab(experiment, out, () => undefined, engine);
  const before: Stage[] = cells.flatMap(({ trainings, validation }) => [...trainings, validation]);
  // tests are looked at only where the lab has opened them before
  const isOpened = folds.every((data) => data.isOpened);
  const stages = isOpened
    ? [
        ...before,
        ...(await openTests(folds).then((tests) => cells.map((one) => testStage(one, tests)))),
      ]
    : before;
  const stage = stages.find((one) => one.id === id);
  if (stage !== undefined) return isDone(out, id) || stage.run(hooks);
  throw new ConfigError("lab.stage", "the experiment has no such stage", { got: id, where: out });
}

/** What the lab is, and the first lines of its log. */
function begin(options: LabOptions, plan: LabPlan, budget: readonly BudgetRow[], log: Log): void {
  const { experiment, out, version, engine } = options;
  const described = {
    ...experiment,
    $version: version,
    $datasets: plan.datasets,
    $models: plan.models,
    ...(engine === undefined ? {} : { $engine: engine.settings }),
  };
  const path = join(out, labFiles.experiment);
  writeFileAtomically(path, `${JSON.stringify(described, null, 2)}\n`);
  log({ event: "begin", name: experiment.name, version, datasets: plan.datasets });
  for (const { fold, train, validation, dropped } of plan.folds) {
    const counts = { train: train.length, validation: validation.length };
    log({ event: "divided", fold: fold.name, languages: fold.train, ...counts, dropped });
  }
  for (const row of budget) log({ event: "budget", ...row });
}

function executionOf({ workers, spawn }: LabOptions, hooks: LabHooks, log: Log): Execution {
  const { signal, onProgress = () => undefined } = hooks;
  const isAlone = workers === 1 || spawn === undefined;
  return {
    workers: isAlone ? 1 : workers,
    signal,
    onProgress,
    execute: async (stage, tell) => {
      const isWhole = isAlone
        ? await stage.run({ signal, onProgress: tell })
        : await spawn(stage.id);
      if (isWhole) log({ event: "stage", stage: stage.id, label: stage.label });
      return isWhole;
    },
  };
}

/** What validation decided for a cell. */
interface FrozenCell extends PlannedCell {
  readonly frozen: Frozen;
  readonly scores: Scores;
}

async function work(
  options: LabOptions,
  { cells, folds }: LabPlan,
  log: Log,
  hooks: LabHooks,
): Promise<readonly LabResult[] | undefined> {
  const { out } = options;
  const execution = executionOf(options, hooks, log);
  const stages = cells.flatMap(({ trainings, validation }) => [...trainings, validation]);
  if (!(await runStages(out, stages, execution))) return undefined;
  const frozen: FrozenCell[] = [];
  for (const planned of cells) frozen.push(await freezeCell(planned, log));
  const tests = await openTests(folds, log, hooks.note);
  const scorings = cells.map((planned) => testStage(planned, tests));
  if (!(await runStages(out, scorings, execution))) return undefined;
  const results: LabResult[] = [];
  for (const [index, planned] of frozen.entries()) {
    const scores = joined(planned.scores, await scorings[index]!.scores());
    results.push(...writeCell(out, planned, scores, tests));
  }
  await writeResults(out, results);
  const open = folds.map((data) => ({ data, tests: tests.get(data.fold.name)! }));
  writeLines(join(out, labFiles.samples), sampleLines(open));
  log({ event: "results", rows: results.length });
  return results;
}

/** Thresholds and temperature of a cell: from here on they stand. */
async function freezeCell(planned: PlannedCell, log: Log): Promise<FrozenCell> {
  const scores = await planned.validation.scores();
  const frozen = freeze(scores.scores, planned.context.data.validation);
  log({ event: "frozen", ...planned.cell, ...frozen });
  return { ...planned, frozen, scores };
}

async function openTests(
  folds: readonly FoldData[],
  log?: Log,
  note?: LabHooks["note"],
): Promise<TestsByFold> {
  const tests = new Map<string, Awaited<ReturnType<FoldData["open"]>>>();
  for (const data of folds) {
    const opened = await data.open();
    const { seenTest, unseen, dropped } = opened;
    tests.set(data.fold.name, opened);
    const counts = { seenTest: seenTest.length, unseen: unseen.length };
    log?.({ event: "opened", fold: data.fold.name, ...counts, dropped });
    note?.(`fold ${data.fold.name}: opened ${unseen.length} unseen samples`);
  }
  return tests;
}

function joined(a: Scores, b: Scores): Scores {
  return {
    scores: [...a.scores, ...b.scores],
    truncated: [...a.truncated, ...b.truncated],
  };
}

/** Write a cell's predictions and what was chosen for it; its results. */
function writeCell(
  out: string,
  { cell, context, trainings, frozen }: FrozenCell,
  { scores, truncated }: Scores,
  tests: TestsByFold,
): LabResult[] {
  const { data, model } = context;
  const { validation, fold } = data;
  const rows = scoredRows({ data, tests: tests.get(fold.name)! });
  const path = join(out, predictionPath(cell));
  makeFolder(dirname(path));
  const predictions = rows.map(({ id }, i) => {
    const label: 0 | 1 = scores[i]! >= frozen.threshold ? 1 : 0;
    return { id, score: scores[i]!, label };
  });
  writePredictions(path, predictions);
  const readLabels = trainings.some(({ kind }) => kind === "security");
  const distinct = (values: readonly string[]) => [...new Set(values)].sort();
  const facts: PredictionFacts = {
    ...frozen,
    stepsRun: trainings.reduce((sum, { plan }) => sum + plan.steps, 0),
    tokensRead: trainings.reduce((sum, { plan }) => sum + plan.tokens, 0),
    trainCwes: readLabels ? distinct(data.train.flatMap(({ cwe }) => cwe ?? [])) : [],
    trainLanguages: trainings.length > 0 ? distinct(data.train.map((row) => row.language)) : [],
    truncatedIds: rows.filter((_, i) => truncated[i]).map(({ id }) => id),
  };
  writeFileAtomically(path.replace(/jsonl$/, "json"), `${JSON.stringify(facts)}\n`);
  const scored = rows.map((row, i) => ({ row, score: scores[i]! })).slice(validation.length);
  return resultsOf(cell, model.family, scored, frozen, fold.train);
}

async function writeResults(out: string, results: readonly LabResult[]): Promise<void> {
  const path = join(out, labFiles.results);
  writeLines(path, results);
  await writeResultsTable(path, join(out, labFiles.resultsTable));
}
