import { expect, test } from "vitest";
import {
  decodeModel,
  encodeModel,
  type OnnxModel,
  printModel,
  statsOf,
  type TensorProto,
} from "./index.ts";

const bytesOf = (array: ArrayBufferView) => new Uint8Array(array.buffer);
const constant = (
  name: string,
  dtype: TensorProto["dtype"],
  shape: number[],
  data: ArrayBufferView,
) => {
  return { name, dtype, shape, raw: bytesOf(data) };
};

const model: OnnxModel = {
  irVersion: 10,
  producerName: "codet5",
  producerVersion: "0.1.0",
  opsets: [
    { domain: "", version: 21 },
    { domain: "com.microsoft", version: 1 },
  ],
  graphName: "attention",
  inputs: [
    { name: "hidden", dtype: "float32", shape: ["B", "S", 256] },
    { name: "encoder.block.0.layer.0.SelfAttention.q.weight", dtype: "float32", shape: [64, 256] },
    { name: "scale", dtype: "float32", shape: [] },
    { name: "any", dtype: "int64", shape: [""] },
  ],
  initializers: [
    constant("shape", "int64", [3], BigInt64Array.of(0n, -1n, 64n)),
    constant("epsilon", "float32", [], Float32Array.of(1e-6)),
    constant("halves", "float16", [2], Uint16Array.of(0x3c00, 0xbc00)),
    constant("mask", "bool", [2], Uint8Array.of(1, 0)),
    constant("none", "float32", [0], new Float32Array(0)),
    constant("table", "float32", [32, 4], new Float32Array(128)),
    {
      name: "shared",
      dtype: "float32",
      shape: [8, 4],
      raw: new Uint8Array(0),
      external: { location: "model.onnx_data", offset: 4096, length: 128 },
    },
  ],
  nodes: [
    {
      name: "q",
      opType: "FusedMatMul",
      domain: "com.microsoft",
      inputs: ["hidden", "encoder.block.0.layer.0.SelfAttention.q.weight"],
      outputs: ["q"],
      attributes: {
        transB: { kind: "int", value: 1 },
        alpha: { kind: "float", value: Math.fround(0.1) },
      },
    },
    {
      name: "",
      opType: "Clip",
      domain: "",
      inputs: ["q", "", "scale"],
      outputs: ["clipped", ""],
      attributes: {},
    },
    {
      name: "",
      opType: "Odd",
      domain: "",
      inputs: [],
      outputs: ["two words\n"],
      attributes: {
        ints: { kind: "ints", value: [0, -1] },
        floats: { kind: "floats", value: [2, 3e-45, Infinity, -0] },
        text: { kind: "string", value: 'a"\n' },
        value: { kind: "tensor", value: constant("", "float64", [2], Float64Array.of(0.1, 2)) },
      },
    },
  ],
  outputs: [{ name: "clipped", dtype: "float32", shape: ["B", "S", 64] }],
  values: [{ name: "q", dtype: "float32", shape: ["B", "S", 64] }],
  metadata: { version: "1" },
};

test("printModel: one line per input, constant, node and output", () => {
  expect(printModel(model)).toMatchInlineSnapshot(`
    "graph attention (ir 10, ai.onnx 21, com.microsoft 1)
    inputs (4)
      %hidden : float32[B, S, 256]
      %encoder.block.0.layer.0.SelfAttention.q.weight : float32[64, 256]
      %scale : float32[]
      %any : int64[?]
    initializers (7)
      %shape : int64[3] = [0, -1, 64]
      %epsilon : float32[] = 0.000001
      %halves : float16[2] = [0x3c00, 0xbc00]
      %mask : bool[2] = [true, false]
      %none : float32[0] = []
      %table : float32[32, 4] (512 bytes)
      %shared : float32[8, 4] (128 bytes in model.onnx_data at 4096)
    nodes (3)
      %q : float32[B, S, 64] = com.microsoft.FusedMatMul(%hidden, %encoder.block.0.layer.0.SelfAttention.q.weight) {alpha = 0.1, transB = 1}
      %clipped : float32[B, S, 64], _ = Clip(%q, _, %scale)
      %"two words\\n" = Odd() {floats = [2.0, 3e-45, Infinity, -0.0], ints = [0, -1], text = "a\\"\\n", value = float64[2] = [0.1, 2.0]}
    outputs (1)
      %clipped : float32[B, S, 64]
    metadata (1)
      version = "1"
    "
  `);
});

test("printModel: is the same after a round trip through bytes", () => {
  expect(printModel(decodeModel(encodeModel(model)))).toBe(printModel(model));
});

test("statsOf: nodes by operator, constants and parameters fed as inputs", () => {
  const clip = model.nodes[1]!;
  expect(statsOf({ ...model, nodes: [...model.nodes, clip] })).toEqual({
    nodes: 4,
    operators: { Clip: 2, Odd: 1, "com.microsoft.FusedMatMul": 1 },
    initializers: {
      tensors: 7,
      elements: 3 + 1 + 2 + 2 + 0 + 128 + 32,
      bytes: 24 + 4 + 4 + 2 + 0 + 512 + 128,
    },
    parameterInputs: { tensors: 1, elements: 16384, bytes: 65536 },
  });
  expect(Object.keys(statsOf(model).operators)).toEqual([
    "Clip",
    "Odd",
    "com.microsoft.FusedMatMul",
  ]);
});

test("statsOf: an input that is a constant too is not counted twice", () => {
  const inputs = [{ name: "table", dtype: "float32" as const, shape: [32, 4] }];
  expect(statsOf({ ...model, inputs }).parameterInputs.tensors).toBe(0);
});
