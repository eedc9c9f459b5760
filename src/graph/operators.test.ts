/** @file Every operator in ONNX Runtime against a few lines of JavaScript: values, shapes, element types. */
import { describe, expect, test } from "vitest";
import { type NdArray, sizeOf } from "../base/index.ts";
import { compile } from "../runtime/index.ts";
import * as g from "./index.ts";
import type { Dim, DType, Value } from "./value.ts";

interface Case {
  readonly variant?: string;
  /** Fed tensors: float32 unless the storage says otherwise. */
  readonly inputs: readonly NdArray[];
  /** Shapes to declare instead of the fed ones. */
  readonly named?: readonly (readonly Dim[])[];
  readonly build: (...inputs: Value[]) => Value | readonly Value[];
  /** What comes out, one per output. */
  readonly want: NdArray | readonly NdArray[];
}

const floats = (shape: readonly number[], ...data: number[]): NdArray => {
  return { shape, data: Float32Array.from(data) };
};
const ints = (shape: readonly number[], ...data: number[]): NdArray => {
  return { shape, data: Int32Array.from(data) };
};
const longs = (shape: readonly number[], ...data: number[]): NdArray => {
  return { shape, data: BigInt64Array.from(data, BigInt) };
};
const bools = (shape: readonly number[], ...data: number[]): NdArray => {
  return { shape, data: Uint8Array.from(data) };
};

type Index = readonly number[];

/** A tensor from a function of the index, row-major. */
function tabulate(shape: readonly number[], f: (index: Index) => number): NdArray {
  const data = Float32Array.from({ length: sizeOf(shape) }, (_, flat) => f(unravel(flat, shape)));
  return { shape, data };
}

function unravel(flat: number, shape: readonly number[]): number[] {
  let rest = flat;
  const index = shape.map(() => 0);
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    index[axis] = rest % shape[axis]!;
    rest = Math.floor(rest / shape[axis]!);
  }
  return index;
}

/** The element at an index aligned from the right, axes of size 1 repeated. */
function at({ shape, data }: NdArray, index: Index): number {
  const own = index.slice(index.length - shape.length);
  const flat = shape.reduce((sum, dim, axis) => sum * dim + (dim === 1 ? 0 : own[axis]!), 0);
  return Number(data[flat]);
}

const a = tabulate([2, 3], ([i, j]) => 0.75 * i! - 0.6 * j! + 0.3);
const b = tabulate([2, 3], ([i, j]) => 0.5 + i! + 0.4 * j!);
const row = floats([3], 2, -1, 0.5);
const cube = tabulate([2, 3, 4], ([i, j, k]) => Math.sin(7 * i! + 3 * j! + k!));

/** A unary operator on positive and negative numbers, of fixed and of named shape. */
const unary = (build: (x: Value) => Value, f: (x: number) => number, x = a): Case[] => [
  { inputs: [x], build, want: tabulate(x.shape, (index) => f(at(x, index))) },
  {
    variant: "named axes",
    inputs: [x],
    named: [["B", "S"]],
    build,
    want: tabulate(x.shape, (index) => f(at(x, index))),
  },
];

/** A binary operator: equal shapes, a repeated row, both repeated. */
const binary = (
  build: (x: Value, y: Value) => Value,
  f: (x: number, y: number) => number,
  store: (want: NdArray) => NdArray = (want) => want,
): Case[] => {
  const one = (x: NdArray, y: NdArray, shape: readonly number[]) =>
    store(tabulate(shape, (index) => f(at(x, index), at(y, index))));
  const left = floats([2, 1], 1, 2.5);
  const right = floats([1, 3], 3, 2.5, 0.5);
  return [
    { inputs: [b, a], build, want: one(b, a, [2, 3]) },
    { variant: "a row repeated", inputs: [b, row], build, want: one(b, row, [2, 3]) },
    { variant: "both repeated", inputs: [left, right], build, want: one(left, right, [2, 3]) },
    {
      variant: "named axes",
      inputs: [b, row],
      named: [["B", "S"], ["S"]],
      build,
      want: one(b, row, [2, 3]),
    },
  ];
};

const asBools = ({ shape, data }: NdArray): NdArray => {
  return { shape, data: Uint8Array.from(data as Float32Array) };
};

