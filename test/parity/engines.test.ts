/**
 * @file ONNX Runtime with gradients of ours against PyTorch with its own: a third witness for every family.
 * Tolerances are those of the project's contract.
 */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { Random } from "../../src/base/index.ts";
import { findTorch, type TorchSettings, torchEngine } from "../../src/engine/index.ts";
import type { Batch, Head, Model } from "../../src/model/index.ts";
import { createAdafactor, createAdamW, type Optimizer } from "../../src/optim/index.ts";
import {
  adaptedForTraining,
  type Engine,
  type StepRequest,
  Trainer,
} from "../../src/train/index.ts";
import { torchSettings } from "../torch-settings.ts";
import { toyGpt2, toyLlama, toyLlamaTied, toyMistral, toyOf, toyRoberta } from "../toy-families.ts";
import { toyConfigV11, toyModel } from "../toy-model.ts";

process.env.CODET5_THREADS = "1";
const hasTorch = await findTorch().then(
  () => true,
  () => false,
);
const scratch = mkdtempSync(join(tmpdir(), "codet5-engines-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const numSteps = 20;

/** A model, the batches that it learns from, and where it differs from the rest. */
interface Case {
  readonly model: () => Model;
  readonly labels: "own" | "inputs" | "classes";
  readonly optimizer?: "adafactor";
  readonly dropoutRate?: number;
  readonly accumulation?: number;
}

const cases: Readonly<Record<string, Case>> = {
  t5: { model: () => toyModel(), labels: "own" },
  "t5 1.1, exact dropout, two batches a step": {
    model: () => toyModel(toyConfigV11),
    labels: "own",
    dropoutRate: 0.1,
    accumulation: 2,
  },
  "t5, Adafactor": { model: () => toyModel(), labels: "own", optimizer: "adafactor" },
  "t5, adapters": { model: () => adapted(toyModel()), labels: "own" },
  "t5, defect": { model: () => toyModel({}, { head: "defect" }), labels: "classes" },
  llama: { model: () => toyOf(toyLlama), labels: "inputs" },
  "llama, adapters with dropout": { model: () => adapted(toyOf(toyLlama), 0.1), labels: "inputs" },
  "llama, tied": { model: () => toyOf(toyLlamaTied), labels: "inputs", dropoutRate: 0.2 },
  mistral: { model: () => toyOf(toyMistral), labels: "inputs" },
  gpt2: { model: () => toyOf(toyGpt2), labels: "inputs" },
  roberta: { model: () => toyOf(toyRoberta), labels: "inputs" },
  "roberta, classification": {
    model: () => toyOf(toyRoberta, { head: "classification" as Head }),
    labels: "classes",
    dropoutRate: 0.1,
  },
};

/** Adapters that count from the first step: fresh ones multiply by zero, which would hide half the gradients. */
function adapted(whole: Model, dropout = 0): Model {
  const lora = { rank: 3, alpha: 6, dropout };
  const model = adaptedForTraining(whole, (same) => same, lora, { folder: "base", seed: 2 });
  const random = new Random(3, "adapters");
  for (const { name } of model.trainable) {
    const { data } = model.weights.get(name)!;
    for (let i = 0; i < data.length; i++) data[i] = 0.2 * random.normal();
  }
  return model;
}

function requestsOf({ labels, accumulation = 1, optimizer }: Case, model: Model): StepRequest[] {
  const random = new Random(5, "engines");
  const row = (length: number) => [...Array.from({ length }, () => 3 + random.below(37)), 2];
  const batch = (): Batch => {
    const inputIds = [9, 5, 12, 7].map(row);
    const own = [4, 6, 3, 5].map(row);
    const classes = [0, 1, 1, 0];
    return { inputIds, labels: { own, inputs: inputIds, classes }[labels] };
  };
  return Array.from({ length: numSteps }, (_, step) => ({
    batches: Array.from({ length: accumulation }, batch),
    options: {
      head: model.head,
      learningRate: optimizer === "adafactor" ? 0.02 : 1e-3,
      maxGradNorm: step === 0 ? 0 : 1,
      seed: 7,
      step,
    },
  }));
}

function optimizerOf({ optimizer }: Case, { store }: Trainer): Optimizer {
  if (optimizer === "adafactor") return createAdafactor(store, { relativeStep: false });
  return createAdamW(store, { weightDecay: 0.01 });
}

async function startTorch(
  name: string,
  one: Case,
  processes: number,
  settings: Partial<TorchSettings> = {},
) {
  const trainer = await Trainer.create(one.model(), one.dropoutRate ?? 0);
  const optimizer = optimizerOf(one, trainer);
  const out = join(scratch, `${name.replace(/\W+/g, "-")}-${processes}`);
  mkdirSync(out);
  const config = { seed: 7, optimizer: one.optimizer ?? "adamw", weightDecay: 0.01 };
  const start = await torchEngine(torchSettings({ processes, ...settings }));
  const engine = await start({ trainer, optimizer, out, resume: false, config: config as never });
  return { trainer, optimizer, engine };
}

async function curveOf(engine: Engine, requests: readonly StepRequest[], from = 0) {
  const losses: number[] = [];
  for (let i = from; i < requests.length; i++) {
    const { loss } = await engine.update(requests[i]!, (count) => requests[i + count]);
    losses.push(loss);
  }
  return losses;
}

/** Parameters whose gradients, as vectors, differ by more than 0.1 %, or by rounding where they vanish. */
function apart(a: Optimizer, b: Optimizer): string[] {
  const other = b.state();
  const moments = [...a.state()].filter(([name]) => name.startsWith("exp_avg."));
  return moments.flatMap(([name, { data }]) => {
    const want = other.get(name)!.data;
    const distance = Math.hypot(...data.map((value, i) => value - want[i]!));
    return distance <= 1e-3 * Math.hypot(...want) + 1e-7 ? [] : [`${name}: ${distance}`];
  });
}

describe.runIf(hasTorch)("both engines", () => {
  test.each(Object.entries(cases))(
    "%s: loss, gradients and 20 steps agree",
    async (name, one) => {
      const ours = await Trainer.create(one.model(), one.dropoutRate ?? 0);
      const optimizer = optimizerOf(one, ours);
      const requests = requestsOf(one, ours.model);
      const torch = await startTorch(name, one, 1);
      const losses: number[] = [];
      for (const [i, { batches, options }] of requests.entries()) {
        const { loss } = await ours.update(batches, optimizer, options);
        losses.push(loss);
        if (i > 0) continue;
        const first = await torch.engine.update(requests[0]!, () => undefined);
        expect(Math.abs(first.loss - loss)).toBeLessThan(1e-5);
        await torch.engine.settle();
        // after one update without clipping the first moment is a tenth of the gradient
        if (one.optimizer === undefined) expect(apart(torch.optimizer, optimizer)).toEqual([]);
      }
      const curve = await curveOf(torch.engine, requests, 1);
      expect(losses.at(-1)).toBeLessThan(losses[0]! + 0.5);
      expect([losses[0], ...curve]).toBeAllclose(losses, { atol: 1e-3 });
      await torch.engine.settle();
      await torch.engine.release();
      await ours.release();
    },
    240_000,
  );

  test("two processes give the curve of one with the same global batch, dropout included", async () => {
    const one = { ...cases.t5!, dropoutRate: 0.1, accumulation: 3 };
    const curves: number[][] = [];
    for (const processes of [1, 2]) {
      const { engine, trainer } = await startTorch("together", one, processes);
      curves.push(await curveOf(engine, requestsOf(one, trainer.model)));
      await engine.settle();
      await engine.release();
    }
    expect(curves[1]).toBeAllclose(curves[0]!, { atol: 1e-5 });
  }, 240_000);

  test("bfloat16 learns alike", async () => {
    const one = cases.t5!;
    const { engine, trainer } = await startTorch("bfloat16", one, 1, { precision: "bfloat16" });
    const half = await curveOf(engine, requestsOf(one, trainer.model));
    await engine.settle();
    await engine.release();
    const full = await startTorch("float32", one, 1);
    const curve = await curveOf(full.engine, requestsOf(one, full.trainer.model));
    await full.engine.settle();
    await full.engine.release();
    expect(half).toBeAllclose(curve, { rtol: 0.02 });
    expect(half).not.toEqual(curve);
  }, 240_000);
});
