/** @file The stages of a lab: trainings and scorings, each named by what it depends on. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { makeFolder, readJsonFile, writeFileAtomically } from "../base/index.ts";
import { digestOfFile } from "../data/index.ts";
import type { LabRow } from "./data-sets.ts";
import type { Experiment } from "./experiment.ts";
import { digestOfCode, type FoldData } from "./fold-data.ts";
import type { Adapting, AdaptingPlan, LabModel, Scores, WorkHooks } from "./lab-model.ts";
import {
  isDone,
  markDone,
  readLines,
  stageFolder,
  stageId,
  summaryOf,
  writeLines,
} from "./stage-store.ts";

/** A piece of work whose result is kept. */
export interface Stage {
  readonly id: string;
  /** For people. */
  readonly label: string;
  /** Stages that must be done before. */
  readonly needs: readonly string[];
  /** Tokens to go through, trained ones three times, about. */
  readonly work: number;
  /** @returns false when the signal stopped it */
  run(hooks: WorkHooks): Promise<boolean>;
}

/** A training stage, with what it reads. */
export interface AdaptStage extends Stage {
  readonly kind: Adapting["kind"];
  readonly plan: AdaptingPlan;
  /** The model folder that it leaves. */
  folder(): string;
}

/** Everything that stages are made from. */
export interface StageContext {
  readonly out: string;
  readonly experiment: Experiment;
  readonly model: LabModel;
  readonly name: string;
  readonly data: FoldData;
  readonly seed: number;
}

/** A training is about as much work as reading three times. */
const trainingFactor = 3;

/** One training of a model. @param from the training that it continues */
export async function adaptStage(
  context: StageContext,
  kind: Adapting["kind"],
  tokens: number,
  from?: AdaptStage,
): Promise<AdaptStage> {
  const { out, experiment, model, name, data, seed } = context;
  const { budget, general, prompt, maxSourceLength, validations } = experiment;
  const { corpus } = general;
  const id = stageId({
    stage: "adapt",
    ...{ kind, seed, tokens, prompt, maxSourceLength, validations },
    batchSize: budget.batchSize,
    model: model.digest,
    training: model.trainingDigest,
    from: from?.id ?? null,
    train: data.trainDigest,
    validation: data.validationDigest,
    ...(kind === "general" ? { general, languages: data.fold.train } : {}),
    ...(kind === "general" && corpus !== undefined
      ? { corpus: await digestOfFile(join(corpus, "manifest.json")) }
      : {}),
  });
  const { train, validation, fold } = data;
  const adapting = { kind, seed, tokens, train, validation, languages: fold.train };
  const planned = await kept(out, id, "plan", () => model.plan(adapting));
  return {
    ...{ id, kind, plan: planned },
    label: `${name} ${kind} ${data.fold.name} seed ${seed}`,
    needs: from === undefined ? [] : [from.id],
    work: trainingFactor * planned.tokens,
    folder: () => join(stageFolder(out, id), summaryOf<{ model: string }>(out, id).model),
    run: async (hooks) => {
      const run = join(stageFolder(out, id), "run");
      const folder = await model.adapt({ ...adapting, from: from?.folder() }, planned, run, hooks);
      if (folder === undefined) return false;
      // relative, so that a lab may be moved
      markDone(out, id, { model: folder.slice(stageFolder(out, id).length + 1), ...planned });
      return true;
    },
  };
}

/** Who counts tokens walks through all batches: what was counted is kept. */
async function kept<T>(out: string, id: string, name: string, count: () => Promise<T>): Promise<T> {
  const folder = stageFolder(out, id);
  const path = join(folder, `${name}.json`);
  if (existsSync(path)) return readJsonFile(path) as T;
  const counted = await count();
  makeFolder(folder);
  writeFileAtomically(path, `${JSON.stringify(counted)}\n`);
  return counted;
}

/** The tokens that every adaptation is to read. */
export async function budgetTokens(context: StageContext): Promise<number> {
  const { out, experiment, model, data, seed } = context;
  const { budget, prompt, maxSourceLength } = experiment;
  if (budget.tokens !== undefined) return budget.tokens;
  const { train, validation, fold, trainDigest } = data;
  const id = stageId({
    stage: "budget",
    ...{ seed, budget, prompt, maxSourceLength },
    model: model.digest,
    train: trainDigest,
  });
  const adapting = { kind: "security", train, validation, languages: fold.train, seed } as const;
  return kept(out, id, "tokens", () => model.tokensOf(budget.steps!, adapting));
}

