/** @file Tensors in plain JavaScript, slow and obvious: the reference that operators are compared with. */
import type { NdArray } from "../src/base/index.ts";
import { numericArray, type Shape } from "../src/graph/index.ts";
import type { DType } from "../src/onnx/index.ts";

/** Row-major numbers. */
export interface Nd {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

/** A tensor from its elements' positions. */
export function tabulate(
  shape: readonly number[],
  element: (index: readonly number[]) => number,
): Nd {
  const size = shape.reduce((product, dim) => product * dim, 1);
  const data = Array.from({ length: size }, (_, flat) => element(unravel(flat, shape)));
  return { shape, data };
}

function unravel(flat: number, shape: readonly number[]): number[] {
  let rest = flat;
  const index = shape.toReversed().map((dim) => {
    const at = rest % dim;
    rest = Math.floor(rest / dim);
    return at;
  });
  return index.reverse();
}

/** An element; axes of size 1 and missing leading axes repeat, as NumPy broadcasts. */
export function at({ shape, data }: Nd, index: readonly number[]): number {
  const own = index.slice(index.length - shape.length);
  const flat = shape.reduce((sum, dim, axis) => sum * dim + (dim === 1 ? 0 : own[axis]!), 0);
  return data[flat]!;
}

/** Element-wise function of tensors broadcast against each other. */
export function map(f: (...elements: number[]) => number, ...tensors: readonly Nd[]): Nd {
  const rank = Math.max(...tensors.map(({ shape }) => shape.length));
  const shape = Array.from({ length: rank }, (_, axis) => {
    const sizes = tensors.map((tensor) => tensor.shape[axis - rank + tensor.shape.length] ?? 1);
    return sizes.find((size) => size !== 1) ?? 1;
  });
  return tabulate(shape, (index) => f(...tensors.map((tensor) => at(tensor, index))));
}

/** All elements along `axes` turned into one. */
export function reduce(
  x: Nd,
  axes: readonly number[],
  keepDims: boolean,
  f: (elements: readonly number[]) => number,
): Nd {
  const kept = x.shape.map((dim, axis) => (axes.includes(axis) ? 1 : dim));
  const groups = new Map<string, number[]>();
  tabulate(x.shape, (index) => {
    const key = index.filter((_, axis) => !axes.includes(axis)).join();
    groups.set(key, [...(groups.get(key) ?? []), at(x, index)]);
    return 0;
  });
  const data = [...groups.values()].map(f);
  return { shape: keepDims ? kept : x.shape.filter((_, axis) => !axes.includes(axis)), data };
}

/** Product over the last two axes, the others broadcast. */
export function matrixProduct(a: Nd, b: Nd): Nd {
  const [rows, inner, columns] = [a.shape.at(-2)!, a.shape.at(-1)!, b.shape.at(-1)!];
  const batch = (x: Nd): Nd => tabulate(x.shape.slice(0, -2), () => 0);
  const { shape } = map(() => 0, batch(a), batch(b));
  return tabulate([...shape, rows, columns], (index) => {
    const [before, row, column] = [index.slice(0, -2), index.at(-2)!, index.at(-1)!];
    return sum(
      Array.from(
        { length: inner },
        (_, k) => at(a, [...before, row, k]) * at(b, [...before, k, column]),
      ),
    );
  });
}

/** The last two axes exchanged. */
export function transposed(x: Nd): Nd {
  const shape = [...x.shape.slice(0, -2), x.shape.at(-1)!, x.shape.at(-2)!];
  return tabulate(shape, (index) => at(x, [...index.slice(0, -2), index.at(-1)!, index.at(-2)!]));
}

export const sum = (elements: readonly number[]) => elements.reduce((total, x) => total + x, 0);

/** Error function by its Taylor series: exact to the last digits for |x| <= 3. */
export function errorFunction(x: number): number {
  let term = x;
  let total = x;
  for (let n = 1; n < 60; n++) {
    term *= -(x * x) / n;
    total += term / (2 * n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * total;
}

/** A feed of a graph's element type. */
export function toFeed({ shape, data }: Nd, dtype: DType): NdArray {
  return { shape, data: numericArray(dtype, data) as NdArray["data"] };
}

/** What a session returned, as numbers. */
export function fromResult({ shape, data }: NdArray): Nd {
  return { shape, data: Array.from(data as ArrayLike<number | bigint>, Number) };
}

/** Sizes for the names in a shape, sums and products included. */
export function bindShape(shape: Shape, sizes: Readonly<Record<string, number>>): number[] {
  return shape.map((dim) => {
    const terms = String(dim).split("+");
    const factor = (text: string) => sizes[text] ?? Number(text);
    return sum(terms.map((term) => term.split("*").reduce((p, text) => p * factor(text), 1)));
  });
}
