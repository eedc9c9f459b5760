/** @file The training loop: batches in order, updates, validation, early stopping, checkpoints. */
import { performance } from "node:perf_hooks";
import { RuntimeFailure } from "../base/index.ts";
import { planBatches } from "../data/index.ts";
import { type Direction, isBetter } from "../metrics/index.ts";
import type { Model } from "../model/index.ts";
import { createAdafactor, createAdamW, type Optimizer, scheduleFactor } from "../optim/index.ts";
import type { TrainConfig } from "./config.ts";
import { batchOf, type Example, lengthsOf, tokensOf } from "./example.ts";
import { initialState, RunFolder, type TrainState, type WriteTokenizer } from "./run-folder.ts";
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
      readonly isBest: boolean;
    };

export interface TrainingJob {
  /** Run folder. */
  readonly out: string;
  /** Saved as the folder's config.json, compared on resume. */
  readonly description: Readonly<Record<string, unknown>>;
  readonly resume: boolean;
  readonly config: TrainConfig;
  /** Starting point. */
  readonly model: Model;
  readonly examples: readonly Example[];
  readonly validation: readonly Example[];
  /** Figures beyond the validation loss, such as BLEU on generated text. */
  readonly score?: (model: Model) => Promise<Report>;
  /** Which figure of a report decides what is best. */
  readonly selection: { readonly metric: string; readonly direction: Direction };
  readonly writeTokenizer: WriteTokenizer;
  /** Ends the run after the current step, saved. */
  readonly signal?: AbortSignal;
  readonly observe?: (event: TrainingEvent) => void;
}

export interface TrainingResult {
  readonly step: number;
  readonly epoch: number;
  readonly reason: "epochs" | "maxSteps" | "patience" | "interrupted";
  readonly best: TrainState["best"];
  /** Where the best model lies; the last one lies in `checkpoint/`. */
  readonly bestFolder: string;
}

/**
 * Train until the epochs, steps or patience are used up, or the signal says stop. Every decision is a
 * function of the configuration and the state, so a run killed at any moment and resumed ends in the
 * same bytes.
 * @throws RuntimeFailure `train.diverged` when loss or gradients stop being finite; the last
 * checkpoint is kept. Also the run folder's errors
 */
export async function train(job: TrainingJob): Promise<TrainingResult> {
  const run = RunFolder.open(job.out, job.description, job.resume);
  let trainer: Trainer | undefined;
  try {
    trainer = await Trainer.create(job.model, job.config.dropoutRate);
    const optimizer = createOptimizer(trainer, job.config);
    const loop = new Loop(job, run, trainer, optimizer);
    return await loop.run();
  } finally {
    await trainer?.release();
    run.close();
  }
}

function createOptimizer({ store }: Trainer, config: TrainConfig): Optimizer {
  if (config.optimizer === "adafactor") return createAdafactor(store, { relativeStep: false });
  return createAdamW(store, { weightDecay: config.weightDecay });
}

class Loop {
  readonly #job: TrainingJob;
  readonly #run: RunFolder;
  readonly #trainer: Trainer;
  readonly #optimizer: Optimizer;
  readonly #totalSteps: number;
  readonly #start = performance.now();
  #state: TrainState = initialState;

  constructor(job: TrainingJob, run: RunFolder, trainer: Trainer, optimizer: Optimizer) {
    this.#job = job;
    this.#run = run;
    this.#trainer = trainer;
    this.#optimizer = optimizer;
    const { epochs, maxSteps = Number.POSITIVE_INFINITY } = job.config;
    this.#totalSteps = Math.min(maxSteps, epochs * this.#stepsOf(0).length);
  }

  async run(): Promise<TrainingResult> {
    const { resume, observe, signal } = this.#job;
    if (resume) this.#state = await this.#run.restore(this.#trainer, this.#optimizer);
    observe?.({ kind: "start", step: this.#state.step, totalSteps: this.#totalSteps });
    while (this.#state.ended === null) {
      const steps = this.#stepsOf(this.#state.epoch);
      while (this.#state.stepInEpoch < steps.length && this.#state.ended === null) {
        if (signal?.aborted) return this.#interrupted();
        await this.#update(steps[this.#state.stepInEpoch]!);
        await this.#afterUpdate(this.#state.stepInEpoch === steps.length);
      }
      this.#set({ epoch: this.#state.epoch + 1, stepInEpoch: 0 });
    }
    return this.#result(this.#state.ended);
  }

  #set(changes: Partial<TrainState>): void {
    this.#state = { ...this.#state, ...changes };
  }

  /** The batches of each step of an epoch; the last step may have fewer. */
  #stepsOf(epoch: number): (readonly (readonly number[])[])[] {
    const { examples, config } = this.#job;
    const { batchSize, accumulation, seed } = config;
    const lengths = examples.map(lengthsOf);
    const { batches } = planBatches({ lengths, batchSize, seed, epoch, multipleOf: 8 });
    const steps = Math.ceil(batches.length / accumulation);
    return Array.from({ length: steps }, (_, i) => {
      return batches.slice(i * accumulation, (i + 1) * accumulation);
    });
  }