/** A scoring stage. */
export interface ScoreStage extends Stage {
  scores(): Promise<Scores>;
}

/** A line of a scoring's result. */
type ScoreLine = readonly [id: string, score: number, truncated: boolean];

/** Score samples by a training's model, or by the model as it is. */
export function scoreStage(
  context: StageContext,
  part: "validation" | "test",
  rows: readonly LabRow[],
  from?: AdaptStage,
): ScoreStage {
  const { out, experiment, model, name, data, seed } = context;
  const { prompt, maxSourceLength, scoreBatchSize } = experiment;
  const id = stageId({
    stage: "score",
    ...{ prompt, maxSourceLength, scoreBatchSize },
    model: model.digest,
    weights: from?.id ?? (model.isDrawn ? [seed, data.trainDigest] : null),
    samples: digestOfCode(rows),
  });
  const path = join(stageFolder(out, id), "scores.jsonl");
  return {
    id,
    label: `${name} ${part} ${data.fold.name} seed ${seed}`,
    needs: from === undefined ? [] : [from.id],
    work: rows.reduce((sum, { code }) => sum + Math.min(code.length / 3, maxSourceLength), 0),
    scores: async () => {
      const lines = await readLines<ScoreLine>(path);
      return { scores: lines.map((line) => line[1]), truncated: lines.map((line) => line[2]) };
    },
    run: async (hooks) => {
      const readable = rows.map(({ id: sample, language, code }) => ({
        id: sample,
        language,
        code,
      }));
      const { scores, truncated } = await model.score(
        readable,
        { from: from?.folder(), seed, examples: data.train },
        hooks,
      );
      makeFolder(stageFolder(out, id));
      writeLines(
        path,
        rows.map((row, i): ScoreLine => [row.id, scores[i]!, truncated[i]!]),
      );
      markDone(out, id, { samples: rows.length });
      return true;
    },
  };
}

/** How stages are done: here, or by other processes. */
export interface Execution {
  readonly workers: number;
  /** Do one stage; false when it was stopped. */
  execute(stage: Stage, onProgress: (share: number) => void): Promise<boolean>;
  readonly signal?: AbortSignal | undefined;
  /** Stages and work done, of all. */
  onProgress(done: number, total: number, stage: string): void;
}

/**
 * Do stages in order, several at once where they do not wait for one another; what is done is skipped.
 * @returns false when the signal stopped it
 */
export async function runStages(
  out: string,
  stages: readonly Stage[],
  execution: Execution,
): Promise<boolean> {
  const distinct = [...new Map(stages.map((stage) => [stage.id, stage])).values()];
  const shares = new Map(distinct.map(({ id }) => [id, isDone(out, id) ? 1 : 0]));
  const total = distinct.reduce((sum, { work }) => sum + work, 0);
  const waiting = distinct.filter(({ id }) => !isDone(out, id));
  const tell = (label: string) => {
    const done = distinct.reduce((sum, { id, work }) => sum + work * shares.get(id)!, 0);
    execution.onProgress(done, total, label);
  };
  let isStopped = false;
  const work = async (): Promise<void> => {
    for (;;) {
      if (isStopped || execution.signal?.aborted) break;
      const place = waiting.findIndex(({ needs }) => needs.every((need) => isDone(out, need)));
      if (place < 0) {
        if (waiting.length === 0 || running === 0) return;
        await anyDone();
        continue;
      }
      const [stage] = waiting.splice(place, 1) as [Stage];
      running++;
      try {
        const isWhole = await execution.execute(stage, (share) => {
          shares.set(stage.id, share);
          tell(stage.label);
        });
        if (!isWhole) isStopped = true;
        else shares.set(stage.id, 1);
      } catch (error) {
        isStopped = true;
        throw error;
      } finally {
        running--;
        for (const wake of waiters.splice(0)) wake();
      }
      tell(stage.label);
    }
  };
  let running = 0;
  const waiters: (() => void)[] = [];
  const anyDone = () => new Promise<void>((wake) => waiters.push(wake));
  const outcomes = await Promise.allSettled(Array.from({ length: execution.workers }, work));
  const failed = outcomes.find((outcome) => outcome.status === "rejected");
  if (failed !== undefined) throw failed.reason;
  return !isStopped && !execution.signal?.aborted;
}
