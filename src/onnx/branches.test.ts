/** @file Graphs in attributes: the branches of `If`. */
import { InferenceSession, Tensor } from "onnxruntime-node";
import { describe, expect, test } from "vitest";
import {
  decodeModel,
  encodeModel,
  type NodeProto,
  type OnnxGraph,
  type OnnxModel,
  printModel,
  statsOf,
} from "./index.ts";

const node = (opType: string, inputs: string[], output: string): NodeProto => {
  return { name: output, opType, domain: "", inputs, outputs: [output], attributes: {} };
};

const scale = {
  name: "scale",
  dtype: "float32" as const,
  shape: [],
  raw: new Uint8Array(Float32Array.of(3).buffer),
};

const branch = (graphName: string, nodes: NodeProto[], isScaled = false): OnnxGraph => ({
  graphName,
  nodes,
  initializers: isScaled ? [scale] : [],
  inputs: [],
  outputs: [{ name: nodes.at(-1)!.outputs[0]!, dtype: "float32", shape: ["N"] }],
});

const model: OnnxModel = {
  irVersion: 10,
  producerName: "codet5",
  producerVersion: "",
  opsets: [{ domain: "", version: 21 }],
  graphName: "choice",
  nodes: [
    {
      ...node("If", ["which"], "y"),
      attributes: {
        then_branch: {
          kind: "graph",
          value: branch("scaled", [node("Mul", ["x", "scale"], "scaled/y")], true),
        },
        else_branch: { kind: "graph", value: branch("negated", [node("Neg", ["x"], "negated/y")]) },
      },
    },
  ],
  initializers: [],
  inputs: [
    { name: "which", dtype: "bool", shape: [1] },
    { name: "x", dtype: "float32", shape: ["N"] },
  ],
  outputs: [{ name: "y", dtype: "float32", shape: ["N"] }],
  metadata: {},
};

describe("onnx: branches", () => {
  test("a branch reads values of the graph around it, and ONNX Runtime takes the one told", async () => {
    const session = await InferenceSession.create(encodeModel(model));
    const run = async (which: boolean) => {
      const feeds = {
        which: new Tensor("bool", [which], [1]),
        x: new Tensor("float32", [1, 2], [2]),
      };
      return [...((await session.run(feeds)).y!.data as Float32Array)];
    };
    expect(await run(true)).toEqual([3, 6]);
    expect(await run(false)).toEqual([-1, -2]);
  });

  test("branches survive writing and reading, and are printed and counted", () => {
    expect(decodeModel(encodeModel(model))).toEqual(model);
    expect(printModel(model)).toContain("    %scaled/y : float32[N] = Mul(%x, %scale)");
    const { nodes, operators, initializers } = statsOf(model);
    expect({ nodes, operators }).toEqual({ nodes: 3, operators: { If: 1, Mul: 1, Neg: 1 } });
    expect(initializers.tensors).toBe(1);
  });

  test("graphs nested without end, and external data in a branch, are refused", () => {
    let graph = branch("deep", [node("Neg", ["x"], "y0")]);
    for (let i = 1; i < 40; i++) {
      const attributes = { then_branch: { kind: "graph" as const, value: graph } };
      graph = branch("deep", [{ ...node("If", ["which"], `y${i}`), attributes }]);
    }
    const codeOf = (nested: OnnxGraph) => {
      try {
        return String(decodeModel(encodeModel({ ...model, ...nested })));
      } catch (error) {
        return (error as { code?: string }).code;
      }
    };
    expect(codeOf(graph)).toBe("onnx.malformed");
    const external = { location: "x", offset: 0, length: 4 };
    const outside = { ...scale, raw: new Uint8Array(0), external };
    const value = { ...branch("outside", [node("Neg", ["x"], "y1")]), initializers: [outside] };
    const attributes = { then_branch: { kind: "graph" as const, value } };
    expect(codeOf(branch("around", [{ ...node("If", ["which"], "y"), attributes }]))).toBe(
      "onnx.unsupported",
    );
  });
});
