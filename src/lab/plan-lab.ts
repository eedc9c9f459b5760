/** @file The matrix of an experiment: its folds divided, its models open, its cells with their stages. */
import type { ReadData } from "./data-sets.ts";
import { readDataSets } from "./data-sets.ts";
import type { Experiment } from "./experiment.ts";
import { openLabModel } from "./families.ts";
import { type FoldData, foldData, type OpenedTests } from "./fold-data.ts";
import { foldsOf } from "./folds.ts";
import type { LabEngine, LabModel } from "./lab-model.ts";
import { openBaseline } from "./naive-bayes-model.ts";
import { type Adaptation, adaptations, baselineModel, type Cell } from "./records.ts";
import {
  type AdaptStage,
  adaptStage,
  budgetTokens,
  type ScoreStage,
  type StageContext,
  scoreStage,
} from "./stages.ts";

/** A cell with its trainings, the first to be done first. */
export interface PlannedCell {
  readonly cell: Cell;
  readonly context: StageContext;
  readonly trainings: readonly AdaptStage[];
  readonly validation: ScoreStage;
}

/** Everything that is known before work begins. */
export interface LabPlan {
  readonly folds: readonly FoldData[];
  /** By model, adaptation, fold, seed. */
  readonly cells: readonly PlannedCell[];
  /** Of data sets and models, by name. */
  readonly datasets: ReadData["digests"];
  readonly models: Readonly<Record<string, string>>;
}

/**
 * Plan an experiment: divide its data, or read divisions made before, open its models, see what each training
 * will read.
 * @throws DataError, ConfigError for data and models that cannot be used
 */
export async function planLab(
  experiment: Experiment,
  out: string,
  note: (line: string) => void,
  engine?: LabEngine,
): Promise<LabPlan> {
  const models: [string, LabModel][] = [];
  for (const model of experiment.models) {
    models.push([model.name, await openLabModel(model, experiment, engine)]);
  }
  models.push([baselineModel, openBaseline()]);
  const read = await readDataSets(experiment);
  const folds: FoldData[] = [];
  for (const fold of foldsOf(experiment)) {
    note(`fold ${fold.name}: training on ${fold.train.join(", ")}`);
    folds.push(await foldData(out, fold, experiment, read));
  }
  const cells: PlannedCell[] = [];
  for (const [name, model] of models) {
    note(`${name}: planning`);
    for (const data of folds) {
      for (const seed of experiment.seeds) {
        cells.push(...(await cellsOf({ out, experiment, model, name, data, seed })));
      }
    }
  }
  const digests = models.map(([name, { digest }]) => [name, digest] as const);
  return {
    folds,
    cells: ordered(cells, experiment),
    datasets: read.digests,
    models: Object.fromEntries(digests),
  };
}

/** The cells of a model, a fold and a seed; equal trainings are one stage. */
async function cellsOf(context: StageContext): Promise<PlannedCell[]> {
  const { name, data, seed } = context;
  const cells: PlannedCell[] = [];
  const chosen = chosenFor(context);
  const tokens = chosen.some((one) => one !== "zero-shot") ? await budgetTokens(context) : 0;
  for (const adaptation of chosen) {
    const trainings = await trainingsOf[adaptation](context, tokens);
    const cell = { model: name, adaptation, fold: data.fold.name, seed };
    const weights = trainings.at(-1);
    const validation = scoreStage(context, "validation", data.validation, weights);
    cells.push({ cell, context, trainings, validation });
  }
  return cells;
}

/** The baseline is always there; a model that cannot learn is asked as it is. */
function chosenFor({ experiment, model, name }: StageContext): readonly Adaptation[] {
  if (name === baselineModel) return model.adaptations;
  return adaptations.filter(
    (one) => experiment.adaptations.includes(one) && model.adaptations.includes(one),
  );
}

const trainingsOf: Readonly<
  Record<Adaptation, (context: StageContext, tokens: number) => Promise<readonly AdaptStage[]>>
> = {
  "zero-shot": async () => [],
  general: async (context, tokens) => [await adaptStage(context, "general", tokens)],
  security: async (context, tokens) => [await adaptStage(context, "security", tokens)],
  both: async (context, tokens) => {
    const first = await adaptStage(context, "general", Math.round(tokens / 2));
    return [first, await adaptStage(context, "security", tokens - first.plan.tokens, first)];
  },
};

/** In the order of the tables: a stable sort by adaptation within a model. */
function ordered(cells: readonly PlannedCell[], { models, seeds }: Experiment): PlannedCell[] {
  const modelNames = [...models.map(({ name }) => name), baselineModel];
  const folds = [...new Set(cells.map(({ cell }) => cell.fold))];
  const rank = ({ cell }: PlannedCell) => [
    modelNames.indexOf(cell.model),
    adaptations.indexOf(cell.adaptation),
    folds.indexOf(cell.fold),
    seeds.indexOf(cell.seed),
  ];
  return [...cells].sort((a, b) => {
    const [x, y] = [rank(a), rank(b)];
    const place = x.findIndex((value, i) => value !== y[i]);
    return place < 0 ? 0 : x[place]! - y[place]!;
  });
}

/** Opened tests by fold. */
export type TestsByFold = ReadonlyMap<string, OpenedTests>;

/** The scoring of a cell's test samples. */
export function testStage({ context, trainings }: PlannedCell, tests: TestsByFold): ScoreStage {
  const { seenTest, unseen } = tests.get(context.data.fold.name)!;
  return scoreStage(context, "test", [...seenTest, ...unseen], trainings.at(-1));
}
