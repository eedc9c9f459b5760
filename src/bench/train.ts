/**
 * @file How fast a model trains: the whole step (forward, backward, global-norm clipping, AdamW)
 * against the machine's own matrix-product rate, measured in turns.
 */

import { performance } from "node:perf_hooks";
import { memoryUsage, resourceUsage } from "node:process";
import { Random, RuntimeFailure } from "../base/index.ts";
import { sizeOfDim } from "../graph/index.ts";
import { type Batch, createModel, type Model, namedGraph } from "../model/index.ts";
import { createAdamW, type Optimizer } from "../optim/index.ts";
import { Trainer } from "../train/index.ts";
import { compareDimensions } from "./dimensions.ts";
import { createGemmMeter, type GemmMeter, type GemmShape } from "./gemm.ts";
import { dimensionSizes, type FlopSizes, matmulFlops } from "./matmul-flops.ts";
import { median } from "./median.ts";

export interface TrainBenchOptions extends FlopSizes {
  /** `config.json` of the model, a T5. */
  readonly modelConfig: Readonly<Record<string, unknown>>;
  /** Full steps in the main part, whose memory is watched. */
  readonly steps: number;
  /** Full steps with dropout, and runs of either kind of dimensions. */
  readonly comparisonSteps: number;
  readonly dropoutRate: number;
  readonly gemm: GemmShape;
  readonly seed: number;
}

/** Called as work goes on, in steps done of `total`. */
export type BenchProgress = (done: number, total: number, doing: string) => void;

/** Steps whose time is not counted: first calls allocate. */
const warmUpSteps = 3;
/** Steps between two blocks of matrix products. */
const blockSteps = 5;
/** Steps without the optimizer in every block. */
const plainBlockSteps = 2;

/** Backward takes two products for each of forward's: one for either operand's gradient. */
const stepFactor = 3;

export async function benchTrain(options: TrainBenchOptions, tell: BenchProgress) {
  const model = createModel("t5", options.modelConfig, { seed: options.seed });
  const batch = randomBatch(options, model.config.vocabSize);
  const formula = matmulFlops(namedGraph(model, "loss"));
  const forwardFlops = sizeOfDim(formula, dimensionSizes(options))!;
  const flops = stepFactor * forwardFlops;
  const tokens = options.batchSize * (options.sourceLength + options.targetLength);
  const total = options.steps + 2 * options.comparisonSteps;
  const setting = { model, batch, flops, tokens, options };
  const step = await measureSteps(setting, 0, options.steps, (done) =>
    tell(done, total, "training"),
  );
  const dropout = await measureSteps(
    setting,
    options.dropoutRate,
    options.comparisonSteps,
    (done) => tell(options.steps + done, total, "training with dropout"),
  );
  const done = options.steps + options.comparisonSteps;
  const dimensions = await compareDimensions(
    { model, batch, sizes: dimensionSizes(options), runs: options.comparisonSteps },
    (runs) => tell(done + runs, total, "named and fixed dimensions"),
  );
  const { memory, ...speed } = step;
  const { memory: _unused, ...dropoutSpeed } = dropout;
  return {
    modelFlopsPerStep: flops,
    flopCount: { forward: forwardFlops, factor: stepFactor, formula: String(formula) },
    tokensPerStep: tokens,
    step: speed,
    dropout: { rate: options.dropoutRate, ...dropoutSpeed },
    memory,
    dimensions,
  };
}

/** Full-length rows of random ids; nothing is padded. */
export function randomBatch(
  options: FlopSizes & { readonly seed: number },
  vocabSize: number,
): Batch {
  const random = new Random(options.seed, "bench");
  const firstId = Math.min(3, vocabSize - 1); // past pad, start and end
  const rows = (length: number) =>
    Array.from({ length: options.batchSize }, () =>
      Array.from({ length }, () => firstId + random.below(vocabSize - firstId)),
    );
  return { inputIds: rows(options.sourceLength), labels: rows(options.targetLength) };
}

interface Setting {
  readonly model: Model;
  readonly batch: Batch;
  readonly flops: number;
  readonly tokens: number;
  readonly options: TrainBenchOptions;
}

/** Makes no update: what is left is forward, backward and the norm of the gradient. */
const noOptimizer: Optimizer = {
  stepCount: 0,
  step: () => {},
  state: () => new Map(),
  loadState: () => {},
};

async function measureSteps(
  setting: Setting,
  dropoutRate: number,
  steps: number,
  tell: (done: number) => void,
) {
  const gemm = await createGemmMeter(setting.options.gemm);
  const trainer = await Trainer.create(setting.model, dropoutRate);
  const optimizer = createAdamW(trainer.store, {});
  const run = (by: Optimizer, step: number) => timedStep(trainer, setting, by, step);
  for (let i = 0; i < warmUpSteps; i++) await run(optimizer, i);
  const times = { full: [] as number[], plain: [] as number[], rss: [] as number[] };
  for (let step = 0; step < steps; step++) {
    const place = step % blockSteps;
    if (place === 0) await gemm.measure();
    times.full.push(await run(optimizer, warmUpSteps + step));
    if (place < plainBlockSteps) times.plain.push(await run(noOptimizer, warmUpSteps + step));
    times.rss.push(memoryUsage.rss());
    tell(step + 1);
  }
  await gemm.measure();
  const memory = memoryOf(times.rss);
  const speed = speedOf(setting, times, gemm);
  await trainer.release();
  await gemm.release();
  return { steps, ...speed, memory };
}

async function timedStep(
  trainer: Trainer,
  { batch, options }: Setting,
  optimizer: Optimizer,
  step: number,
): Promise<number> {
  const start = performance.now();
  const update = { learningRate: 1e-4, maxGradNorm: 1, seed: options.seed, step };
  const report = await trainer.update([batch], optimizer, update);
  const ms = performance.now() - start;
  if (report.isFinite) return ms;
  throw new RuntimeFailure("bench.nan", "the loss is not finite", {
    expected: "a number",
    got: `NaN or infinite at step ${step}`,
  });
}

function speedOf(
  { flops, tokens }: Setting,
  times: { readonly full: readonly number[]; readonly plain: readonly number[] },
  gemm: GemmMeter,
) {
  const [ms, msWithoutOptimizer] = [median(times.full), median(times.plain)];
  const flopsPerSecond = (1000 * flops) / ms;
  return {
    ms,
    msWithoutOptimizer,
    tokensPerSecond: (1000 * tokens) / ms,
    flopsPerSecond,
    gemm: { ...gemm.shape, products: gemm.count(), flopsPerSecond: gemm.rate() },
    ratio: flopsPerSecond / gemm.rate(),
    ratioWithoutOptimizer: (1000 * flops) / msWithoutOptimizer / gemm.rate(),
  };
}

/** Resident memory over the steps; growth compares the medians of the first and the last tenth. */
function memoryOf(rss: readonly number[]) {
  const tenth = Math.max(1, Math.ceil(rss.length / 10));
  const [startBytes, endBytes] = [median(rss.slice(0, tenth)), median(rss.slice(-tenth))];
  return {
    peakRssBytes: resourceUsage().maxRSS * 1024,
    startBytes,
    endBytes,
    growthBytes: endBytes - startBytes,
    steps: rss.length,
  };
}