/** Matrix product over the last two axes, batches repeated. */
function product(x: NdArray, y: NdArray, shape: readonly number[], options: g.MatMulOptions = {}) {
  const { transA = false, transB = false, alpha = 1 } = options;
  const inner = x.shape.at(transA ? -2 : -1)!;
  return tabulate(shape, (index) => {
    const [batch, i, j] = [index.slice(0, -2), index.at(-2)!, index.at(-1)!];
    let sum = 0;
    for (let k = 0; k < inner; k++) {
      const left = transA ? [k, i] : [i, k];
      const right = transB ? [j, k] : [k, j];
      sum += at(x, [...batch, ...left]) * at(y, [...batch, ...right]);
    }
    return alpha * sum;
  });
}

/** A reduction of `cube`. */
const reduction = (
  build: (x: Value, axes?: readonly number[], keepDims?: boolean) => Value,
  f: (values: number[]) => number,
): Case[] => {
  const over = (axes: readonly number[], shape: readonly number[], keep: boolean) =>
    tabulate(shape, (index) => {
      const kept = [...index];
      const full = [0, 1, 2].map((axis) => {
        if (!axes.includes(axis)) return keep ? index[axis]! : kept.shift()!;
        return -1;
      });
      const values = tabulate(cube.shape, (i) => {
        return full.every((want, axis) => want < 0 || want === i[axis]) ? at(cube, i) : Number.NaN;
      });
      return f([...(values.data as Float32Array)].filter((value) => !Number.isNaN(value)));
    });
  const named = [["B", "S", 4]];
  return [
    { variant: "all", inputs: [cube], build: (x) => build(x), want: over([0, 1, 2], [], false) },
    {
      variant: "last axis",
      inputs: [cube],
      build: (x) => build(x, [-1]),
      want: over([2], [2, 3], false),
    },
    {
      variant: "kept",
      inputs: [cube],
      named,
      build: (x) => build(x, [0, 2], true),
      want: over([0, 2], [1, 3, 1], true),
    },
    {
      variant: "first axis",
      inputs: [cube],
      named,
      build: (x) => build(x, [0]),
      want: over([0], [3, 4], false),
    },
  ];
};

const sumOf = (values: readonly number[]) => values.reduce((sum, x) => sum + x, 0);
/** Abramowitz and Stegun's series, summed until it stands still. */
const erf = (x: number) => {
  let [term, sum] = [x, x];
  for (let n = 1; n < 60; n++) {
    term *= (-x * x) / n;
    sum += term / (2 * n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * sum;
};
const geluTanh = (x: number) =>
  0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)));

/** Softmax along the last axis of a matrix. */
const softmaxOf = (x: NdArray) =>
  tabulate(x.shape, (index) => {
    const others = Array.from({ length: x.shape.at(-1)! }, (_, j) => [...index.slice(0, -1), j]);
    return Math.exp(at(x, index)) / sumOf(others.map((i) => Math.exp(at(x, i))));
  });
const logOf = (x: NdArray) => tabulate(x.shape, (index) => Math.log(at(x, index)));

const columns = (x: NdArray, picked: readonly number[]) =>
  tabulate([x.shape[0]!, picked.length], ([i, j]) => at(x, [i!, picked[j]!]));