  async #update(indices: readonly (readonly number[])[]): Promise<void> {
    const { config, examples } = this.#job;
    const { step, epoch, window } = this.#state;
    const started = performance.now();
    const chosen = indices.map((batch) => batch.map((i) => examples[i]!));
    const report = await this.#trainer.update(chosen.map(batchOf), this.#optimizer, {
      learningRate: this.#learningRate(step),
      maxGradNorm: config.maxGradNorm,
      seed: config.seed,
      step,
    });
    if (!report.isFinite) throw diverged(step + 1, report.loss, report.gradNorm, this.#run.path);
    const seconds = (performance.now() - started) / 1000;
    const tokensPerSecond = tokensOf(chosen.flat()) / seconds;
    const { loss, count, gradNorm } = report;
    this.#set({
      step: step + 1,
      stepInEpoch: this.#state.stepInEpoch + 1,
      window: {
        loss: window.loss + loss * count,
        count: window.count + count,
        steps: window.steps + 1,
      },
    });
    this.#job.observe?.({ kind: "step", step: step + 1, epoch, loss, tokensPerSecond });
    if ((step + 1) % config.logEvery === 0) this.#logWindow(gradNorm, tokensPerSecond);
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
      loss: window.loss / window.count,
      gradNorm,
      learningRate: this.#learningRate(step - 1),
      tokensPerSecond: Math.round(tokensPerSecond),
      elapsedSeconds: Math.round((performance.now() - this.#start) / 1000),
    });
    this.#set({ window: { loss: 0, count: 0, steps: 0 } });
  }

  async #afterUpdate(isEpochEnd: boolean): Promise<void> {
    const { evaluateEvery, saveEvery, epochs } = this.#job.config;
    const { step, epoch } = this.#state;
    const isLast = step >= this.#totalSteps;
    const isDue = evaluateEvery === undefined ? isEpochEnd : step % evaluateEvery === 0;
    if (isDue || isLast) await this.#validate();
    if (isLast && this.#state.ended === null) {
      this.#set({ ended: isEpochEnd && epoch + 1 === epochs ? "epochs" : "maxSteps" });
    }
    const isSaved = isDue || step % saveEvery === 0;
    if (isSaved || this.#state.ended !== null) await this.#save();
  }

  async #validate(): Promise<void> {
    const { selection, score, config, observe, writeTokenizer } = this.#job;
    const { model } = this.#trainer;
    const report: Report = { loss: await this.#validationLoss(), ...(await score?.(model)) };
    const value = report[selection.metric] ?? Number.NaN;
    const { best, step, epoch } = this.#state;
    const { loss = Number.NaN } = report;
    // a young model may score 0 for long: among equals the lower loss wins
    const isTie = best !== null && value === best.value && loss < best.loss;
    const isBest = isTie || isBetter(selection.direction, value, best?.value);
    if (isBest) await this.#run.saveBest(model, writeTokenizer);
    const validationsSinceBest = isBest ? 0 : this.#state.validationsSinceBest + 1;
    this.#set({ best: isBest ? { value, loss, step } : best, validationsSinceBest });
    this.#run.log({ step, epoch, event: "validation", ...report, isBest });
    observe?.({ kind: "validation", step, report, isBest });
    const { patience } = config;
    if (patience > 0 && validationsSinceBest >= patience) this.#set({ ended: "patience" });
  }

  /** Mean over scored items, nats, without dropout. */
  async #validationLoss(): Promise<number> {
    const { validation, config } = this.#job;
    const lengths = validation.map(lengthsOf);
    const plan = planBatches({
      lengths,
      batchSize: config.batchSize,
      seed: 0,
      epoch: 0,
      shuffle: false,
    });
    let loss = 0;
    let count = 0;
    for (const batch of plan.batches) {
      const examples = batch.map((i) => validation[i]!);
      const result = await this.#trainer.model.evaluateLoss(batchOf(examples));
      loss += result.loss;
      count += result.count;
    }
    return loss / count;
  }

  async #save(): Promise<void> {
    const { model } = this.#trainer;
    await this.#run.save(model, this.#optimizer, this.#state, this.#job.writeTokenizer);
  }

  async #interrupted(): Promise<TrainingResult> {
    await this.#save();
    return this.#result("interrupted");
  }

  #result(reason: TrainingResult["reason"]): TrainingResult {
    const { step, epoch, best } = this.#state;
    return { step, epoch, reason, best, bestFolder: this.#run.bestFolder };
  }
}

function diverged(step: number, loss: number, gradNorm: number, where: string): RuntimeFailure {
  return new RuntimeFailure("train.diverged", `training diverged at step ${step}`, {
    expected: "finite loss and gradients",
    got: `loss ${loss}, gradient norm ${gradNorm}`,
    where,
    help: "the last checkpoint is kept; lower the learning rate or raise the warm-up",
  });
}
