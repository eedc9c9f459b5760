/** @file `backward` as a whole: sums over uses, zeros, depth, named axes, repeated indices. */
import { describe, expect, test } from "vitest";
import type { NdArray } from "../base/index.ts";
import {
  add,
  buildGraph,
  cast,
  constant,
  detach,
  type Graph,
  gather,
  gatherElements,
  input,
  mul,
  neg,
  reduceMean,
  reduceSum,
  scatterAdd,
  slice,
  toOnnx,
  type Value,
} from "../graph/index.ts";
import { compile } from "../runtime/index.ts";
import { backward } from "./index.ts";

/** A graph of a loss's gradients: `d.x` for the input x. */
function gradientGraph(loss: Value, inputs: readonly Value[], wrt = inputs): Graph {
  const outputs = backward(loss, wrt).map((value, i) => [`d.${wrt[i]!.name ?? i}`, value] as const);
  return buildGraph({ name: "gradients", inputs, outputs: Object.fromEntries(outputs) });
}

async function run(graph: Graph, feeds: Record<string, NdArray>, threads = 2) {
  const session = await compile(graph, { threads });
  const outputs = await session.run(feeds);
  await session.release();
  return outputs;
}

const vector = (...data: number[]): NdArray => ({
  shape: [data.length],
  data: Float32Array.from(data),
});

describe("backward", () => {
  test("a value used twice gets the sum of its gradients", async () => {
    const x = input("x", "float32", [3]);
    const graph = gradientGraph(reduceSum(add(mul(x, x), x)), [x]);
    const { "d.x": dx } = await run(graph, { x: vector(-1, 0, 2.5) });
    expect(dx!.data).toEqual(Float32Array.of(-1, 1, 6));
  });

  test("a value that the loss does not use gets zeros of its shape", async () => {
    const x = input("x", "float32", ["B"]);
    const unused = input("unused", "float32", ["B", 2]);
    const graph = gradientGraph(reduceSum(x), [x, unused]);
    const feeds = { x: vector(1, 2), unused: { shape: [2, 2], data: new Float32Array(4) } };
    expect((await run(graph, feeds))["d.unused"]).toEqual({
      shape: [2, 2],
      data: new Float32Array(4),
    });
  });

  test("intermediate values and the loss itself have gradients too", async () => {
    const x = input("x", "float32", [2]);
    const square = mul(x, x);
    const loss = reduceSum(mul(square, 3));
    const graph = gradientGraph(loss, [x], [square, loss]);
    const { "d.0": dSquare, "d.1": dLoss } = await run(graph, { x: vector(1, 2) });
    expect(dSquare!.data).toEqual(Float32Array.of(3, 3));
    expect(dLoss).toEqual({ shape: [], data: Float32Array.of(1) });
  });

  test("nothing flows through integers", async () => {
    const x = input("x", "float32", [2]);
    const whole = cast(cast(x, "int32"), "float32");
    const graph = gradientGraph(reduceSum(mul(whole, x)), [x]);
    const { "d.x": dx } = await run(graph, { x: vector(1.5, 2.5) });
    expect(dx!.data).toEqual(Float32Array.of(1, 2));
  });

  test("a chain of 20,000 nodes does not overflow the stack", () => {
    const x = input("x", "float32", [2]);
    let y = x;
    for (let i = 0; i < 20_000; i++) y = neg(y);
    const { nodes } = gradientGraph(reduceSum(mul(y, y)), [x]);
    expect(nodes.filter((node) => node.op === "Neg")).toHaveLength(40_000);
  });

  test("a loss that is no scalar is refused", () => {
    const x = input("x", "float32", ["B", 2]);
    expect(() => backward(x, [x])).toThrow(
      expect.objectContaining({
        code: "grad.scalar",
        details: { expected: "a scalar", got: "float32[B, 2]" },
      }),
    );
  });

  test("a slice of a named axis says where it was built", () => {
    const x = input("x", "float32", ["B"]);
    const loss = reduceSum(slice(x, 0, 0, 2));
    expect(() => backward(loss, [x])).toThrow(
      expect.objectContaining({
        code: "grad.named",
        details: { where: expect.stringMatching(/^src\/grad\/backward\.test\.ts:\d+$/) },
      }),
    );
  });
});

