/**
 * @file Every operator against plain JavaScript: values, element type and shape of what ONNX Runtime
 * returns, from one session at two sizes of the named dimensions B and S.
 */
import { expect, test } from "vitest";
import {
  at,
  bindShape,
  errorFunction,
  fromResult,
  map,
  matrixProduct,
  type Nd,
  reduce,
  sum,
  tabulate,
  toFeed,
  transposed,
} from "../../../test/nd.ts";
import { Random } from "../../base/index.ts";
import type { DType } from "../../onnx/index.ts";
import { compile } from "../../runtime/index.ts";
import * as graph from "../index.ts";
import { buildGraph, input, type OperatorName, operators, type Value } from "../index.ts";

/** An input: its signature, and from where its values are drawn. */
interface Spec {
  readonly dtype: DType;
  readonly shape: graph.Shape;
  readonly draw: (random: Random) => number;
}

interface Case {
  readonly inputs: readonly Spec[];
  readonly build: (...inputs: Value[]) => Value | readonly Value[];
  readonly reference: (...inputs: Nd[]) => Nd | readonly Nd[];
}

type Dims = readonly (string | number)[];

const float = (shape: Dims, low = -2, high = 2, dtype: DType = "float32"): Spec => {
  return { dtype, shape, draw: (random) => low + (high - low) * random.uniform() };
};
const whole = (shape: Dims, below: number, dtype: DType = "int32", from = 0): Spec => {
  return { dtype, shape, draw: (random) => from + random.below(below - from) };
};
const bools = (shape: Dims): Spec => whole(shape, 2, "bool");

const of = (inputs: readonly Spec[], build: Case["build"], reference: Case["reference"]): Case => ({
  inputs,
  build,
  reference,
});

const unary = (
  build: (x: Value) => Value,
  f: (x: number) => number,
  low?: number,
  high?: number,
): Case[] => [
  of([float(["B", "S", 3], low, high)], build, (x) => map(f, x)),
  of([float([4], low, high, "float32")], build, (x) => map(f, x)),
];

/** Equal shapes, a lower rank, axes of size 1 on both sides, a number on either side. */
const binary = (
  build: (a: graph.Operand, b: graph.Operand) => Value,
  f: (a: number, b: number) => number,
  draw: (shape: Dims) => Spec = float,
): Case[] => [
  of([draw(["B", "S", 3]), draw(["B", "S", 3])], build, (a, b) => map(f, a, b)),
  of([draw(["B", "S", 3]), draw([3])], build, (a, b) => map(f, a, b)),
  of([draw(["S", 1]), draw(["B", 1, 4])], build, (a, b) => map(f, a, b)),
  of(
    [draw(["B", 2])],
    (x) => build(x, 2),
    (x) => map((a) => f(a, 2), x),
  ),
  of(
    [draw(["B", 2])],
    (x) => build(1, x),
    (x) => map((b) => f(1, b), x),
  ),
];

const positive = (shape: Dims) => float(shape, 0.3, 2);
const fewInts = (shape: Dims) => whole(shape, 3, "int64");

const logical = (build: (a: Value, b: Value) => Value, f: (a: number, b: number) => boolean) => [
  of([bools(["B", "S"]), bools(["S"])], build, (a, b) => map((x, y) => Number(f(x, y)), a, b)),
];

const castTo = (dtype: DType, from: Spec, f: (x: number) => number): Case => {
  return of(
    [from],
    (x) => graph.cast(x, dtype),
    (x) => map(f, x),
  );
};

const product = (
  a: Dims,
  b: Dims,
  { transA = false, transB = false, alpha = 1 }: graph.MatMulOptions = {},
): Case =>
  of(
    [float(a), float(b)],
    (x, y) => graph.matMul(x, y, { transA, transB, alpha }),
    (x, y) => {
      const plain = matrixProduct(transA ? transposed(x) : x, transB ? transposed(y) : y);
      return map((element) => alpha * element, plain);
    },
  );

/** Elements unmoved, another shape. @param shape from the given one */
const reshaped = (
  from: Dims,
  build: (x: Value) => Value,
  shape: (given: Nd["shape"]) => number[],
) => of([float(from)], build, (x) => ({ shape: shape(x.shape), data: x.data }));

