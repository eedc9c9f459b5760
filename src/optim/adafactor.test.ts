/** @file Adafactor against a naive reading of Hugging Face's formulas in float64. */
import { expect, test } from "vitest";
import { Random } from "../base/index.ts";
import { type AdafactorConfig, adafactorDefaults, createAdafactor } from "./adafactor.ts";
import { accumulateGradients } from "./gradient-norm.ts";
import { createParameterStore, type ParameterStore } from "./parameter-store.ts";

const specs = [
  { name: "matrix", shape: [6, 9] },
  { name: "stack", shape: [2, 3, 4] },
  { name: "rows of vectors", shape: [70, 12] },
  { name: "stack of odd rows", shape: [2, 3, 5] },
  { name: "vector", shape: [7] },
  { name: "scalar", shape: [] },
];

function filledStore(): ParameterStore {
  const store = createParameterStore(specs);
  fill(store.values, new Random(1), 0.1);
  return store;
}

function fill(tensors: ParameterStore["values"], random: Random, size: number): void {
  for (const { data } of tensors.values()) {
    for (let i = 0; i < data.length; i++) data[i] = size * random.normal();
  }
}

const gradientSize = (step: number) => (step === 3 ? 50 : 1);

/** One parameter's run, all formulas spelled out over index lists. */
function referenceRun(
  start: Float32Array,
  shape: readonly number[],
  gradientsAt: (step: number) => Float32Array,
  config: AdafactorConfig,
): number[] {
  const c = { ...adafactorDefaults, ...config };
  let p = [...start];
  let [row, col, sq, momentum] = [0, 1, 2, 3].map(() => p.map(() => 0)) as number[][];
  const [R, C] = shape.length < 2 ? [1, p.length] : [shape.at(-2)!, shape.at(-1)!];
  const rowOf = (i: number) =>
    p.map((_, k) => k).filter((k) => Math.floor(k / C) === Math.floor(i / C));
  const matrixOf = (i: number) => Math.floor(i / (R * C));
  const colOf = (i: number) =>
    p.map((_, k) => k).filter((k) => matrixOf(k) === matrixOf(i) && k % C === i % C);
  const mean = (x: readonly number[]) => x.reduce((a, b) => a + b, 0) / x.length;
  const rms = (x: readonly number[]) => Math.sqrt(mean(x.map((v) => v * v)));
  for (let step = 1; step <= 8; step++) {
    const g = [...gradientsAt(step)].map((x) => x * 0.5);
    const beta2 = 1 - step ** c.decayRate;
    const squares = g.map((x) => x * x + c.epsSquare);
    const fold = (old: number[], now: (i: number) => number) =>
      old.map((x, i) => beta2 * x + (1 - beta2) * now(i));
    let u: number[];
    if (shape.length >= 2) {
      row = fold(row!, (i) => mean(rowOf(i).map((k) => squares[k]!)));
      col = fold(col!, (i) => mean(colOf(i).map((k) => squares[k]!)));
      const rowMean = (i: number) => mean(colOf(i).map((k) => row![k]!));
      u = g.map((x, i) => x / Math.sqrt((row![i]! / rowMean(i)) * col![i]!));
    } else {
      sq = fold(sq!, (i) => squares[i]!);
      u = g.map((x, i) => x / Math.sqrt(sq![i]!));
    }
    const clip = Math.max(1, rms(u) / c.clipThreshold);
    const relative = Math.min(c.warmupInit ? 1e-6 * step : 1e-2, 1 / Math.sqrt(step));
    const rate =
      (c.relativeStep ? relative : 0.03) * (c.scaleParameter ? Math.max(c.epsScale, rms(p)) : 1);
    u = u.map((x) => (x / clip) * rate);
    if (config.beta1 !== undefined) {
      momentum = momentum!.map((x, i) => config.beta1! * x + (1 - config.beta1!) * u[i]!);
      u = momentum;
    }
    p = p.map((x, i) => x - c.weightDecay * rate * x - u[i]!);
  }
  return p;
}

