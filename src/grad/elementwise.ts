/** @file Gradient rules of element-wise operators; broadcast operands get their cotangent summed. */
import {
  add,
  cast,
  cos,
  div,
  equal,
  erf,
  exp,
  log,
  mul,
  neg,
  pow,
  sign,
  sin,
  sub,
  tanh,
  type Value,
  where,
} from "../graph/index.ts";
import { sumTo } from "./cotangent.ts";
import type { Rule } from "./rules.ts";

type Unary = (x: Value, y: Value, dy: Value) => Value;

/** A rule from dx = f(x, y, dy), with y = op(x). */
const unary =
  (derivative: Unary): Rule =>
  (node, [dy]) => [derivative(node.inputs[0]!, node.outputs[0]!, dy!)];

type Binary = (a: Value, b: Value, dy: Value, y: Value) => readonly [Value, Value];

/** A rule from (da, db) before the sums that undo broadcasting. */
const binary =
  (derivatives: Binary): Rule =>
  (node, [dy]) => {
    const [a, b] = node.inputs as [Value, Value];
    const [da, db] = derivatives(a, b, dy!, node.outputs[0]!);
    return [sumTo(da, a.shape), sumTo(db, b.shape)];
  };

/** The larger (or smaller) operand takes the cotangent; equal ones share it, as PyTorch does. */
const extremum = binary((a, b, dy, y) => {
  const share = sub(1, mul(cast(equal(a, b), dy.dtype), 0.5));
  const taken = (operand: Value) => mul(mul(dy, share), cast(equal(operand, y), dy.dtype));
  return [taken(a), taken(b)];
});

const tanhSlope = Math.sqrt(2 / Math.PI);
const tanhCubic = 0.044715;

/** d/dx of 0.5 x (1 + tanh(√(2/π) (x + 0.044715 x³))). */
function geluTanhDerivative(x: Value): Value {
  const square = mul(x, x);
  const inner = tanh(mul(mul(x, tanhSlope), add(mul(square, tanhCubic), 1)));
  const innerSlope = mul(add(mul(square, 3 * tanhCubic), 1), tanhSlope);
  const sech = sub(1, mul(inner, inner));
  const left = mul(add(inner, 1), 0.5);
  return add(left, mul(mul(mul(x, 0.5), sech), innerSlope));
}

/** d/dx of x Φ(x), Φ the normal distribution function. */
function geluErfDerivative(x: Value): Value {
  const cdf = mul(add(erf(mul(x, Math.SQRT1_2)), 1), 0.5);
  const density = mul(exp(mul(mul(x, x), -0.5)), 1 / Math.sqrt(2 * Math.PI));
  return add(cdf, mul(x, density));
}

export const elementwiseRules = {
  Add: binary((_a, _b, dy) => [dy, dy]),
  Sub: binary((_a, _b, dy) => [dy, neg(dy)]),
  Mul: binary((a, b, dy) => [mul(dy, b), mul(dy, a)]),
  Div: binary((_a, b, dy, y) => [div(dy, b), neg(div(mul(dy, y), b))]),
  Pow: binary((a, b, dy, y) => [mul(dy, mul(b, pow(a, sub(b, 1)))), mul(dy, mul(y, log(a)))]),
  Max: extremum,
  Min: extremum,
  Neg: unary((_x, _y, dy) => neg(dy)),
  Abs: unary((x, _y, dy) => mul(dy, sign(x))),
  Exp: unary((_x, y, dy) => mul(dy, y)),
  Log: unary((x, _y, dy) => div(dy, x)),
  Sqrt: unary((_x, y, dy) => div(mul(dy, 0.5), y)),
  Reciprocal: unary((_x, y, dy) => neg(mul(dy, mul(y, y)))),
  // y is never negative, so its sign is the 0-1 mask
  Relu: unary((_x, y, dy) => mul(dy, sign(y))),
  Sin: unary((x, _y, dy) => mul(dy, cos(x))),
  Cos: unary((x, _y, dy) => neg(mul(dy, sin(x)))),
  Tanh: unary((_x, y, dy) => mul(dy, sub(1, mul(y, y)))),
  Sigmoid: unary((_x, y, dy) => mul(dy, mul(y, sub(1, y)))),
  Erf: unary((x, _y, dy) => mul(dy, mul(exp(neg(mul(x, x))), 2 / Math.sqrt(Math.PI)))),
  Sign: unary((_x, _y, dy) => mul(dy, 0)),
  Identity: unary((_x, _y, dy) => dy),
  Gelu: ((node, [dy]) => {
    const x = node.inputs[0]!;
    const isTanh = node.attributes.approximate === "tanh";
    return [mul(dy!, isTanh ? geluTanhDerivative(x) : geluErfDerivative(x))];
  }) satisfies Rule,
  // rounding to integers is flat: nothing flows back through them
  Cast: ((node, [dy]) => {
    const { dtype } = node.inputs[0]!;
    const isSmooth = [dtype, dy!.dtype].every((name) => name.startsWith("float"));
    return [isSmooth ? cast(dy!, dtype) : null];
  }) satisfies Rule,
  Where: ((node, [dy]) => {
    const [condition, a, b] = node.inputs as [Value, Value, Value];
    const da = sumTo(where(condition, dy!, 0), a.shape);
    const db = sumTo(where(condition, 0, dy!), b.shape);
    return [null, da, db];
  }) satisfies Rule,
};
