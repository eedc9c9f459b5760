/** @file The training loop: batches in order, updates, validation, early stopping, checkpoints. */
import { performance } from "node:perf_hooks";
import { ConfigError, debug } from "../base/index.ts";
import type { Head, Model } from "../model/index.ts";
import { createAdafactor, createAdamW, type Optimizer, scheduleFactor } from "../optim/index.ts";
import type { TrainConfig } from "./config.ts";
import { diverged, requireFiniteWeights } from "./diverged.ts";
import type { Engine, StartEngine, StepRequest } from "./engine.ts";
import { type CompleteFolder, initialState, RunFolder, type TrainState } from "./run-folder.ts";
import {
  initialStanding,
  isExhausted,
  judged,
  type Selection,
  type Standing,
} from "./selection.ts";
import type { TrainingSource, TrainingStep } from "./source.ts";
import { Trainer } from "./step.ts";

/** Figures of one validation: `loss` and whatever the task scores. */
export type Report = Readonly<Record<string, number>>;

export type TrainingEvent =
  | { readonly kind: "start"; readonly step: number; readonly totalSteps: number }
  | {
      readonly kind: "step";
      readonly step: number;
      readonly epoch: number;
      /** Mean over the step's scored items, nats. */
      readonly loss: number;
      readonly tokensPerSecond: number;
    }
  | {
      readonly kind: "validation";
      readonly step: number;
      readonly report: Report;
      /** Best so far by some selection. */
      readonly isBest: boolean;
    };

/** How a caller follows a run and ends it. */
export interface TrainingHooks {
  /** Ends the run after the current step, saved. */
  readonly signal?: AbortSignal;
  readonly observe?: (event: TrainingEvent) => void;
  /** Makes the updates; default: ONNX Runtime in this process. */
  readonly engine?: StartEngine | undefined;
}

export interface TrainingJob extends TrainingHooks {
  /** Run folder. */
  readonly out: string;
  /** Saved as the folder's config.json, compared on resume. */
  readonly description: Readonly<Record<string, unknown>>;
  readonly resume: boolean;
  readonly config: TrainConfig;
  /** Starting point. */
  readonly model: Model;
  /** Heads the source asks for beside the model's own. */
  readonly heads?: readonly Head[];
  readonly source: TrainingSource;
  /** Figures on held-out data, `loss` among them. */
  readonly validate: (trainer: Trainer) => Promise<Report>;
  /** By which figures of a report best models are kept; training waits for all of them. */
  readonly selections: readonly [Selection, ...Selection[]];
  readonly completeFolder: CompleteFolder;
}

export interface TrainingResult {
  readonly step: number;
  readonly epoch: number;
  /** `handedOver`: an engine took all updates with it, to be made elsewhere. */
  readonly reason: "epochs" | "maxSteps" | "patience" | "interrupted" | "handedOver";
  /** Of the first selection. */
  readonly best: Standing["best"];
  /** Where the best models lie; the last one lies in `checkpoint/`. */
  readonly bestFolder: string;
}

/**
 * Train until the epochs, steps or patience are used up, or the signal says stop. Every decision is a
 * function of the configuration and the state, so a run killed at any moment and resumed ends in the
 * same bytes.
 * @throws RuntimeFailure `train.diverged` when loss, gradients or weights stop being finite; the last
 * checkpoint is kept. Also the run folder's errors
 */
export async function train(job: TrainingJob): Promise<TrainingResult> {
  const run = RunFolder.open(job.out, job.description, job.resume);
  let trainer: Trainer | undefined;
  let engine: Engine | undefined;
  try {
    trainer = await Trainer.create(job.model, job.config.dropoutRate, job.heads);
    const optimizer = createOptimizer(trainer, job.config);
    requireFloatWeights(job);
    engine = await job.engine?.({ ...job, trainer, optimizer });
    const loop = new Loop(job, run, trainer, optimizer, engine);
    return await loop.run();
  } finally {
    await engine?.release();
    await trainer?.release();
    run.close();
  }
}

/** @throws ConfigError `train.engine` for a base in few bits and another engine, which knows float32 alone */
function requireFloatWeights({ model, engine }: TrainingJob): void {
  if (model.adapter?.frozen === undefined || engine === undefined) return;
  throw new ConfigError("train.engine", "only ONNX Runtime here holds a base in few bits", {
    expected: "no other engine, or --base-quantization none",
    got: "both",
  });
}

function createOptimizer({ store }: Trainer, config: TrainConfig): Optimizer {
  if (config.optimizer === "adafactor") return createAdafactor(store, { relativeStep: false });
  return createAdamW(store, { weightDecay: config.weightDecay });
}

/** Where in a run an update is made. */
type Place = Pick<TrainState, "step" | "epoch" | "stepInEpoch">;

type PlannedUpdate = StepRequest & Pick<TrainingStep, "objective" | "numTokens">;