const cases: Readonly<Record<g.OperatorName, readonly Case[]>> = {
  Add: [
    ...binary(g.add, (x, y) => x + y),
    {
      variant: "a number",
      inputs: [ints([2], 1, -1)],
      build: (x) => g.add(2, x),
      want: ints([2], 3, 1),
    },
  ],
  Sub: binary(g.sub, (x, y) => x - y),
  Mul: binary(g.mul, (x, y) => x * y),
  Div: binary(g.div, (x, y) => x / y),
  Pow: [
    { inputs: [b, a], build: g.pow, want: tabulate([2, 3], (i) => at(b, i) ** at(a, i)) },
    {
      variant: "a number",
      inputs: [a],
      build: (x) => g.pow(x, 3),
      want: tabulate([2, 3], (i) => at(a, i) ** 3),
    },
  ],
  Max: binary(g.max, Math.max),
  Min: binary(g.min, Math.min),
  Neg: unary(g.neg, (x) => -x),
  Abs: unary(g.abs, Math.abs),
  Sign: unary(g.sign, Math.sign),
  Exp: unary(g.exp, Math.exp),
  Log: unary(g.log, Math.log, b),
  Sqrt: unary(g.sqrt, Math.sqrt, b),
  Reciprocal: unary(g.reciprocal, (x) => 1 / x),
  Relu: unary(g.relu, (x) => Math.max(x, 0)),
  Tanh: unary(g.tanh, Math.tanh),
  Sigmoid: unary(g.sigmoid, (x) => 1 / (1 + Math.exp(-x))),
  Erf: unary(g.erf, erf),
  Identity: unary(g.identity, (x) => x),
  Gelu: [
    ...unary(g.gelu, (x) => 0.5 * x * (1 + erf(x / Math.SQRT2))),
    ...unary((x) => g.gelu(x, "tanh"), geluTanh).map((one) => ({
      ...one,
      variant: `tanh ${one.variant ?? ""}`,
    })),
  ],
  Not: [{ inputs: [bools([3], 1, 0, 1)], build: g.not, want: bools([3], 0, 1, 0) }],
  Equal: [
    ...binary(g.equal, (x, y) => Number(x === y), asBools),
    {
      variant: "ids",
      inputs: [ints([3], 1, 2, 3)],
      build: (x) => g.equal(x, 2),
      want: bools([3], 0, 1, 0),
    },
  ],
  Less: binary(g.less, (x, y) => Number(x < y), asBools),
  LessOrEqual: binary(g.lessOrEqual, (x, y) => Number(x <= y), asBools),
  Greater: binary(g.greater, (x, y) => Number(x > y), asBools),
  And: [
    {
      inputs: [bools([2, 1], 1, 0), bools([2], 1, 0)],
      build: g.and,
      want: bools([2, 2], 1, 0, 0, 0),
    },
  ],
  Cast: [
    {
      variant: "to int32",
      inputs: [a],
      build: (x) => g.cast(x, "int32"),
      want: ints([2, 3], ...Array.from(a.data, (x) => Math.trunc(Number(x)))),
    },
    {
      variant: "to int64",
      inputs: [ints([2], -3, 4)],
      build: (x) => g.cast(x, "int64"),
      want: longs([2], -3, 4),
    },
    {
      variant: "to float64",
      inputs: [floats([1], 0.5)],
      build: (x) => g.cast(x, "float64"),
      want: { shape: [1], data: Float64Array.of(0.5) },
    },
    {
      variant: "to bool",
      inputs: [floats([3], 0, 2, -1)],
      build: (x) => g.cast(x, "bool"),
      want: bools([3], 0, 1, 1),
    },
    {
      variant: "from bool",
      inputs: [bools([2], 0, 1)],
      build: (x) => g.cast(x, "float32"),
      want: floats([2], 0, 1),
    },
    {
      variant: "to int8",
      inputs: [floats([2], -3, 4)],
      build: (x) => g.cast(x, "int8"),
      want: { shape: [2], data: Int8Array.of(-3, 4) },
    },
  ],
  Where: [
    {
      variant: "all three repeated",
      inputs: [bools([2, 1], 1, 0), row, floats([], 9)],
      named: [["B", 1], [3], []],
      build: g.where,
      want: floats([2, 3], 2, -1, 0.5, 9, 9, 9),
    },
    {
      variant: "numbers",
      inputs: [bools([2], 1, 0)],
      build: (c) => g.where(c, 1, 2),
      want: floats([2], 1, 2),
    },
  ],
  MatMul: [
    {
      inputs: [a, tabulate([3, 4], ([i, j]) => i! - j!)],
      build: (x, y) => g.matMul(x, y),
      want: product(
        a,
        tabulate([3, 4], ([i, j]) => i! - j!),
        [2, 4],
      ),
    },
    {
      variant: "a weight for a batch",
      inputs: [cube, tabulate([4, 2], ([i, j]) => i! + j!)],
      named: [
        ["B", "S", 4],
        [4, 2],
      ],
      build: (x, y) => g.matMul(x, y),
      want: product(
        cube,
        tabulate([4, 2], ([i, j]) => i! + j!),
        [2, 3, 2],
      ),
    },
  ],
  FusedMatMul: [
    { transB: true } as const,
    { transA: true, alpha: 0.5 } as const,
    { transA: true, transB: true } as const,
    { alpha: -2 } as const,
  ].map((options): Case => {
    const { transA = false, transB = false } = options as g.MatMulOptions;
    const x = tabulate(transA ? [2, 4, 3] : [2, 3, 4], ([i, j, k]) => i! + j! - 2 * k!);
    const y = tabulate(transB ? [2, 5, 4] : [2, 4, 5], ([i, j, k]) => 3 * i! - j! + k!);
    return {
      variant: JSON.stringify(options),
      inputs: [x, y],
      named: [
        ["B", ...x.shape.slice(1)],
        ["B", ...y.shape.slice(1)],
      ],
      build: (l, r) => g.matMul(l, r, options),
      want: product(x, y, [2, 3, 5], options),
    };
  }),
  Reshape: [
    {
      variant: "fixed",
      inputs: [cube],
      build: (x) => g.reshape(x, [4, 6]),
      want: { ...cube, shape: [4, 6] },
    },
    {
      variant: "split an axis",
      inputs: [cube],
      named: [["B", "S", 4]],
      build: (x) => g.reshape(x, ["B", "S", 2, 2]),
      want: { ...cube, shape: [2, 3, 2, 2] },
    },
    {
      variant: "join named axes",
      inputs: [cube],
      named: [["B", "S", 4]],
      build: (x) => g.reshape(x, ["B*S", 4]),
      want: { ...cube, shape: [6, 4] },
    },
    {
      variant: "two snippets",
      inputs: [a],
      named: [["2*B", 3]],
      build: (x) => g.reshape(x, ["B", 6]),
      want: { ...a, shape: [1, 6] },
    },
    {
      variant: "like another",
      inputs: [{ ...cube, shape: [6, 4] }, cube],
      named: [
        ["B*S", "D"],
        ["B", "S", "D"],
      ],
      build: (x, like) => g.reshapeLike(x, like),
      want: cube,
    },
  ],
  Transpose: [
    {
      inputs: [cube],
      named: [["B", "S", 4]],
      build: (x) => g.transpose(x, [2, 0, 1]),
      want: tabulate([4, 2, 3], ([k, i, j]) => at(cube, [i!, j!, k!])),
    },
  ],
  Unsqueeze: [
    {
      variant: "ends",
      inputs: [a],
      named: [["B", 3]],
      build: (x) => g.unsqueeze(x, [0, -1]),
      want: { ...a, shape: [1, 2, 3, 1] },
    },
    {
      variant: "middle",
      inputs: [a],
      build: (x) => g.unsqueeze(x, [1]),
      want: { ...a, shape: [2, 1, 3] },
    },
  ],
  Squeeze: [
    {
      inputs: [{ ...a, shape: [1, 2, 1, 3] }],
      named: [[1, "B", 1, 3]],
      build: (x) => g.squeeze(x, [0, -2]),
      want: a,
    },
  ],
  Concat: [
    {
      variant: "named axis",
      inputs: [a, b],
      named: [
        ["P", 3],
        ["N", 3],
      ],
      build: (x, y) => g.concat([x, y], 0),
      want: tabulate([4, 3], ([i, j]) => (i! < 2 ? at(a, [i!, j!]) : at(b, [i! - 2, j!]))),
    },
    {
      variant: "last axis",
      inputs: [a, floats([2, 1], 5, 6)],
      named: [
        ["B", 3],
        ["B", 1],
      ],
      build: (x, y) => g.concat([x, y], -1),
      want: tabulate([2, 4], ([i, j]) => (j! < 3 ? at(a, [i!, j!]) : 5 + i!)),
    },
  ],
  Slice: [
    {
      variant: "fixed axis",
      inputs: [cube],
      build: (x) => g.slice(x, 2, 1, 3),
      want: tabulate([2, 3, 2], ([i, j, k]) => at(cube, [i!, j!, k! + 1])),
    },
    {
      variant: "past the end",
      inputs: [a],
      build: (x) => g.slice(x, 1, 1, 99),
      want: columns(a, [1, 2]),
    },
    {
      variant: "all but the last of a named axis",
      inputs: [a],
      named: [["B", "S+1"]],
      build: (x) => g.slice(x, 1, 0, -1),
      want: columns(a, [0, 1]),
    },
    {
      variant: "the last of a named axis",
      inputs: [a],
      named: [["B", "S"]],
      build: (x) => g.slice(x, 1, -1, Number.MAX_SAFE_INTEGER),
      want: columns(a, [2]),
    },
  ],
  Pad: [
    {
      inputs: [a],
      named: [["B", "S"]],
      build: (x) => g.pad(x, 1, 1, 2),
      want: tabulate([2, 6], ([i, j]) => (j! < 1 || j! > 3 ? 0 : at(a, [i!, j! - 1]))),
    },
  ],
  Expand: [
    {
      variant: "fixed",
      inputs: [row],
      build: (x) => g.expand(x, [2, 3]),
      want: tabulate([2, 3], (i) => at(row, i)),
    },
    {
      variant: "like another",
      inputs: [row, cube],
      named: [["S"], ["B", "T", "S"]].map((s) => s),
      build: (x, like) => g.expand(g.unsqueeze(x, [1]), like),
      want: tabulate([2, 3, 4], ([, j]) => at(row, [j!])),
    },
    {
      variant: "zeros",
      inputs: [a],
      named: [["B", "S"]],
      build: (x) => g.zerosLike(x),
      want: floats([2, 3], 0, 0, 0, 0, 0, 0),
    },
  ],
  Split: [
    {
      inputs: [tabulate([2, 4], ([i, j]) => 4 * i! + j!)],
      named: [["B", 4]],
      build: (x) => g.split(x, 1, 2),
      want: [floats([2, 2], 0, 1, 4, 5), floats([2, 2], 2, 3, 6, 7)],
    },
  ],
  Gather: [
    {
      variant: "rows",
      inputs: [a, ints([2, 2], 1, 0, 1, 1)],
      named: [
        ["V", 3],
        ["B", "S"],
      ],
      build: (x, i) => g.gather(x, i),
      want: tabulate([2, 2, 3], ([i, j, k]) => at(a, [i === 0 && j === 1 ? 0 : 1, k!])),
    },
    {
      variant: "columns by int64",
      inputs: [a, longs([4], 2, 0, -1, 2)],
      build: (x, i) => g.gather(x, i, 1),
      want: columns(a, [2, 0, 2, 2]),
    },
    {
      variant: "a scalar index",
      inputs: [a, ints([], 1)],
      build: (x, i) => g.gather(x, i),
      want: tabulate([3], ([j]) => at(a, [1, j!])),
    },
  ],
  GatherElements: [
    {
      inputs: [a, ints([2, 2], 2, 0, 1, 1)],
      named: [
        ["B", 3],
        ["B", "K"],
      ],
      build: (x, i) => g.gatherElements(x, i, 1),
      want: floats([2, 2], at(a, [0, 2]), at(a, [0, 0]), at(a, [1, 1]), at(a, [1, 1])),
    },
  ],
  ScatterElements: [
    {
      variant: "repeated indices add up",
      inputs: [
        floats([2, 3], 0, 0, 10, 0, 0, 0),
        ints([2, 2], 2, 2, 0, 1),
        floats([2, 2], 1, 2, 3, 4),
      ],
      named: [
        ["B", 3],
        ["B", "K"],
        ["B", "K"],
      ],
      build: (x, i, u) => g.scatterAdd(x, i, u, 1),
      want: floats([2, 3], 0, 0, 13, 3, 4, 0),
    },
  ],
  Shape: [
    { inputs: [cube], named: [["B", "S", 4]], build: (x) => g.dimOf(x, 1), want: longs([], 3) },
    { variant: "last axis", inputs: [cube], build: (x) => g.dimOf(x, -1), want: longs([], 4) },
  ],
  Range: [
    { inputs: [a], named: [["B", "S"]], build: (x) => g.rangeOf(x, 1), want: longs([3], 0, 1, 2) },
  ],
  ReduceSum: reduction(g.reduceSum, sumOf),
  ReduceMean: reduction(g.reduceMean, (values) => sumOf(values) / values.length),
  ReduceMax: reduction(g.reduceMax, (values) => Math.max(...values)),
  ReduceSumSquare: reduction(g.reduceSumSquare, (values) => sumOf(values.map((x) => x * x))),
  ArgMax: [
    {
      variant: "last axis",
      inputs: [floats([2, 3], 1, 5, 5, 0, -1, 0)],
      named: [["B", 3]],
      build: (x) => g.argMax(x, -1),
      want: longs([2], 1, 0),
    },
    {
      variant: "kept",
      inputs: [a],
      build: (x) => g.argMax(x, 0, true),
      want: longs([1, 3], 1, 1, 1),
    },
  ],
  Softmax: [
    { inputs: [a], named: [["B", "S"]], build: (x) => g.softmax(x), want: softmaxOf(a) },
    {
      variant: "middle axis",
      inputs: [cube],
      build: (x) => g.transpose(g.softmax(x, 1), [0, 2, 1]),
      want: softmaxOf(tabulate([2, 4, 3], ([i, k, j]) => at(cube, [i!, j!, k!]))),
    },
  ],
  LogSoftmax: [{ inputs: [cube], build: (x) => g.logSoftmax(x), want: logOf(softmaxOf(cube)) }],
  RMSNormalization: [
    {
      inputs: [cube, floats([4], 1, 2, -1, 0.5)],
      named: [["B", "S", 4], [4]],
      build: (x, scale) => g.rmsNormalization(x, scale, 1e-3),
      want: tabulate([2, 3, 4], ([i, j, k]) => {
        const squares = [0, 1, 2, 3].map((l) => at(cube, [i!, j!, l]) ** 2);
        return (
          (at(cube, [i!, j!, k!]) / Math.sqrt(sumOf(squares) / 4 + 1e-3)) * [1, 2, -1, 0.5][k!]!
        );
      }),
    },
  ],
  SoftmaxCrossEntropyLoss: [
    {
      inputs: [a, ints([2], 2, 0)],
      named: [["L", 3], ["L"]],
      build: (x, labels) => Object.values(g.softmaxCrossEntropy(x, labels)),
      want: [
        floats([], -at(logOf(softmaxOf(a)), [0, 2]) - at(logOf(softmaxOf(a)), [1, 0])),
        logOf(softmaxOf(a)),
      ],
    },
  ],
};

