/** @file Layers in ONNX Runtime against plain loops: masks, attention, feed-forward, dropout. */
import { describe, expect, test } from "vitest";
import type { NdArray } from "../base/index.ts";
import { buildGraph, constant, input, type Value } from "../graph/index.ts";
import { compile } from "../runtime/index.ts";
import { attend } from "./attention.ts";
import {
  causalMask,
  crossAttention,
  Dropout,
  embedding,
  feedForward,
  gatedFeedForward,
  linear,
  mergeHeads,
  noDropout,
  paddingMask,
  projectHeads,
} from "./index.ts";

const lowest = -3.4028234663852886e38;
const floats = (shape: readonly number[], ...data: number[]): NdArray => {
  return { shape, data: Float32Array.from(data) };
};
const waves = (shape: readonly number[], phase: number) => {
  const size = shape.reduce((product, dim) => product * dim, 1);
  return floats(shape, ...Array.from({ length: size }, (_, i) => Math.sin(1.7 * i + phase)));
};

/** One value of a graph whose inputs are constants. */
async function evaluate(y: Value, feeds: Record<string, NdArray> = {}, inputs: Value[] = []) {
  const session = await compile(buildGraph({ name: "layer", inputs, outputs: { y } }));
  const outputs = await session.run(feeds);
  await session.release();
  return outputs.y!;
}
const fixed = ({ shape, data }: NdArray) => constant(data as Float32Array, shape);

describe("masks", () => {
  test("paddingMask: 0 for a token, the lowest float for padding, for every head and query", async () => {
    const mask = constant(Int32Array.of(1, 1, 0, 1, 0, 0), [2, 3]);
    const y = await evaluate(paddingMask(mask));
    expect(y.shape).toEqual([2, 1, 1, 3]);
    expect(Array.from(y.data as Float32Array, (x) => x + 0)).toEqual([
      0,
      0,
      lowest,
      0,
      lowest,
      lowest,
    ]);
  });

  test("causalMask: keys after the query are hidden, whatever the length", async () => {
    const x = input("x", "float32", ["B", "T", 1]);
    const feed = { x: floats([1, 3, 1], 0, 0, 0) };
    const y = await evaluate(causalMask(x), feed, [x]);
    expect(y.shape).toEqual([3, 3]);
    expect([...y.data]).toEqual([0, lowest, lowest, 0, 0, lowest, 0, 0, 0]);
  });
});

describe("attention", () => {
  const [heads, width, queries, keys, model] = [2, 3, 2, 4, 5];
  const weights: ReadonlyMap<string, NdArray> = new Map([
    ["q.weight", waves([heads * width, model], 0)],
    ["k.weight", waves([heads * width, model], 1)],
    ["v.weight", waves([heads * width, model], 2)],
    ["o.weight", waves([model, heads * width], 9)],
  ]);
  const x = waves([1, queries, model], 20);
  const memory = waves([1, keys, model], 30);
  const bias = waves([1, heads, queries, keys], 40);

  /** Row i of x times the rows of w. */
  const project = (input: NdArray, i: number, w: NdArray, rows: readonly number[]) =>
    rows.map((row) => {
      let sum = 0;
      for (let k = 0; k < w.shape[1]!; k++) {
        sum += Number(input.data[i * w.shape[1]! + k]) * Number(w.data[row * w.shape[1]! + k]);
      }
      return sum;
    });
  const dot = (a: readonly number[], b: readonly number[]) =>
    a.reduce((sum, value, i) => sum + value * b[i]!, 0);

  function reference(): number[] {
    const out: number[] = [];
    for (let q = 0; q < queries; q++) {
      const context: number[] = [];
      for (let h = 0; h < heads; h++) {
        const rows = Array.from({ length: width }, (_, k) => h * width + k);
        const query = project(x, q, weights.get("q.weight")!, rows);
        const scores = Array.from({ length: keys }, (_, m) => {
          const key = project(memory, m, weights.get("k.weight")!, rows);
          return dot(query, key) + Number(bias.data[(h * queries + q) * keys + m]);
        });
        const exps = scores.map(Math.exp);
        const total = exps.reduce((a, b) => a + b, 0);
        const values = Array.from({ length: keys }, (_, m) =>
          project(memory, m, weights.get("v.weight")!, rows),
        );
        for (let k = 0; k < width; k++) {
          context.push(exps.reduce((sum, e, m) => sum + (e / total) * values[m]![k]!, 0));
        }
      }
      const o = weights.get("o.weight")!;
      for (let d = 0; d < model; d++) {
        const row = Array.from(o.data.slice(d * context.length, (d + 1) * context.length), Number);
        out.push(dot(context, row));
      }
    }
    return out;
  }

  test("is softmax(q kᵀ + bias) v per head, unscaled, and projected back", async () => {
    const y = await evaluate(
      crossAttention(fixed(x), fixed(memory), {
        numHeads: heads,
        dKv: width,
        weights: (suffix) => fixed(weights.get(suffix)!),
        bias: fixed(bias),
        dropout: noDropout,
        site: "attention",
      }),
    );
    expect(y.shape).toEqual([1, queries, model]);
    expect(Array.from(y.data, Number)).toBeAllclose(reference(), { rtol: 1e-4, atol: 1e-5 });
  });

  test("mergeHeads undoes the split of projectHeads", async () => {
    const names = input("x", "float32", ["B", "S", 4]);
    const identity = constant(
      Float32Array.from({ length: 16 }, (_, i) => Number(i % 5 === 0)),
      [4, 4],
    );
    const split = projectHeads(names, identity, { numHeads: 2, dKv: 2 });
    expect(split.shape).toEqual(["B", 2, "S", 2]);
    const feed = waves([2, 3, 4], 0);
    expect(await evaluate(mergeHeads(split), { x: feed }, [names])).toEqual(feed);
  });

  test("a hidden key has no influence", async () => {
    const query = fixed(waves([1, 1, 2, 2], 0));
    const hide = constant(Float32Array.of(0, 0, lowest), [1, 1, 1, 3]);
    const outputs = await Promise.all(
      [1, 100].map((last) => {
        const key = constant(Float32Array.of(1, 2, 3, 4, last, last), [1, 1, 3, 2]);
        return evaluate(attend(query, key, key, hide, noDropout, "a"));
      }),
    );
    expect(outputs[0]).toEqual(outputs[1]);
  });
});

