/**
 * @file Dimensions: fixed sizes and names. A name stands for a size bound at run time, so one graph
 * serves every batch and length; arithmetic on names is kept as canonical text ("2*B*S", "P+1"):
 * equal dimensions are equal texts.
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

/** A dimension as a sum: each product of names (sorted, none for the constant) and its factor. */
type Polynomial = Map<string, number>;

const isInteger = (text: string) => /^-?\d+$/.test(text);

function parse(dim: Dim): Polynomial {
  const sum: Polynomial = new Map();
  for (const text of String(dim).split("+")) {
    const factors = text.split("*");
    const names = factors.filter((factor) => !isInteger(factor));
    const numbers = factors.filter(isInteger).map(Number);
    const factor = numbers.reduce((product, n) => product * n, 1);
    addTerm(sum, names.sort().join("*"), factor);
  }
  return sum;
}

function addTerm(sum: Polynomial, names: string, factor: number): void {
  const total = (sum.get(names) ?? 0) + factor;
  if (total === 0) sum.delete(names);
  else sum.set(names, total);
}

/** Names in order, the constant last: `2*B*S+B+1`. */
function format(sum: Polynomial): Dim {
  const constant = sum.get("") ?? 0;
  const products = [...sum].filter(([names]) => names !== "").sort(([a], [b]) => (a < b ? -1 : 1));
  if (products.length === 0) return constant;
  const terms = products.map(([names, factor]) => (factor === 1 ? names : `${factor}*${names}`));
  return [...terms, ...(constant === 0 ? [] : [constant])].join("+");
}

function multiply(a: Polynomial, b: Polynomial): Polynomial {
  const product: Polynomial = new Map();
  for (const [x, m] of a) {
    for (const [y, n] of b)
      addTerm(product, [...namesOf(x), ...namesOf(y)].sort().join("*"), m * n);
  }
  return product;
}

const namesOf = (names: string) => (names === "" ? [] : names.split("*"));

/** Product of dimensions; 1 for none. Zero absorbs; sums are multiplied out. */
export function multiplyDims(...dims: Dim[]): Dim {
  // never -0
  if (dims.every(isFixed)) return dims.reduce((product, n) => product * n, 1) + 0;
  return format(dims.map(parse).reduce(multiply));
}

/** Exact quotient, or undefined when the names or numbers do not divide. */
export function divideDims(dividend: Dim, divisor: Dim): Dim | undefined {
  const rest = parse(dividend);
  const by = parse(divisor);
  if (by.size === 0) return undefined;
  const quotient: Polynomial = new Map();
  // long division: each round removes the leading term of the rest
  while (rest.size > 0) {
    const term = divideTerms(leadingTerm(rest), leadingTerm(by));
    if (term === undefined) return undefined;
    addTerm(quotient, ...term);
    const product = multiply(new Map([term]), by);
    for (const [names, factor] of product) addTerm(rest, names, -factor);
  }
  return format(quotient);
}

type Term = readonly [names: string, factor: number];

/** Largest in lexicographic order of exponents, the earliest name counting most. */
function leadingTerm(sum: Polynomial): Term {
  return [...sum].reduce((best, term) =>
    precedes(namesOf(best[0]), namesOf(term[0])) ? term : best,
  );
}

function precedes(a: readonly string[], b: readonly string[]): boolean {
  const at = b.findIndex((name, i) => name !== a[i]);
  return at >= 0 && (a[at] === undefined || b[at]! < a[at]);
}

function divideTerms([dividend, m]: Term, [divisor, n]: Term): Term | undefined {
  const names = namesOf(dividend);
  for (const name of namesOf(divisor)) {
    const at = names.indexOf(name);
    if (at < 0) return undefined;
    names.splice(at, 1);
  }
  return m % n === 0 ? [names.join("*"), m / n] : undefined;
}

/** Sum of dimensions, like terms joined: `addDims("P", 1)` is "P+1", and adding -1 to that is "P". */
export function addDims(...dims: Dim[]): Dim {
  if (dims.every(isFixed)) return dims.reduce((sum, n) => sum + n, 0);
  const sum: Polynomial = new Map();
  for (const dim of dims) for (const [names, factor] of parse(dim)) addTerm(sum, names, factor);
  return format(sum);
}

/** A dimension's size once names have sizes, or undefined when one has none. */
export function sizeOfDim(
  dim: Dim,
  sizes: Readonly<Record<string, number | undefined>>,
): number | undefined {
  let total = 0;
  for (const [names, factor] of parse(dim)) {
    const product = namesOf(names).reduce((size, name) => size * (sizes[name] ?? Number.NaN), 1);
    total += factor * product;
  }
  return Number.isNaN(total) ? undefined : total;
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
