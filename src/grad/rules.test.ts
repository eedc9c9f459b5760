/** @file Every gradient rule against central differences: a rule without a case here fails. */
import { describe, expect, test } from "vitest";
import type { NdArray } from "../base/index.ts";
import * as graph from "../graph/index.ts";
import {
  cast,
  constant,
  mul,
  nodesBehind,
  type OperatorName,
  reshape,
  type Value,
} from "../graph/index.ts";
import { type GradcheckOptions, gradcheck, gradientRules } from "./index.ts";

interface Case extends GradcheckOptions {
  readonly variant: string;
  readonly build: (...inputs: Value[]) => Value;
}

/** Values given, for functions with a kink or a domain. */
const values = (shape: readonly number[], data: readonly number[]): NdArray => {
  return { shape, data: Float64Array.from(data) };
};
const positive = values([2, 3], [0.5, 1.5, 2, 0.7, 3, 1.1]);
const signed = values([2, 3], [-2, 1.5, 0.4, -0.7, 3, -1.1]);
const indices = (shape: readonly number[], ...ids: number[]) =>
  constant(Int32Array.from(ids), shape);
const mask = constant(Uint8Array.of(1, 0, 1), [3], "bool");

const unary = (build: (x: Value) => Value, x: readonly number[] | NdArray = [2, 3]): Case[] => [
  { variant: "element by element", build, inputs: [x] },
];

/** The ways two operands broadcast. */
const binary = (build: (a: Value, b: Value) => Value): Case[] => [
  { variant: "equal shapes", build, inputs: [positive, values([2, 3], [1, 2.5, 1.2, 2, 0.4, 3])] },
  { variant: "a row is repeated", build, inputs: [positive, values([3], [0.9, 2.2, 1.4])] },
  {
    variant: "both are repeated",
    build,
    inputs: [values([2, 1], [0.6, 1.7]), values([1, 3], [1, 2, 3])],
  },
  { variant: "a scalar on the left", build, inputs: [values([], [1.3]), positive] },
];

const products = (options: graph.MatMulOptions): Case[] => {
  const { transA = false, transB = false } = options;
  const a = transA ? [3, 2] : [2, 3];
  const b = transB ? [4, 3] : [3, 4];
  const build = (x: Value, y: Value) => graph.matMul(x, y, options);
  const flags = JSON.stringify(options);
  return [
    { variant: `matrices ${flags}`, build, inputs: [a, b] },
    {
      variant: `batches ${flags}`,
      build,
      inputs: [
        [2, ...a],
        [2, ...b],
      ],
    },
    { variant: `one weight for a batch ${flags}`, build, inputs: [[2, 2, ...a], b] },
    { variant: `one row of matrices ${flags}`, build, inputs: [a, [2, ...b]] },
    {
      variant: `repeated batch ${flags}`,
      build,
      inputs: [
        [1, 3, ...a],
        [2, 1, ...b],
      ],
    },
  ];
};

const reductions = (
  reduce: (x: Value, axes?: readonly number[], keepDims?: boolean) => Value,
): Case[] => [
  { variant: "all axes", build: (x) => reduce(x), inputs: [[2, 3]] },
  { variant: "all axes kept", build: (x) => reduce(x, [0, 1], true), inputs: [[2, 3]] },
  { variant: "first axis", build: (x) => reduce(x, [0]), inputs: [[2, 3]] },
  { variant: "last axis kept", build: (x) => reduce(x, [-1], true), inputs: [[2, 3]] },
  { variant: "two of three axes", build: (x) => reduce(x, [0, 2]), inputs: [[2, 3, 2]] },
];

