/**
 * @file Dimensions: fixed sizes and names. A name stands for a size bound at run time, so one graph
 * serves every batch and length; arithmetic on names is kept as canonical text ("2*B*S", "P+1").
 */
import type { Dim } from "../onnx/index.ts";

/** Row-major shape; the rank is always known, sizes may be names. */
export type Shape = readonly Dim[];

/** `[B, S, 256]`, as errors and dumps print it. */
export function formatShape(shape: Shape): string {
  return `[${shape.join(", ")}]`;
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((dim, i) => dim === b[i]);
}

interface Product {
  readonly coefficient: number;
  readonly names: readonly string[];
}

function parseProduct(dim: Dim): Product {
  if (typeof dim === "number") return { coefficient: dim, names: [] };
  // a sum is one opaque factor: its names cannot be cancelled one by one
  if (dim.includes("+")) return { coefficient: 1, names: [`(${dim})`] };
  const factors = splitFactors(dim);
  const numbers = factors.filter((factor) => /^\d+$/.test(factor)).map(Number);
  return {
    coefficient: numbers.reduce((product, n) => product * n, 1),
    names: factors.filter((factor) => !/^\d+$/.test(factor)),
  };
}

function splitFactors(text: string): string[] {
  return text.match(/\([^()]*\)|[^*]+/g) ?? [];
}

function formatProduct({ coefficient, names }: Product): Dim {
  if (names.length === 0) return coefficient;
  const sorted = [...names].sort();
  if (sorted.length === 1 && coefficient === 1) return sorted[0]!.replace(/^\((.*)\)$/, "$1");
  return [...(coefficient === 1 ? [] : [coefficient]), ...sorted].join("*");
}

/** Product of dimensions; 1 for none. Zero absorbs. */
export function multiplyDims(...dims: Dim[]): Dim {
  const products = dims.map(parseProduct);
  const coefficient = products.reduce((product, { coefficient }) => product * coefficient, 1);
  if (coefficient === 0) return 0;
  return formatProduct({ coefficient, names: products.flatMap(({ names }) => names) });
}

/** Exact quotient, or undefined when the names or numbers do not divide. */
export function divideDims(dividend: Dim, divisor: Dim): Dim | undefined {
  const a = parseProduct(dividend);
  const b = parseProduct(divisor);
  const names = [...a.names];
  for (const name of b.names) {
    const at = names.indexOf(name);
    if (at < 0) return undefined;
    names.splice(at, 1);
  }
  if (b.coefficient === 0 || a.coefficient % b.coefficient !== 0) return undefined;
  return formatProduct({ coefficient: a.coefficient / b.coefficient, names });
}

/** Sum of dimensions, numbers folded: `addDims("P", 1)` is "P+1", and adding -1 to that is "P". */
export function addDims(...dims: Dim[]): Dim {
  const terms = dims.flatMap((dim) => String(dim).split("+"));
  const isNumber = (term: string) => /^-?\d+$/.test(term);
  const total = terms.filter(isNumber).reduce((sum, term) => sum + Number(term), 0);
  const names = terms.filter((term) => !isNumber(term));
  if (names.length === 0) return total;
  return [...names.sort(), ...(total === 0 ? [] : [String(total)])].join("+");
}

/** Number of elements of a shape. */
export function sizeOfShape(shape: Shape): Dim {
  return multiplyDims(...shape);
}

/** True when the dimension is a number. */
export function isFixed(dim: Dim): dim is number {
  return typeof dim === "number";
}

/** NumPy broadcast of two dimensions, or undefined when they do not fit. */
function broadcastDim(a: Dim, b: Dim): Dim | undefined {
  if (a === b || b === 1) return a;
  return a === 1 ? b : undefined;
}

/** NumPy broadcast of two shapes, or undefined when they do not fit. Names only match themselves. */
export function broadcastShapes(a: Shape, b: Shape): Shape | undefined {
  const rank = Math.max(a.length, b.length);
  const result: Dim[] = [];
  for (let axis = 0; axis < rank; axis++) {
    const dim = broadcastDim(a[axis - rank + a.length] ?? 1, b[axis - rank + b.length] ?? 1);
    if (dim === undefined) return undefined;
    result.push(dim);
  }
  return result;
}