const reduction = (
  build: (x: Value, axes?: readonly number[], keepDims?: boolean) => Value,
  f: (elements: readonly number[]) => number,
): Case[] => [
  of(
    [float(["B", "S", 3])],
    (x) => build(x, [-1]),
    (x) => reduce(x, [2], false, f),
  ),
  of(
    [float(["B", "S", 3])],
    (x) => build(x, [1], true),
    (x) => reduce(x, [1], true, f),
  ),
  of(
    [float(["B", "S", 3])],
    (x) => build(x, [2, 0]),
    (x) => reduce(x, [0, 2], false, f),
  ),
  of(
    [float(["B", 2])],
    (x) => build(x),
    (x) => reduce(x, [0, 1], false, f),
  ),
  of(
    [float([])],
    (x) => build(x),
    (x) => reduce(x, [], false, f),
  ),
];

/** Indices along `axis` replaced. */
const moved = (index: readonly number[], axis: number, to: number) => {
  return index.map((position, i) => (i === axis ? to : position));
};

const gathered = (data: Nd, indices: Nd, axis: number): Nd => {
  const rank = indices.shape.length;
  const shape = [...data.shape.slice(0, axis), ...indices.shape, ...data.shape.slice(axis + 1)];
  return tabulate(shape, (index) => {
    const row = at(indices, index.slice(axis, axis + rank));
    return at(data, [...index.slice(0, axis), row, ...index.slice(axis + rank)]);
  });
};

const gather = (data: Dims, indices: Spec, axis: number): Case => {
  const build = (x: Value, ids: Value) => graph.gather(x, ids, axis);
  const from = axis < 0 ? axis + data.length : axis;
  return of([float(data), indices], build, (x, ids) => gathered(x, ids, from));
};

const scattered = (data: Nd, indices: Nd, updates: Nd, axis: number): Nd => {
  const result = [...data.data];
  const position = tabulate(data.shape, (index) => {
    return index.reduce((flat, i, k) => flat * data.shape[k]! + i, 0);
  });
  tabulate(indices.shape, (index) => {
    result[at(position, moved(index, axis, at(indices, index)))]! += at(updates, index);
    return 0;
  });
  return { shape: data.shape, data: result };
};

const sliced = (x: Nd, axis: number, start: number, end: number): Nd => {
  const shape = moved(x.shape, axis, end - start);
  return tabulate(shape, (index) => at(x, moved(index, axis, index[axis]! + start)));
};

const joined = (parts: readonly Nd[], axis: number): Nd => {
  const [first] = parts as [Nd];
  const shape = moved(first.shape, axis, sum(parts.map((part) => part.shape[axis]!)));
  return tabulate(shape, (index) => {
    let position = index[axis]!;
    const part = parts.find(({ shape }) => {
      if (position < shape[axis]!) return true;
      position -= shape[axis]!;
      return false;
    })!;
    return at(part, moved(index, axis, position));
  });
};

const softmaxed = (x: Nd, axis: number): Nd => {
  const total = reduce(x, [axis], true, (elements) => sum(elements.map(Math.exp)));
  return map((element, all) => Math.exp(element) / all, x, total);
};

const normalCdf = (x: number) => (1 + errorFunction(x * Math.SQRT1_2)) / 2;
const geluTanh = (x: number) =>
  (x / 2) * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)));