class Loop {
  readonly #job: TrainingJob;
  readonly #run: RunFolder;
  readonly #trainer: Trainer;
  readonly #optimizer: Optimizer;
  readonly #engine: Engine | undefined;
  readonly #totalSteps: number;
  readonly #start = performance.now();
  #state: TrainState = initialState;

  constructor(
    job: TrainingJob,
    run: RunFolder,
    trainer: Trainer,
    optimizer: Optimizer,
    engine: Engine | undefined,
  ) {
    this.#job = job;
    this.#run = run;
    this.#trainer = trainer;
    this.#optimizer = optimizer;
    this.#engine = engine;
    const { epochs, maxSteps = Number.POSITIVE_INFINITY } = job.config;
    this.#totalSteps = Math.min(maxSteps, epochs * job.source.numSteps(0));
  }

  async run(): Promise<TrainingResult> {
    const { resume, observe, source } = this.#job;
    if (resume) this.#state = await this.#run.restore(this.#trainer, this.#optimizer);
    observe?.({ kind: "start", step: this.#state.step, totalSteps: this.#totalSteps });
    if (this.#engine?.handOver?.(this.#remaining())) return this.#result("handedOver");
    while (this.#state.ended === null) {
      const numSteps = source.numSteps(this.#state.epoch);
      while (this.#state.stepInEpoch < numSteps && this.#state.ended === null) {
        if (this.#mayStop()) return this.#interrupted();
        await this.#update();
        await this.#afterUpdate(this.#state.stepInEpoch === numSteps);
      }
      this.#set({ epoch: this.#state.epoch + 1, stepInEpoch: 0 });
    }
    return this.#result(this.#state.ended);
  }

  #set(changes: Partial<TrainState>): void {
    this.#state = { ...this.#state, ...changes };
  }

  /** Asked to stop, and nothing handed out is still to be counted. */
  #mayStop(): boolean {
    return this.#job.signal?.aborted === true && (this.#engine?.sent ?? 0) <= this.#state.step;
  }

  /** The update at a place of the run. */
  #planned({ step, epoch, stepInEpoch }: Place): PlannedUpdate {
    const { config, source } = this.#job;
    const planned = source.step(epoch, stepInEpoch, this.#exhausted());
    const options = {
      head: planned.head,
      learningRate: this.#learningRate(step),
      maxGradNorm: config.maxGradNorm,
      seed: config.seed,
      step,
    };
    return { ...planned, options };
  }

  /** As far as nothing is decided before it. */
  #ahead(count: number): StepRequest | undefined {
    const { step, epoch, stepInEpoch } = this.#state;
    if (this.#job.signal?.aborted === true) return undefined;
    for (let i = 1; i <= count; i++) {
      const isEpochEnd = stepInEpoch + i >= this.#job.source.numSteps(epoch);
      if (isEpochEnd || this.#isDue(step + i, isEpochEnd) || this.#isSaved(step + i))
        return undefined;
    }
    return this.#planned({ step: step + count, epoch, stepInEpoch: stepInEpoch + count });
  }

  /** All updates to the end, as if no validation stopped the run; null wherever weights are wanted. */
  *#remaining(): Generator<StepRequest | null> {
    let { step, epoch, stepInEpoch } = this.#state;
    while (step < this.#totalSteps) {
      yield this.#planned({ step, epoch, stepInEpoch });
      step++;
      stepInEpoch++;
      const isEpochEnd = stepInEpoch === this.#job.source.numSteps(epoch);
      if (this.#isDue(step, isEpochEnd) || this.#isSaved(step)) yield null;
      if (isEpochEnd) [epoch, stepInEpoch] = [epoch + 1, 0];
    }
  }

  async #update(): Promise<void> {
    const { config, observe } = this.#job;
    const { step, epoch, stepInEpoch } = this.#state;
    const started = performance.now();
    const { objective, numTokens, ...request } = this.#planned(this.#state);
    const { batches, options } = request;
    const made = await this.#engine?.update(request, (count) => this.#ahead(count));
    const report = made ?? (await this.#trainer.update(batches, this.#optimizer, options));
    if (!report.isFinite) {
      const got = `loss ${report.loss}, gradient norm ${report.gradNorm}`;
      throw diverged({ step: step + 1, path: this.#run.path }, got);
    }
    const seconds = made?.seconds ?? (performance.now() - started) / 1000;
    const tokensPerSecond = numTokens / seconds;
    const { loss, gradNorm } = report;
    this.#count(objective, report);
    this.#set({ step: step + 1, stepInEpoch: stepInEpoch + 1 });
    debug(2, () => {
      const rate = Math.round(tokensPerSecond);
      return `step ${step + 1}: loss ${loss}, gradient norm ${gradNorm}, ${rate} tokens/s`;
    });
    observe?.({ kind: "step", step: step + 1, epoch, loss, tokensPerSecond });
    if ((step + 1) % config.logEvery === 0) this.#logWindow(gradNorm, tokensPerSecond);
  }

  #count(objective: string, { loss, count }: { loss: number; count: number }): void {
    const { window } = this.#state;
    const before = window[objective] ?? { loss: 0, count: 0 };
    const sum = { loss: before.loss + loss * count, count: before.count + count };
    this.#set({ window: { ...window, [objective]: sum } });
  }

  #learningRate(step: number): number {
    const { learningRate, schedule, warmupSteps } = this.#job.config;
    const totalSteps = this.#totalSteps;
    return learningRate * scheduleFactor(schedule, step, { warmupSteps, totalSteps });
  }

  #logWindow(gradNorm: number, tokensPerSecond: number): void {
    const { step, epoch, window } = this.#state;
    this.#run.log({
      step,
      epoch,
      ...meanLosses(window),
      gradNorm,
      learningRate: this.#learningRate(step - 1),
      tokensPerSecond: Math.round(tokensPerSecond),
      elapsedSeconds: Math.round((performance.now() - this.#start) / 1000),
    });
    this.#set({ window: {} });
  }

  /** Whether validation follows a step. */
  #isDue(step: number, isEpochEnd: boolean): boolean {
    const { evaluateEvery } = this.#job.config;
    const isDue = evaluateEvery === undefined ? isEpochEnd : step % evaluateEvery === 0;
    return isDue || step >= this.#totalSteps;
  }

  #isSaved(step: number): boolean {
    return step % this.#job.config.saveEvery === 0;
  }

  async #afterUpdate(isEpochEnd: boolean): Promise<void> {
    const { step, epoch } = this.#state;
    const isDue = this.#isDue(step, isEpochEnd);
    if (isDue) await this.#validate();
    if (step >= this.#totalSteps && this.#state.ended === null) {
      const isAll = isEpochEnd && epoch + 1 === this.#job.config.epochs;
      this.#set({ ended: isAll ? "epochs" : "maxSteps" });
    }
    if (isDue || this.#isSaved(step) || this.#state.ended !== null) await this.#save();
  }

  async #validate(): Promise<void> {
    const { selections, validate, observe } = this.#job;
    await this.#engine?.settle();
    this.#requireFinite();
    const report = await validate(this.#trainer);
    if (!Number.isFinite(report.loss))
      throw diverged(this.#place, `validation loss ${report.loss}`);
    const { step, epoch } = this.#state;
    const exhausted = this.#exhausted();
    const bests: string[] = [];
    for (const selection of selections) {
      if (exhausted.has(selection.name)) continue;
      if (await this.#judge(selection, report)) bests.push(selection.name);
    }
    const isBest = bests.length > 0;
    const which = selections.length > 1 ? { best: bests } : {};
    this.#run.log({ step, epoch, event: "validation", ...report, isBest, ...which });
    observe?.({ kind: "validation", step, report, isBest });
    if (this.#exhausted().size === selections.length) this.#set({ ended: "patience" });
  }

  /** @returns whether the model is the selection's best so far; it is saved then */
  async #judge(selection: Selection, report: Report): Promise<boolean> {
    const { step, standings } = this.#state;
    const standing = judged(this.#standing(selection), selection, report, step);
    const isBest = standing.best?.step === step;
    const { completeFolder } = this.#job;
    if (isBest) await this.#run.saveBest(selection.name, this.#trainer.model, completeFolder);
    this.#set({ standings: { ...standings, [selection.name]: standing } });
    return isBest;
  }

  #standing({ name }: Selection): Standing {
    return this.#state.standings[name] ?? initialStanding;
  }

  /** Selections that no better model is waited for. */
  #exhausted(): ReadonlySet<string> {
    const { selections, config } = this.#job;
    const over = selections.filter((selection) =>
      isExhausted(
        this.#standing(selection),
        selection.patience ?? config.patience,
        config.patienceCounts,
      ),
    );
    return new Set(over.map(({ name }) => name));
  }

  async #save(): Promise<void> {
    const { model } = this.#trainer;
    await this.#engine?.settle();
    this.#requireFinite();
    await this.#run.save(model, this.#optimizer, this.#state, this.#job.completeFolder);
  }

  get #place() {
    return { step: this.#state.step, path: this.#run.path };
  }

  #requireFinite(): void {
    requireFiniteWeights(this.#trainer.store.values, this.#place);
  }

  async #interrupted(): Promise<TrainingResult> {
    await this.#save();
    return this.#result("interrupted");
  }

  #result(reason: TrainingResult["reason"]): TrainingResult {
    const { step, epoch } = this.#state;
    const [first] = this.#job.selections;
    const { best } = this.#standing(first);
    return { step, epoch, reason, best, bestFolder: this.#run.bestFolder(first.name) };
  }
}

/** The mean loss; several objectives are told one by one, and their mean is the loss. */
function meanLosses(window: TrainState["window"]): Record<string, unknown> {
  const means = Object.entries(window).map(
    ([name, { loss, count }]) => [name, loss / count] as const,
  );
  if (means.length === 1 && "loss" in window) return Object.fromEntries(means);
  const loss = means.reduce((sum, [, mean]) => sum + mean, 0) / means.length;
  return { loss, objectives: Object.fromEntries(means) };
}