describe("linear and feed-forward", () => {
  const x = fixed(floats([1, 2], 1, -2));
  const weights: Readonly<Record<string, NdArray>> = {
    "wi.weight": floats([3, 2], 1, 0, 0, 1, 1, 1),
    "wi_0.weight": floats([3, 2], 1, 0, 0, 1, 1, 1),
    "wi_1.weight": floats([3, 2], 2, 0, 1, 1, 0, -1),
    "wo.weight": floats([1, 3], 1, 10, 100),
  };
  const layer = {
    weights: (suffix: string) => fixed(weights[suffix]!),
    dropout: noDropout,
    site: "ff",
  };
  const hidden = [1, -2, -1];
  const silu = (z: number) => z / (1 + Math.exp(-z));
  const geluNew = (z: number) =>
    0.5 * z * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (z + 0.044715 * z ** 3)));

  test("linear: x Wᵀ + b, in PyTorch's layout", async () => {
    const bias = constant(Float32Array.of(1, 2, 3), [3]);
    const y = await evaluate(linear(x, fixed(weights["wi.weight"]!), bias));
    expect(y).toEqual(floats([1, 3], 2, 0, 2));
  });

  test("embedding: rows of a table", async () => {
    const ids = constant(Int32Array.of(2, 0), [1, 2]);
    const y = await evaluate(embedding(fixed(weights["wi.weight"]!), ids));
    expect(y).toEqual(floats([1, 2, 2], 1, 1, 1, 0));
  });

  test.each([
    ["relu", (z: number) => Math.max(z, 0)],
    ["silu", silu],
    ["gelu_new", geluNew],
  ] as const)("plain: wo act(wi x), %s", async (activation, act) => {
    const y = await evaluate(feedForward(x, { ...layer, activation }));
    const [a, b, c] = hidden.map(act);
    expect(Array.from(y.data, Number)).toBeAllclose([a! + 10 * b! + 100 * c!], { rtol: 1e-5 });
  });

  test("gated: wo (act(wi_0 x) * wi_1 x)", async () => {
    const y = await evaluate(gatedFeedForward(x, { ...layer, activation: "gelu_new" }));
    const [a, b, c] = hidden.map(geluNew);
    const want = 2 * a! + -1 * 10 * b! + 2 * 100 * c!;
    expect(Array.from(y.data, Number)).toBeAllclose([want], { rtol: 1e-5 });
  });
});

describe("Dropout", () => {
  test("rate 0 adds no input and no node", () => {
    const x = input("x", "float32", ["B", 2]);
    const dropout = new Dropout(0);
    expect(dropout.apply(x, "site")).toBe(x);
    expect(dropout.masks).toEqual([]);
    expect(noDropout.masks).toEqual([]);
  });

  test("a rate multiplies by a mask, an input of the value's shape named after the site", async () => {
    const x = input("x", "float32", ["B", 2]);
    const dropout = new Dropout(0.5);
    const y = dropout.apply(x, "encoder.block.0");
    const [mask] = dropout.masks;
    expect(mask).toMatchObject({
      name: "dropout.encoder.block.0",
      shape: ["B", 2],
      dtype: "float32",
    });
    const feeds = { x: floats([1, 2], 3, 5), "dropout.encoder.block.0": floats([1, 2], 2, 0) };
    expect(await evaluate(y, feeds, [x, mask!])).toEqual(floats([1, 2], 6, 0));
  });
});