const cases: Readonly<Record<OperatorName, readonly Case[]>> = {
  Add: binary(graph.add, (a, b) => a + b),
  Sub: binary(graph.sub, (a, b) => a - b),
  Mul: binary(graph.mul, (a, b) => a * b),
  Div: binary(graph.div, (a, b) => a / b, positive),
  Pow: binary(graph.pow, (a, b) => a ** b, positive),
  Max: binary(graph.max, Math.max),
  Min: binary(graph.min, Math.min, fewInts),
  Neg: unary(graph.neg, (x) => -x),
  Abs: unary(graph.abs, Math.abs),
  Sign: unary(graph.sign, Math.sign),
  Exp: unary(graph.exp, Math.exp),
  Log: unary(graph.log, Math.log, 0.1, 4),
  Sqrt: unary(graph.sqrt, Math.sqrt, 0, 4),
  Reciprocal: unary(graph.reciprocal, (x) => 1 / x, 0.2, 3),
  Relu: unary(graph.relu, (x) => Math.max(x, 0)),
  Tanh: unary(graph.tanh, Math.tanh),
  Sin: unary(graph.sin, Math.sin, -700, 700),
  Cos: unary(graph.cos, Math.cos, -700, 700),
  Sigmoid: unary(graph.sigmoid, (x) => 1 / (1 + Math.exp(-x))),
  Erf: unary(graph.erf, errorFunction),
  Identity: unary(graph.identity, (x) => x),
  Detach: unary(graph.detach, (x) => x),
  Gelu: [
    ...unary(graph.gelu, (x) => x * normalCdf(x)),
    ...unary((x) => graph.gelu(x, "tanh"), geluTanh),
  ],
  Not: [of([bools(["B", 3])], graph.not, (x) => map((bit) => 1 - bit, x))],
  And: logical(graph.and, (a, b) => a === 1 && b === 1),
  Equal: binary(graph.equal, (a, b) => Number(a === b), fewInts),
  Less: binary(graph.less, (a, b) => Number(a < b)),
  LessOrEqual: binary(graph.lessOrEqual, (a, b) => Number(a <= b), fewInts),
  Greater: binary(graph.greater, (a, b) => Number(a > b)),
  Cast: [
    castTo("int32", float(["B", 3]), Math.trunc),
    castTo("int64", float(["B", 3]), Math.trunc),
    castTo("int8", whole(["B"], 100, "int32", -100), (x) => x),
    castTo("uint8", whole(["B"], 200), (x) => x),
    castTo("bool", whole(["B", "S"], 2), (x) => x),
    castTo("float32", bools(["B"]), (x) => x),
    castTo("float64", whole(["B"], 9, "int64"), (x) => x),
    castTo("float32", float(["B"], -2, 2, "float64"), (x) => x),
  ],
  DequantizeLinear: [
    of([whole([4, 3], 127, "int8", -127), float([4])], graph.dequantizeRows, (x, scale) =>
      tabulate(x.shape, (index) => at(x, index) * at(scale, [index[0]!])),
    ),
  ],
  Where: [
    of([bools(["B", 1]), float(["B", "S"]), float(["S"])], graph.where, (condition, a, b) =>
      map((choice, x, y) => (choice === 1 ? x : y), condition, a, b),
    ),
    of(
      [bools(["B", "S"]), float([])],
      (condition, a) => graph.where(condition, a, -7),
      (condition, a) => map((choice, x) => (choice === 1 ? x : -7), condition, a),
    ),
  ],
  MatMul: [
    product([2, 4], [4, 3]),
    product(["B", "S", 4], [4, 3]),
    product(["B", 2, "S", 4], ["B", 2, 4, "S"]),
    product([2, 1, 3, 4], [5, 4, 2]),
    product([3, 4], ["B", 4, 2]),
  ],
  FusedMatMul: [
    product(["B", "S", 4], [3, 4], { transB: true }),
    product(["B", 2, "S", 4], ["B", 2, 5, 4], { transB: true, alpha: 0.25 }),
    product(["B", 4, "S"], ["B", 4, 3], { transA: true }),
    product([4, 2], [3, 4], { transA: true, transB: true, alpha: -2 }),
    product(["B", 4, "S"], [3, 4], { transA: true, transB: true }),
    product(["B", 2, 3, 4], [2, 5, 4], { transB: true }),
    product(["B", 1, 3, 4], [2, 4, 5], { alpha: 3 }),
  ],
  Reshape: [
    reshaped(
      ["B", "S", 6],
      (x) => graph.reshape(x, ["B", "S", 2, 3]),
      ([b, s]) => [b!, s!, 2, 3],
    ),
    reshaped(
      ["B", "S", 6],
      (x) => graph.reshape(x, ["S*B", 6]),
      ([b, s]) => [b! * s!, 6],
    ),
    reshaped(
      ["B", "S", 6],
      (x) => graph.reshape(x, ["2*B*S", 3]),
      ([b, s]) => [2 * b! * s!, 3],
    ),
    reshaped(
      ["B", 2, 3],
      (x) => graph.reshape(x, [2, "B", 3]),
      ([b]) => [2, b!, 3],
    ),
    reshaped(
      [4, 3],
      (x) => graph.reshape(x, [2, 6]),
      () => [2, 6],
    ),
    of([float(["B*S", 6]), float(["B", "S", 6])], graph.reshapeLike, (x, like) => ({
      shape: like.shape,
      data: x.data,
    })),
  ],
  Transpose: [
    of(
      [float(["B", "S", 3])],
      (x) => graph.transpose(x, [2, 0, 1]),
      (x) => {
        const [b, s, n] = x.shape as [number, number, number];
        return tabulate([n, b, s], ([k, i, j]) => at(x, [i!, j!, k!]));
      },
    ),
  ],
  Unsqueeze: [
    reshaped(
      ["B", 3],
      (x) => graph.unsqueeze(x, [0, -1]),
      ([b]) => [1, b!, 3, 1],
    ),
    reshaped(
      ["B", 3],
      (x) => graph.unsqueeze(x, [3, 1]),
      ([b]) => [b!, 1, 3, 1],
    ),
    reshaped(
      [],
      (x) => graph.unsqueeze(x, [0]),
      () => [1],
    ),
  ],
  Squeeze: [
    reshaped(
      [1, "B", 1, 3],
      (x) => graph.squeeze(x, [0, -2]),
      ([, b]) => [b!, 3],
    ),
  ],
  Concat: [
    of(
      [float(["B", 2]), float(["B", 3])],
      (...xs) => graph.concat(xs, -1),
      (...xs) => joined(xs, 1),
    ),
    of(
      [float(["B", "S"]), float(["B", 1]), float(["B", "S"])],
      (...xs) => graph.concat(xs, 1),
      (...xs) => joined(xs, 1),
    ),
    of(
      [float(["S", 2]), float(["B", 2])],
      (...xs) => graph.concat(xs, 0),
      (...xs) => joined(xs, 0),
    ),
  ],
  Slice: [
    of(
      [float(["B", 5])],
      (x) => graph.slice(x, 1, 1, 4),
      (x) => sliced(x, 1, 1, 4),
    ),
    of(
      [float(["B", 5])],
      (x) => graph.slice(x, -1, -2),
      (x) => sliced(x, 1, 3, 5),
    ),
    of(
      [float([5, "B"])],
      (x) => graph.slice(x, 0, 3, 99),
      (x) => sliced(x, 0, 3, 5),
    ),
    of(
      [float(["B", "S"])],
      (x) => graph.slice(x, 1, 0, 2),
      (x) => sliced(x, 1, 0, 2),
    ),
    of(
      [float(["B", "S"])],
      (x) => graph.slice(x, 1, 0, -1),
      (x) => sliced(x, 1, 0, x.shape[1]! - 1),
    ),
    of(
      [float(["B", "S"])],
      (x) => graph.slice(x, 1, -1),
      (x) => sliced(x, 1, x.shape[1]! - 1, x.shape[1]!),
    ),
    of(
      [float(["B", "S"])],
      (x) => graph.slice(x, 1, 1),
      (x) => sliced(x, 1, 1, x.shape[1]!),
    ),
    of(
      [float(["B", "S"])],
      (x) => graph.slice(x, 1, -2, -1),
      (x) => sliced(x, 1, x.shape[1]! - 2, x.shape[1]! - 1),
    ),
  ],
  Expand: [
    of([float([3]), float(["B", "S", 3])], graph.expand, (x, like) => map((a) => a, x, like)),
    of(
      [float(["B", 1])],
      (x) => graph.expand(x, [2, 1, 4]),
      (x) => tabulate([2, x.shape[0]!, 4], (index) => at(x, index)),
    ),
    of([float(["B", "S"])], graph.zerosLike, (x) => map(() => 0, x)),
  ],
  Split: [
    of(
      [float(["B", 6])],
      (x) => graph.split(x, -1, 3),
      (x) => [0, 2, 4].map((start) => sliced(x, 1, start, start + 2)),
    ),
    of(
      [float(["2*S", 2])],
      (x) => graph.split(x, 0, 2),
      (x) => {
        const half = x.shape[0]! / 2;
        return [sliced(x, 0, 0, half), sliced(x, 0, half, 2 * half)];
      },
    ),
  ],
  Pad: [
    of(
      [float(["B", 3])],
      (x) => graph.pad(x, -1, 2, 1),
      (x) => tabulate([x.shape[0]!, 6], ([i, j]) => (j! < 2 || j! > 4 ? 0 : at(x, [i!, j! - 2]))),
    ),
    of(
      [float(["S"])],
      (x) => graph.pad(x, 0, 0, 2),
      (x) => tabulate([x.shape[0]! + 2], ([i]) => x.data[i!] ?? 0),
    ),
  ],
  Gather: [
    gather([5, 3], whole(["B", "S"], 5), 0),
    gather(["B", 4], whole(["S"], 4, "int64"), 1),
    gather(["B", 4, 2], whole([2, 3], 4), -2),
    gather([5, 3], whole([], 5, "int64"), 0),
    gather(["B", "S", 6], whole(["S"], 6), 2),
  ],
  GatherBlockQuantized: [
    of(
      [whole([5, 32], 256, "uint8"), whole(["B", "S"], 5), float([5, 2])],
      (data, ids, scales) => graph.gatherBlocks(data, ids, scales, 32),
      (data, ids, scales) =>
        tabulate([...ids.shape, 64], ([b, s, column]) => {
          const row = at(ids, [b!, s!]);
          const byte = at(data, [row, column! >> 1]);
          const q = column! % 2 === 0 ? byte & 15 : byte >> 4;
          return (q - 8) * at(scales, [row, column! >> 5]);
        }),
    ),
  ],
  GatherElements: [
    of(
      [float([4, "S"]), whole(["B", "S"], 4)],
      (x, ids) => graph.gatherElements(x, ids, 0),
      (x, ids) => tabulate(ids.shape, (index) => at(x, moved(index, 0, at(ids, index)))),
    ),
    of(
      [float(["B", 4]), whole(["B", 2], 4, "int64")],
      (x, ids) => graph.gatherElements(x, ids, -1),
      (x, ids) => tabulate(ids.shape, (index) => at(x, moved(index, 1, at(ids, index)))),
    ),
  ],
  ScatterElements: [
    of(
      [float([4, 3]), whole(["B", 3], 4), float(["B", 3])],
      (x, ids, updates) => graph.scatterAdd(x, ids, updates, 0),
      (x, ids, updates) => scattered(x, ids, updates, 0),
    ),
    of(
      [float(["B", 2]), whole(["B", "S"], 2, "int64"), float(["B", "S"])],
      (x, ids, updates) => graph.scatterAdd(x, ids, updates, -1),
      (x, ids, updates) => scattered(x, ids, updates, 1),
    ),
  ],
  Shape: [
    of(
      [float(["B", "S", 3])],
      (x) => graph.dimOf(x, -2),
      (x) => ({ shape: [], data: [x.shape[1]!] }),
    ),
    of(
      [float(["B", "S", 3])],
      (x) => graph.apply("Shape", [x]),
      (x) => ({ shape: [3], data: x.shape }),
    ),
  ],
  Range: [
    of(
      [float(["B", "S"])],
      (x) => graph.rangeOf(x, 1),
      (x) => tabulate([x.shape[1]!], ([i]) => i!),
    ),
  ],
  ReduceSum: reduction(graph.reduceSum, sum),
  ReduceMean: reduction(graph.reduceMean, (elements) => sum(elements) / elements.length),
  ReduceMax: reduction(graph.reduceMax, (elements) => Math.max(...elements)),
  ReduceSumSquare: reduction(graph.reduceSumSquare, (elements) => sum(elements.map((x) => x * x))),
  ArgMax: [
    of(
      [float(["B", "S"])],
      (x) => graph.argMax(x, -1),
      (x) => reduce(x, [1], false, (elements) => elements.indexOf(Math.max(...elements))),
    ),
    of(
      [whole(["B", 9], 2, "int32")],
      (x) => graph.argMax(x, 1, true),
      (x) => reduce(x, [1], true, (elements) => elements.indexOf(Math.max(...elements))),
    ),
  ],
  Softmax: [
    of(
      [float(["B", "S"])],
      (x) => graph.softmax(x),
      (x) => softmaxed(x, 1),
    ),
    of(
      [float(["B", "S", 3])],
      (x) => graph.softmax(x, 1),
      (x) => softmaxed(x, 1),
    ),
  ],
  LogSoftmax: [
    of(
      [float(["B", "S"])],
      (x) => graph.logSoftmax(x),
      (x) => map(Math.log, softmaxed(x, 1)),
    ),
    of(
      [float(["B", 3])],
      (x) => graph.logSoftmax(x, 0),
      (x) => map(Math.log, softmaxed(x, 0)),
    ),
  ],
  RMSNormalization: [
    of(
      [float(["B", "S", 4]), float([4])],
      (x, scale) => graph.rmsNormalization(x, scale, 1e-3),
      (x, scale) => {
        const mean = reduce(x, [2], true, (elements) => sum(elements.map((e) => e * e)) / 4);
        return map((e, m, s) => (e / Math.sqrt(m + 1e-3)) * s, x, mean, scale);
      },
    ),
  ],
  LayerNormalization: [
    of(
      [float(["B", "S", 4]), float([4]), float([4])],
      (x, scale, bias) => graph.layerNormalization(x, scale, bias, 1e-3),
      (x, scale, bias) => {
        const mean = reduce(x, [2], true, (elements) => sum(elements) / 4);
        const centred = map((e, m) => e - m, x, mean);
        const variance = reduce(centred, [2], true, (es) => sum(es.map((e) => e * e)) / 4);
        return map(
          (e, v, s, b) => (e / Math.sqrt(v + 1e-3)) * s + b,
          centred,
          variance,
          scale,
          bias,
        );
      },
    ),
  ],
  SoftmaxCrossEntropyLoss: [
    of(
      [float(["B", 4]), whole(["B"], 4)],
      (scores, labels) => {
        const { loss, logProbabilities } = graph.softmaxCrossEntropy(scores, labels);
        return [loss, logProbabilities];
      },
      (scores, labels) => {
        const logs = map(Math.log, softmaxed(scores, 1));
        const loss = sum(labels.data.map((label, row) => -at(logs, [row, label])));
        return [{ shape: [], data: [loss] }, logs];
      },
    ),
  ],
};