const cases: Record<string, AdafactorConfig> = {
  "the defaults": {},
  "a given rate, unscaled": { relativeStep: false, scaleParameter: false },
  "a given rate, scaled, with decay": { relativeStep: false, weightDecay: 0.1 },
  "momentum and a low threshold": { relativeStep: false, beta1: 0.9, clipThreshold: 0.5 },
  "warm-up from nothing": { warmupInit: true },
};

test.each(Object.entries(cases))("adafactor: 8 steps agree with the formulas, %s", (_, config) => {
  const store = filledStore();
  const untouched = filledStore();
  const optimizer = createAdafactor(store, config);
  for (let step = 1; step <= 8; step++) {
    fill(store.gradients, new Random(2, step), gradientSize(step));
    optimizer.step({ learningRate: 0.03, gradientScale: 0.5 });
  }
  for (const { name, shape } of specs) {
    const gradientsAt = (step: number) => {
      fill(untouched.gradients, new Random(2, step), gradientSize(step));
      return untouched.gradients.get(name)!.data;
    };
    const want = referenceRun(untouched.values.get(name)!.data, shape, gradientsAt, config);
    expect(store.values.get(name)!.data).toBeAllclose(want, { rtol: 1e-5, atol: 1e-7 });
  }
});

test("adafactor: a matrix keeps one row and one column of second moments", () => {
  const state = createAdafactor(filledStore(), { beta1: 0.9 }).state();
  const shapes = [...state].map(([name, { shape }]) => `${name} [${shape}]`);
  expect(shapes).toEqual([
    "step []",
    ...["exp_avg_sq_row.matrix [6]", "exp_avg_sq_col.matrix [9]", "exp_avg.matrix [6,9]"],
    ...["exp_avg_sq_row.stack [2,3]", "exp_avg_sq_col.stack [2,4]", "exp_avg.stack [2,3,4]"],
    ...["exp_avg_sq_row.rows of vectors [70]", "exp_avg_sq_col.rows of vectors [12]"],
    "exp_avg.rows of vectors [70,12]",
    ...["exp_avg_sq_row.stack of odd rows [2,3]", "exp_avg_sq_col.stack of odd rows [2,5]"],
    "exp_avg.stack of odd rows [2,3,5]",
    ...["exp_avg_sq.vector [7]", "exp_avg.vector [7]"],
    ...["exp_avg_sq.scalar []", "exp_avg.scalar []"],
  ]);
});

test("adafactor: a state saved and loaded continues bit for bit", () => {
  const config = { beta1: 0.9 };
  const run = (
    store: ParameterStore,
    optimizer: ReturnType<typeof createAdafactor>,
    to: number,
  ) => {
    while (optimizer.stepCount < to) {
      fill(store.gradients, new Random(2, optimizer.stepCount), 1);
      optimizer.step({ learningRate: 0 });
    }
  };
  const whole = filledStore();
  run(whole, createAdafactor(whole, config), 7);
  const first = filledStore();
  const before = createAdafactor(first, config);
  run(first, before, 3);
  const second = filledStore();
  for (const [name, { data }] of first.values) second.values.get(name)!.data.set(data);
  const after = createAdafactor(second, config);
  after.loadState(structuredClone(before.state()));
  run(second, after, 7);
  expect([...second.values]).toEqual([...whole.values]);
});

test("adafactor: summed gradients are read from where they were summed", () => {
  const [summed, direct] = [filledStore(), filledStore()];
  for (const store of [summed, direct]) fill(store.gradients, new Random(3), 1);
  accumulateGradients(summed, true);
  createAdafactor(summed).step({ learningRate: 0, source: "accumulated" });
  createAdafactor(direct).step({ learningRate: 0 });
  expect([...summed.values]).toEqual([...direct.values]);
});

test("adafactor: a gradient of zeros changes nothing but what decay does", () => {
  const store = filledStore();
  const before = structuredClone(store.values);
  createAdafactor(store).step({ learningRate: 0 });
  expect([...store.values]).toEqual([...before]);
});

test.each([
  { clipThreshold: 0 },
  { decayRate: 0.8 },
  { beta1: 2 },
  { warmupInit: true, relativeStep: false },
])("adafactor: bad settings are refused (%j)", (bad) => {
  expect(() => createAdafactor(filledStore(), bad)).toThrow(/clipThreshold|bad|warmupInit/);
});
