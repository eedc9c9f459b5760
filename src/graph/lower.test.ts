/** @file Lowering: the standard target has standard operators alone and computes the same. */
import * as ort from "onnxruntime-node";
import { describe, expect, test } from "vitest";
import { encodeModel } from "../onnx/index.ts";
import {
  add,
  buildGraph,
  constant,
  type Graph,
  gelu,
  input,
  lowerGraph,
  matMul,
  neg,
  reduceSum,
  rmsNormalization,
  scoped,
  softmaxCrossEntropy,
  toOnnx,
  verifyGraph,
} from "./index.ts";

/** Every operator that some target lacks. */
function example(): Graph {
  const x = input("x", "float32", ["B", "S", 4]);
  const weight = input("weight", "float32", [3, 4]);
  const labels = input("labels", "int32", [3]);
  const scale = constant(Float32Array.of(1, 2, -1, 0.5), [4]);
  const normed = rmsNormalization(x, scale, 1e-6);
  const product = scoped("head", () => matMul(normed, weight, { transB: true, alpha: 0.5 }));
  const both = matMul(gelu(product), product, { transA: true });
  const { loss, logProbabilities } = softmaxCrossEntropy(reduceSum(both, [0]), labels);
  const outputs = { loss, total: add(loss, reduceSum(logProbabilities)), product, twice: product };
  return buildGraph({ name: "example", inputs: [x, weight, labels], outputs });
}

const feeds = {
  x: new ort.Tensor(
    "float32",
    Float32Array.from({ length: 24 }, (_, i) => Math.sin(i)),
    [2, 3, 4],
  ),
  weight: new ort.Tensor(
    "float32",
    Float32Array.from({ length: 12 }, (_, i) => Math.cos(i)),
    [3, 4],
  ),
  labels: new ort.Tensor("int32", Int32Array.of(2, 0, 1), [3]),
};

async function run(graph: Graph, target: "onnx" | "onnxruntime") {
  const { model } = toOnnx(graph, target);
  const session = await ort.InferenceSession.create(encodeModel(model));
  const results = await session.run(feeds);
  await session.release();
  return results;
}

describe("lowerGraph", () => {
  test('target "onnx": the standard domain alone', () => {
    const { model } = toOnnx(example(), "onnx");
    expect(model.opsets.map(({ domain }) => domain)).toEqual([""]);
    expect(model.nodes.filter(({ domain }) => domain !== "")).toEqual([]);
    const operators = model.nodes.map(({ opType }) => opType);
    for (const gone of ["FusedMatMul", "RMSNormalization", "SoftmaxCrossEntropyLoss"]) {
      expect(operators).not.toContain(gone);
    }
  });

  test('target "onnxruntime": keeps the fused product', () => {
    const { model } = toOnnx(example());
    expect(model.nodes.map(({ opType }) => opType)).toContain("FusedMatMul");
  });

  test("both targets compute the same", async () => {
    const graph = example();
    const [fused, standard] = [await run(graph, "onnxruntime"), await run(graph, "onnx")];
    expect(Object.keys(standard)).toEqual(["loss", "total", "product", "twice"]);
    for (const name of Object.keys(standard)) {
      expect(standard[name]!.dims).toEqual(fused[name]!.dims);
      expect(standard[name]!.data as Float32Array).toBeAllclose(fused[name]!.data as Float32Array, {
        rtol: 1e-5,
        atol: 1e-6,
      });
    }
  });

  test.each(["onnx", "onnxruntime"] as const)("the lowered graph is whole: %s", (target) => {
    const lowered = lowerGraph(example(), target);
    expect(() => verifyGraph(lowered)).not.toThrow();
    const signature = ({ outputs }: Graph) =>
      [...outputs].map(([name, { dtype, shape }]) => [name, dtype, shape]);
    expect(signature(lowered)).toEqual(signature(example()));
  });

  test("new nodes keep scope and line of the one they stand for", () => {
    const graph = example();
    const fused = graph.nodes.find(({ op }) => op === "FusedMatMul")!;
    const parts = lowerGraph(graph, "onnx").nodes.filter(({ scope }) => scope === "head");
    expect(parts.map(({ op }) => op)).toEqual(["Transpose", "MatMul", "Mul"]);
    expect(new Set(parts.map(({ site }) => site()))).toEqual(new Set([fused.site()]));
  });

  test("a graph with nothing to lower keeps its nodes", () => {
    const x = input("x", "float32", [2]);
    const graph = buildGraph({ name: "plain", inputs: [x], outputs: { y: neg(x) } });
    expect(lowerGraph(graph).nodes).toEqual(graph.nodes);
  });
});

describe("toOnnx", () => {
  test("the same graph gives the same bytes", () => {
    expect(encodeModel(toOnnx(example()).model)).toEqual(encodeModel(toOnnx(example()).model));
  });

  test("equal small constants are stored once", () => {
    const x = input("x", "float32", [2]);
    const y = add(add(x, 0.5), add(x, 0.5));
    const { model } = toOnnx(buildGraph({ name: "pool", inputs: [x], outputs: { y } }));
    expect(model.initializers).toHaveLength(1);
  });

  test("names that inputs and outputs took are not given to nodes", () => {
    const x = input("Neg_0", "float32", [2]);
    const outputs = { Neg_1: neg(neg(neg(x))) };
    const { model } = toOnnx(buildGraph({ name: "taken", inputs: [x], outputs }));
    const names = model.nodes.flatMap((node) => node.outputs);
    expect(new Set([...names, "Neg_0"]).size).toBe(4);
  });

  test("a constant does not take an input's name", async () => {
    const x = input("constant_0", "float32", [2]);
    const { model } = toOnnx(buildGraph({ name: "clash", inputs: [x], outputs: { y: add(x, 1) } }));
    expect(model.initializers[0]!.name).not.toBe("constant_0");
    const session = await ort.InferenceSession.create(encodeModel(model));
    await session.release();
  });
});
