/** @file AdamW against PyTorch's formulas worked in float64, and its bit-exact resume. */
import { expect, test } from "vitest";
import { Random } from "../base/index.ts";
import { type AdamWConfig, createAdamW } from "./adamw.ts";
import { createParameterStore, type ParameterStore } from "./parameter-store.ts";

const specs = [
  { name: "layer.weight", shape: [9, 5] },
  { name: "layer_norm.weight", shape: [19] },
  { name: "head.weight", shape: [4, 4] },
];

function filledStore(capacity?: number): ParameterStore {
  const store = createParameterStore(specs, capacity);
  fill(store.values, new Random(1));
  return store;
}

function fill(tensors: ParameterStore["values"], random: Random): void {
  for (const { data } of tensors.values()) {
    for (let i = 0; i < data.length; i++) data[i] = random.normal();
  }
}

/** `step` updates with gradients that depend on the step only. */
function train(store: ParameterStore, config: AdamWConfig, steps: readonly number[]) {
  const optimizer = createAdamW(store, config);
  return { optimizer, run: () => steps.forEach((step) => void update(store, optimizer, step)) };
}

function update(store: ParameterStore, optimizer: ReturnType<typeof createAdamW>, step: number) {
  fill(store.gradients, new Random(2, step));
  optimizer.step({ learningRate: rateAt(step), gradientScale: 0.5 });
}

const rateAt = (step: number) => (0.02 * (25 - step)) / 25;
const flat = (store: ParameterStore) => [...store.values.values()].flatMap(({ data }) => [...data]);
const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);

/** PyTorch's documentation of AdamW, line by line, in float64. */
function reference(decayOf: (name: string) => number, scaleOf = (_: string) => 1): number[] {
  const store = filledStore();
  return specs.flatMap(({ name }) => {
    const theta = Float64Array.from(store.values.get(name)!.data);
    const m = new Float64Array(theta.length);
    const v = new Float64Array(theta.length);
    for (let t = 1; t <= 20; t++) {
      fill(store.gradients, new Random(2, t - 1));
      const gradients = store.gradients.get(name)!.data;
      const rate = rateAt(t - 1) * scaleOf(name);
      for (let i = 0; i < theta.length; i++) {
        const g = gradients[i]! * 0.5;
        theta[i]! -= rate * decayOf(name) * theta[i]!;
        m[i] = 0.9 * m[i]! + 0.1 * g;
        v[i] = 0.95 * v[i]! + 0.05 * g * g;
        const mHat = m[i]! / (1 - 0.9 ** t);
        const vHat = v[i]! / (1 - 0.95 ** t);
        theta[i]! -= (rate * mHat) / (Math.sqrt(vHat) + 1e-6);
      }
    }
    return [...theta];
  });
}

const config: AdamWConfig = { beta2: 0.95, eps: 1e-6, weightDecay: 0.1 };

test("adamw: 20 steps agree with PyTorch's formulas in float64", () => {
  const store = filledStore();
  train(store, config, range(0, 20)).run();
  expect(flat(store)).toBeAllclose(
    reference(() => 0.1),
    { rtol: 2e-6, atol: 1e-6 },
  );
});

test("adamw: groups set decay and rate by name, the first match counts", () => {
  const store = filledStore();
  const groups = [
    { pattern: "layer_norm", weightDecay: 0 },
    { pattern: /^layer|^head/g, learningRateScale: 0.5 },
  ];
  train(store, { ...config, groups }, range(0, 20)).run();
  const isNorm = (name: string) => name === "layer_norm.weight";
  const want = reference(
    (name) => (isNorm(name) ? 0 : 0.1),
    (name) => (isNorm(name) ? 1 : 0.5),
  );
  expect(flat(store)).toBeAllclose(want, { rtol: 2e-6, atol: 1e-6 });
});

test("adamw: the first step of a constant gradient is the learning rate, whatever its size", () => {
  const store = createParameterStore([{ name: "w", shape: [2] }]);
  store.gradients.get("w")!.data.set([1e-3, -1e3]);
  createAdamW(store, { weightDecay: 0 }).step({ learningRate: 0.1 });
  expect(store.values.get("w")!.data).toBeAllclose([-0.1, 0.1], { rtol: 2e-5 });
});

test("adamw: several memories give the same bits as one", () => {
  const [one, many] = [filledStore(), filledStore(64)];
  expect(many.banks.length).toBe(2);
  for (const store of [one, many]) train(store, config, range(0, 5)).run();
  expect(flat(many)).toEqual(flat(one));
});

test("adamw: a state saved and loaded continues bit for bit", () => {
  const whole = filledStore();
  train(whole, config, range(0, 12)).run();
  const first = filledStore();
  const { optimizer, run } = train(first, config, range(0, 5));
  run();
  const saved = structuredClone(optimizer.state());
  const second = filledStore();
  for (const [name, { data }] of first.values) second.values.get(name)!.data.set(data);
  const resumed = train(second, config, range(5, 12));
  resumed.optimizer.loadState(saved);
  expect(resumed.optimizer.stepCount).toBe(5);
  resumed.run();
  expect(flat(second)).toEqual(flat(whole));
});

test("adamw: state names are PyTorch's, per parameter", () => {
  expect([...createAdamW(filledStore()).state().keys()].slice(0, 5)).toEqual([
    "step",
    "exp_avg.layer.weight",
    "exp_avg.layer_norm.weight",
    "exp_avg.head.weight",
    "exp_avg_sq.layer.weight",
  ]);
});

test("adamw: a state with a missing tensor, another shape or a broken step is refused", () => {
  const optimizer = createAdamW(filledStore());
  const tampered = (name: string, tensor?: { shape: number[]; data: Float32Array }) => {
    const state = optimizer.state();
    state.delete(name);
    if (tensor) state.set(name, tensor);
    return () => optimizer.loadState(state);
  };
  expect(tampered("exp_avg.head.weight")).toThrow("missing");
  expect(tampered("step", { shape: [], data: Float32Array.of(1.5) })).toThrow("step count");
  const other = { shape: [16], data: new Float32Array(16) };
  expect(tampered("exp_avg.head.weight", other)).toThrow("another shape");
});

test.each([
  { beta1: 1.5 },
  { beta2: -0.1 },
  { eps: Number.NaN },
  { weightDecay: -1 },
  { groups: [{ pattern: "(" }] },
  { groups: [{ pattern: "x", learningRateScale: Number.POSITIVE_INFINITY }] },
])("adamw: bad settings are refused (%j)", (bad) => {
  expect(() => createAdamW(filledStore(), bad)).toThrow(/bad/);
});