const sizesTried = [
  { B: 2, S: 3 },
  { B: 5, S: 4 },
];

async function checkCase(name: string, { inputs, build, reference }: Case): Promise<void> {
  const values = inputs.map(({ dtype, shape }, i) => input(`x${i}`, dtype, shape));
  const outputs = [build(...values)].flat() as Value[];
  const named = Object.fromEntries(outputs.map((value, i) => [`y${i}`, value]));
  const built = buildGraph({ name, inputs: values, outputs: named });
  expect(built.nodes.map(({ op }) => op)).toContain(name);
  const session = await compile(built);
  for (const sizes of sizesTried) {
    const random = new Random(7, name);
    const arrays = inputs.map(({ shape, draw }) =>
      tabulate(bindShape(shape, sizes), () => draw(random)),
    );
    const feeds = arrays.map((array, i) => [`x${i}`, toFeed(array, inputs[i]!.dtype)] as const);
    const results = await session.run(Object.fromEntries(feeds));
    const seen = feeds.map(([, feed]) => fromResult(feed));
    const wanted = [reference(...seen)].flat() as Nd[];
    outputs.forEach(({ dtype, shape }, i) => {
      const result = results[`y${i}`]!;
      expect(result.shape, "shape").toEqual(wanted[i]!.shape);
      expect(result.shape, "inferred shape").toEqual(bindShape(shape, sizes));
      expect(result.data.constructor, "dtype").toBe(toFeed(wanted[i]!, dtype).data.constructor);
      expect(fromResult(result).data).toBeAllclose(wanted[i]!.data, { rtol: 1e-5, atol: 1e-5 });
    });
  }
  await session.release();
}

test.each(Object.keys(operators))(
  "%s: as in plain JavaScript, of the inferred shape",
  async (name) => {
    const own = cases[name as OperatorName] ?? [];
    expect(own.length, "an operator without a case").toBeGreaterThan(0);
    for (const each of own) await checkCase(name, each);
  },
);