const cases: Readonly<Partial<Record<OperatorName, readonly Case[]>>> = {
  Add: binary(graph.add),
  Sub: binary(graph.sub),
  Mul: binary(graph.mul),
  Div: binary(graph.div),
  Pow: [
    ...binary(graph.pow),
    { variant: "a square of negative numbers", build: (x) => graph.pow(x, 2), inputs: [signed] },
  ],
  Max: binary(graph.max),
  Min: binary(graph.min),
  Neg: unary(graph.neg),
  Abs: unary(graph.abs, signed),
  Sign: unary(graph.sign, signed),
  Exp: unary(graph.exp),
  Log: unary(graph.log, positive),
  Sqrt: unary(graph.sqrt, positive),
  Reciprocal: unary(graph.reciprocal, positive),
  Relu: unary(graph.relu, signed),
  Tanh: unary(graph.tanh),
  Sin: unary(graph.sin),
  Cos: unary(graph.cos),
  Sigmoid: unary(graph.sigmoid),
  Erf: unary(graph.erf),
  Identity: unary(graph.identity),
  Gelu: [
    { variant: "exact", build: (x) => graph.gelu(x), inputs: [[2, 5]], dtype: "float32" },
    { variant: "tanh", build: (x) => graph.gelu(x, "tanh"), inputs: [[2, 5]] },
  ],
  Cast: [
    {
      variant: "to double and back",
      build: (x) => cast(graph.exp(cast(x, "float64")), "float32"),
      inputs: [[2, 3]],
      dtype: "float32",
    },
    {
      variant: "to float",
      build: (x) => cast(mul(cast(x, "float32"), 3), "float64"),
      inputs: [[2, 3]],
      epsilon: 1e-2,
    },
  ],
  Where: [
    {
      variant: "equal shapes",
      build: (a, b) => graph.where(mask, a, b),
      inputs: [
        [2, 3],
        [2, 3],
      ],
    },
    {
      variant: "repeated branches",
      build: (a, b) => graph.where(mask, a, b),
      inputs: [[2, 1], []],
    },
    { variant: "a number", build: (a) => graph.where(mask, 1.5, a), inputs: [[3]] },
  ],
  MatMul: products({}),
  FusedMatMul: [
    ...products({ transB: true }),
    ...products({ transA: true }),
    ...products({ transA: true, transB: true, alpha: 0.5 }),
    ...products({ alpha: -2 }),
  ],
  Reshape: [
    { variant: "fixed", build: (x) => reshape(x, [3, 4]), inputs: [[2, 6]] },
    {
      variant: "like another",
      build: (x, y) => graph.reshapeLike(x, y),
      inputs: [
        [2, 6],
        [3, 4],
      ],
    },
  ],
  Transpose: [
    { variant: "a cycle", build: (x) => graph.transpose(x, [1, 2, 0]), inputs: [[2, 3, 4]] },
  ],
  Unsqueeze: [{ variant: "two axes", build: (x) => graph.unsqueeze(x, [0, -1]), inputs: [[2, 3]] }],
  Squeeze: [{ variant: "two axes", build: (x) => graph.squeeze(x, [0, 2]), inputs: [[1, 3, 1]] }],
  Concat: [
    {
      variant: "unequal parts",
      build: (a, b, c) => graph.concat([a!, b!, c!], 1),
      inputs: [
        [2, 1],
        [2, 3],
        [2, 2],
      ],
    },
    { variant: "the same twice", build: (a) => graph.concat([a, a], -1), inputs: [[2, 2]] },
  ],
  Slice: [
    { variant: "middle", build: (x) => graph.slice(x, 1, 1, 3), inputs: [[2, 5]] },
    {
      variant: "from the end",
      build: (x) => graph.slice(x, 0, -2, Number.MAX_SAFE_INTEGER),
      inputs: [[4, 2]],
    },
    { variant: "all but the last", build: (x) => graph.slice(x, -1, 0, -1), inputs: [[2, 3]] },
  ],
  Expand: [
    { variant: "fixed", build: (x) => graph.expand(x, [2, 4, 3]), inputs: [[4, 1]] },
    {
      variant: "like another",
      build: (x, y) => graph.expand(x, y),
      inputs: [
        [1, 3],
        [2, 3],
      ],
    },
  ],
  Split: [
    {
      variant: "all parts",
      build: (x) => {
        const [a, b] = graph.split(x, 1, 2);
        return mul(a!, b!);
      },
      inputs: [[2, 4]],
    },
    {
      variant: "an unused part",
      build: (x) => graph.exp(graph.split(x, 0, 3)[1]!),
      inputs: [[6, 2]],
    },
  ],
  Pad: [{ variant: "both sides", build: (x) => graph.pad(x, 1, 2, 1), inputs: [[2, 3]] }],
  Gather: [
    {
      variant: "rows, some repeated",
      build: (x) => graph.gather(x, indices([2, 3], 0, 3, 0, 1, 0, 3)),
      inputs: [[4, 2]],
    },
    {
      variant: "columns, some repeated",
      build: (x) => graph.gather(x, indices([4], 2, 0, 2, 1), 1),
      inputs: [[2, 3]],
    },
    {
      variant: "middle axis, two-dimensional",
      build: (x) => graph.gather(x, indices([2, 2], 2, 0, 2, 2), 1),
      inputs: [[2, 3, 2]],
    },
    { variant: "one element", build: (x) => graph.gather(x, indices([], 1)), inputs: [[3]] },
    {
      variant: "from the end",
      build: (x) => graph.gather(x, indices([2], -1, 0)),
      inputs: [[3, 2]],
    },
  ],
  GatherElements: [
    {
      variant: "last axis, repeated",
      build: (x) => graph.gatherElements(x, indices([2, 3], 1, 1, 0, 3, 1, 3), 1),
      inputs: [[2, 4]],
    },
    {
      variant: "first axis",
      build: (x) => graph.gatherElements(x, indices([1, 2], 2, 0), 0),
      inputs: [[3, 2]],
    },
  ],
  ScatterElements: [
    {
      variant: "repeated",
      build: (x, u) => graph.scatterAdd(x, indices([2, 3], 1, 1, 0, 3, 1, 3), u, 1),
      inputs: [
        [2, 4],
        [2, 3],
      ],
    },
    {
      variant: "first axis",
      build: (x, u) => graph.scatterAdd(x, indices([3, 2], 0, 1, 0, 0, 1, 1), u, 0),
      inputs: [
        [2, 2],
        [3, 2],
      ],
    },
  ],
  ReduceSum: reductions(graph.reduceSum),
  ReduceMean: reductions(graph.reduceMean),
  ReduceMax: reductions(graph.reduceMax),
  ReduceSumSquare: reductions(graph.reduceSumSquare),
  Softmax: [
    { variant: "last axis", build: (x) => graph.softmax(x), inputs: [[2, 4]] },
    { variant: "first axis", build: (x) => graph.softmax(x, 0), inputs: [[3, 2]] },
  ],
  LogSoftmax: [
    { variant: "last axis", build: (x) => graph.logSoftmax(x), inputs: [[2, 4]] },
    { variant: "middle axis", build: (x) => graph.logSoftmax(x, 1), inputs: [[2, 3, 2]] },
  ],
  RMSNormalization: [
    {
      variant: "matrix",
      build: (x, g) => graph.rmsNormalization(x, g, 1e-6),
      inputs: [[3, 4], [4]],
    },
    {
      variant: "batch, large epsilon",
      build: (x, g) => graph.rmsNormalization(x, g, 0.5),
      inputs: [[2, 2, 3], [3]],
    },
  ],
  LayerNormalization: [
    {
      variant: "matrix",
      build: (x, g, b) => graph.layerNormalization(x, g, b, 1e-5),
      inputs: [[3, 4], [4], [4]],
    },
    {
      variant: "batch, large epsilon",
      build: (x, g, b) => graph.layerNormalization(x, g, b, 0.5),
      inputs: [[2, 2, 3], [3], [3]],
    },
  ],
  SoftmaxCrossEntropyLoss: [
    {
      variant: "loss",
      build: (x) => graph.softmaxCrossEntropy(x, indices([3], 1, 3, 1)).loss,
      inputs: [[3, 4]],
    },
    {
      variant: "scaled loss",
      build: (x) => mul(graph.softmaxCrossEntropy(x, indices([2], 0, 2)).loss, -3),
      inputs: [[2, 3]],
    },
    {
      variant: "log-probabilities",
      build: (x) => graph.softmaxCrossEntropy(x, indices([2], 0, 2)).logProbabilities,
      inputs: [[2, 3]],
    },
    {
      variant: "both",
      build: (x) => {
        const y = graph.softmaxCrossEntropy(x, indices([2], 0, 2));
        return mul(y.logProbabilities, y.loss);
      },
      inputs: [[2, 3]],
    },
  ],
};

const differentiable = (Object.keys(gradientRules) as OperatorName[]).filter(
  (op) => gradientRules[op] !== null,
);

/** Operators whose CPU kernels ONNX Runtime has for float32 alone. */
const float32Only = new Set<OperatorName>(["Erf"]);

/** float64 differences agree to 1e-6 of the value; float32 ones, by wide steps, to 1 %. */
const tolerance = { float64: 1e-6, float32: 1e-2 };

describe.each(differentiable)("gradient of %s", (op) => {
  test("has a case", () => {
    expect(cases[op]?.length ?? 0).toBeGreaterThan(0);
  });

  test.each((cases[op] ?? []).map((one) => [one.variant, one] as const))("%s", async (_, one) => {
    const dtype = one.dtype ?? (float32Only.has(op) ? "float32" : "float64");
    const build = (...inputs: Value[]) => {
      const y = one.build(...inputs);
      expect(nodesBehind([y]).map((node) => node.op)).toContain(op);
      return y;
    };
    const result = await gradcheck(build, { ...one, dtype });
    const limit = one.epsilon === 1e-2 ? tolerance.float32 : tolerance[dtype];
    expect(result.worst, JSON.stringify(result)).toBeLessThan(limit);
  });
});