describe("backward over named axes", () => {
  test("a mean over B is right at two batch sizes in one session", async () => {
    const x = input("x", "float32", ["B", 2]);
    const loss = reduceSum(mul(reduceMean(mul(x, x), [0]), constant(Float32Array.of(1, 3), [2])));
    const session = await compile(gradientGraph(loss, [x]));
    for (const batch of [2, 5]) {
      const data = Float32Array.from({ length: 2 * batch }, (_, i) => i - 2.5);
      const { "d.x": dx } = await session.run({ x: { shape: [batch, 2], data } });
      const want = data.map((value, i) => (2 * value * (i % 2 === 0 ? 1 : 3)) / batch);
      expect(dx!.shape).toEqual([batch, 2]);
      expect(dx!.data).toBeAllclose(want, { rtol: 1e-6 });
    }
    await session.release();
  });

  test("a bias repeated over B and S gets their sum", async () => {
    const x = input("x", "float32", ["B", "S", 2]);
    const bias = input("bias", "float32", [2]);
    const graph = gradientGraph(reduceSum(mul(add(x, bias), x)), [x, bias]);
    const data = Float32Array.of(1, 2, 3, 4, 5, 6);
    const { "d.bias": db } = await run(graph, {
      x: { shape: [3, 1, 2], data },
      bias: vector(0, 0),
    });
    expect(db!.data).toEqual(Float32Array.of(9, 12));
  });
});

describe("repeated indices", () => {
  const rows = 32;
  const additions = 262_144;
  const ids = Int32Array.from({ length: additions }, (_, i) => (i * 7 + (i >> 9)) % rows);
  // small integers: every order of addition gives the same float32
  const weights = Float32Array.from({ length: additions }, (_, i) => (i % 5) - 1);
  const want = new Float32Array(rows);
  ids.forEach((row, i) => {
    want[row]! += weights[i]!;
  });
  const idsInput = input("ids", "int32", ["N"]);
  const w = input("w", "float32", ["N"]);
  const feeds = {
    ids: { shape: [additions], data: ids },
    w: { shape: [additions], data: weights },
  };

  test.each([1, 2])(
    "262,144 rows of a gather are counted exactly by %i threads",
    async (threads) => {
      const table = input("table", "float32", [rows, 1]);
      const column = gather(table, idsInput); // [N, 1]
      const loss = reduceSum(mul(reduceSum(column, [1]), w));
      const graph = gradientGraph(loss, [table, idsInput, w], [table]);
      const { "d.table": sum } = await run(
        graph,
        { ...feeds, table: { shape: [rows, 1], data: new Float32Array(rows) } },
        threads,
      );
      expect(sum!.data).toEqual(want);
    },
  );

  test.each([1, 2])("and those of gatherElements and scatterAdd by %i threads", async (threads) => {
    const table = input("table", "float32", [rows]);
    const loss = reduceSum(mul(gatherElements(table, idsInput, 0), w));
    const [gradient] = backward(loss, [table]);
    const graph = buildGraph({
      name: "scatter",
      inputs: [table, idsInput, w],
      outputs: { gradient: gradient!, scattered: scatterAdd(table, idsInput, w, 0) },
    });
    const zeros = { shape: [rows], data: new Float32Array(rows) };
    const outputs = await run(graph, { ...feeds, table: zeros }, threads);
    expect(outputs.gradient!.data).toEqual(want);
    expect(outputs.scattered!.data).toEqual(want);
  });

  test("wide rows: two threads equal one to the last bit", async () => {
    const table = input("table", "float32", [rows, 16]);
    const scale = input("scale", "float32", ["N", 16]);
    const graph = gradientGraph(
      reduceSum(mul(gather(table, idsInput), scale)),
      [table, idsInput, scale],
      [table],
    );
    const length = 16_384;
    const wide = {
      ids: { shape: [length], data: ids.slice(0, length) },
      scale: {
        shape: [length, 16],
        data: Float32Array.from({ length: length * 16 }, (_, i) => Math.sin(i)),
      },
      table: { shape: [rows, 16], data: new Float32Array(rows * 16) },
    };
    const [one, two] = await Promise.all([1, 2].map((threads) => run(graph, wide, threads)));
    expect(two!["d.table"]).toEqual(one!["d.table"]);
  });
});

describe("tied tables", () => {
  test("a table that is gathered and multiplied gets both gradients", async () => {
    const table = input("table", "float32", [3]);
    const rows = gather(table, constant(Int32Array.of(0, 2, 0), [3]));
    const graph = gradientGraph(add(reduceSum(rows), reduceSum(mul(table, table))), [table]);
    const { "d.table": sum } = await run(graph, { table: vector(1, 2, 3) });
    expect(sum!.data).toEqual(Float32Array.of(4, 4, 7));
  });
});

test("backward: nothing flows through detach, and it is not there when the graph runs", async () => {
  const x = input("x", "float32", [3]);
  const graph = gradientGraph(reduceSum(mul(x, detach(mul(x, 2)))), [x]);
  expect(toOnnx(graph).model.nodes.map(({ opType }) => opType)).not.toContain("Detach");
  const gradients = await run(graph, { x: vector(1, -2, 3) });
  expect([...gradients["d.x"]!.data]).toEqual([2, -4, 6]);
});
