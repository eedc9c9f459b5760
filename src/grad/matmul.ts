/** @file Gradient rules of matrix products: for y = αab, da = α dy bᵀ and db = α aᵀ dy. */
import { matMul, multiplyDims, type Node, reshape, type Value } from "../graph/index.ts";
import { sumTo } from "./cotangent.ts";

interface Product {
  readonly a: Value;
  readonly b: Value;
  readonly transA: boolean;
  readonly transB: boolean;
  readonly alpha: number;
}

function productOf(node: Node): Product {
  const [a, b] = node.inputs as [Value, Value];
  const { transA = 0, transB = 0, alpha = 1 } = node.attributes;
  return { a, b, transA: transA === 1, transB: transB === 1, alpha: alpha as number };
}

function leftCotangent({ a, b, transA, transB, alpha }: Product, dy: Value): Value {
  const da = transA
    ? matMul(b, dy, { transA: transB, transB: true, alpha })
    : matMul(dy, b, { transB: !transB, alpha });
  return sumTo(da, a.shape);
}

function rightCotangent({ a, b, transA, transB, alpha }: Product, dy: Value): Value {
  const db = transB
    ? matMul(dy, a, { transA: true, transB: transA, alpha })
    : matMul(a, dy, { transA: !transA, alpha });
  return sumTo(db, b.shape);
}

/** A weight shared by a batch: one product over all rows instead of one per example and a sum. */
function flattened(product: Product, dy: Value): [Product, Value] {
  const { a, b, transA } = product;
  if (b.shape.length !== 2 || a.shape.length === 2 || transA) return [product, dy];
  return [{ ...product, a: asMatrix(a) }, asMatrix(dy)];
}

function asMatrix(x: Value): Value {
  return reshape(x, [multiplyDims(...x.shape.slice(0, -1)), x.shape.at(-1)!]);
}

const productRule = (node: Node, [dy]: readonly (Value | null)[]) => {
  const product = productOf(node);
  return [leftCotangent(product, dy!), rightCotangent(...flattened(product, dy!))];
};

export const matmulRules = { MatMul: productRule, FusedMatMul: productRule };