const dtypes: Readonly<Record<string, DType>> = {
  Float32Array: "float32",
  Float64Array: "float64",
  Int32Array: "int32",
  BigInt64Array: "int64",
  Int8Array: "int8",
  Uint8Array: "bool",
};
const dtypeOf = ({ data }: NdArray): DType => dtypes[data.constructor.name]!;

/** Sizes of the names of declared shapes, from what is fed. */
function sizesOf(declared: readonly (readonly Dim[])[], fed: readonly NdArray[]) {
  const sizes = new Map<string, number>();
  declared.forEach((shape, i) => {
    shape.forEach((dim, axis) => {
      const size = fed[i]!.shape[axis]!;
      if (dim === "S+1") sizes.set("S", size - 1);
      else if (dim === "2*B") sizes.set("B", size / 2);
      else if (/^\w+$/.test(String(dim))) sizes.set(String(dim), size);
    });
  });
  return sizes;
}

const evaluated = (dim: Dim, sizes: ReadonlyMap<string, number>) =>
  String(dim)
    .split("+")
    .map((term) => term.split("*").map((factor) => sizes.get(factor) ?? Number(factor)))
    .reduce((sum, factors) => sum + factors.reduce((product, factor) => product * factor, 1), 0);

describe.each(Object.keys(g.operators) as g.OperatorName[])("%s", (op) => {
  test("has a case", () => {
    expect(cases[op]?.length ?? 0).toBeGreaterThan(0);
  });

  test.each((cases[op] ?? []).map((one) => [one.variant ?? "as it is", one] as const))(
    "%s",
    async (_, { inputs: fed, named, build, want }) => {
      const declared = named ?? fed.map(({ shape }) => shape);
      const inputs = fed.map((array, i) => g.input(`x${i}`, dtypeOf(array), declared[i]!));
      const built = build(...inputs);
      const values = "shape" in built ? [built] : built;
      expect(g.nodesBehind(values).map((node) => node.op)).toContain(op);
      const outputs = Object.fromEntries(values.map((value, i) => [`y${i}`, value]));
      const session = await compile(g.buildGraph({ name: op, inputs, outputs }));
      const got = await session.run(Object.fromEntries(fed.map((array, i) => [`x${i}`, array])));
      await session.release();
      const sizes = sizesOf(declared, fed);
      ("shape" in want ? [want] : want).forEach((expected, i) => {
        const actual = got[`y${i}`]!;
        expect(actual.shape).toEqual(expected.shape);
        expect(values[i]!.shape.map((dim) => evaluated(dim, sizes))).toEqual(expected.shape);
        expect([values[i]!.dtype, dtypeOf(actual)]).toEqual([dtypeOf(expected), dtypeOf(expected)]);
        expect(Array.from(actual.data, Number)).toBeAllclose(Array.from(expected.data, Number), {
          rtol: 1e-5,
          atol: 1e-6,
        });
      });
    },
  );
});
