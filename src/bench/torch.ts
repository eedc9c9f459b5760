/** @file Training steps in turns: ONNX Runtime, the graph on PyTorch, and a T5 written by hand for PyTorch. */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { createInterface } from "node:readline";
import { z } from "zod";
import { parseJson, RuntimeFailure } from "../base/index.ts";
import { createJobFolder, findTorch, workerFolder } from "../engine/index.ts";
import { sizeOfDim } from "../graph/index.ts";
import { createModel, namedGraph } from "../model/index.ts";
import { createAdamW } from "../optim/index.ts";
import { defaultThreads } from "../runtime/index.ts";
import { type StepRequest, Trainer } from "../train/index.ts";
import { dimensionSizes, type FlopSizes, matmulFlops } from "./matmul-flops.ts";
import { median } from "./median.ts";
import { type BenchProgress, randomBatch } from "./train.ts";

export interface TorchBenchOptions extends FlopSizes {
  /** `config.json` of the model, a T5 with as many layers in its decoder as in its encoder. */
  readonly modelConfig: Readonly<Record<string, unknown>>;
  /** The same shape as the model written by hand reads it. */
  readonly shape: Readonly<Record<string, number>>;
  readonly steps: number;
  readonly device: "cpu" | "cuda";
  readonly seed: number;
}

const helloSchema = z.object({ torch: z.string(), losses: z.record(z.string(), z.number()) });
const turnSchema = z.object({ ms: z.record(z.string(), z.number()), peakDeviceBytes: z.number() });

/** Backward takes two products for each of forward's. */
const stepFactor = 3;

/** @throws RuntimeFailure `engine.torch`, `bench.torch` when the script ends early */
export async function benchTorch(options: TorchBenchOptions, tell: BenchProgress) {
  const python = await findTorch();
  const model = createModel("t5", options.modelConfig, { seed: options.seed });
  const trainer = await Trainer.create(model, 0);
  const optimizer = createAdamW(trainer.store, { weightDecay: 0 });
  const { seed } = options;
  const request: StepRequest = {
    batches: [randomBatch(options, model.config.vocabSize)],
    options: { head: model.head, learningRate: 1e-4, maxGradNorm: 1, seed, step: 0 },
  };
  const folder = mkdtempSync(join(tmpdir(), "codet5-bench-"));
  const config = { seed, optimizer: "adamw", weightDecay: 0 } as const;
  const job = createJobFolder(folder, { trainer, optimizer, config }, plainSettings);
  job.addSteps([request]);
  const script = startScript(python.command, folder, options);
  try {
    const hello = helloSchema.parse(await script.line());
    const ours = () => trainer.update(request.batches, optimizer, request.options);
    const { loss } = await ours();
    const times: Record<string, number[]> = { "ONNX Runtime float32": [] };
    let peakDeviceBytes = 0;
    for (let step = 0; step <= options.steps; step++) {
      const started = performance.now();
      await ours();
      const ms = performance.now() - started;
      const turn = turnSchema.parse(await script.turn());
      tell(step, options.steps, "in turns");
      // the first turn allocates
      if (step === 0) continue;
      peakDeviceBytes = turn.peakDeviceBytes;
      times["ONNX Runtime float32"]!.push(ms);
      for (const [name, value] of Object.entries(turn.ms)) {
        times[name] = [...(times[name] ?? []), value];
      }
    }
    const losses = { "ONNX Runtime float32": loss, ...hello.losses };
    const figures = figuresOf(times, options, flopsOf(model, options));
    return { torch: hello.torch, losses, ...figures, peakDeviceBytes };
  } finally {
    script.end();
    await trainer.release();
    rmSync(folder, { recursive: true, force: true });
  }
}

const plainSettings = {
  processes: 1,
  precision: "float32",
  nativeDropout: false,
  compile: false,
  shard: false,
} as const;

function flopsOf(model: Parameters<typeof namedGraph>[0], options: FlopSizes): number {
  return stepFactor * sizeOfDim(matmulFlops(namedGraph(model, "loss")), dimensionSizes(options))!;
}

function figuresOf(times: Record<string, number[]>, options: FlopSizes, flops: number) {
  const tokens = options.batchSize * (options.sourceLength + options.targetLength);
  const ms = Object.fromEntries(Object.entries(times).map(([name, all]) => [name, median(all)]));
  const ratio = (a: string, b: string) => {
    return median(times[a]!.map((value, turn) => value / times[b]![turn]!));
  };
  const perSecond = (amount: number) =>
    Object.fromEntries(Object.entries(ms).map(([name, value]) => [name, (1000 * amount) / value]));
  return {
    ms,
    tokensPerSecond: perSecond(tokens),
    flopsPerSecond: perSecond(flops),
    flopsPerStep: flops,
    tokensPerStep: tokens,
    ratios: {
      "graph to hand-written, float32": ratio("graph float32", "hand-written float32"),
      "graph to hand-written, bfloat16": ratio("graph bfloat16", "hand-written bfloat16"),
      "graph bfloat16 to ONNX Runtime float32": ratio("graph bfloat16", "ONNX Runtime float32"),
    },
  };
}

/** The script that takes PyTorch's turns, one for every line it is given. */
function startScript(python: string, folder: string, { shape, device }: TorchBenchOptions) {
  const script = join(workerFolder, "bench", "compare.py");
  const threads = ["--threads", String(defaultThreads())];
  const args = [script, folder, "--config", JSON.stringify(shape), "--device", device, ...threads];
  const child = spawn(python, args, { stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  // a script that has ended is told by its missing line
  child.stdin.on("error", () => {});
  const line = async (): Promise<unknown> => {
    const { value, done } = await lines.next();
    if (done !== true) return parseJson(value, script);
    throw new RuntimeFailure("bench.torch", "the comparison's script ended early", {
      where: script,
    });
  };
  return {
    line,
    turn: () => {
      child.stdin.write("\n");
      return line();
    },
    end: () => {
      child.kill();
    },
  };
}
