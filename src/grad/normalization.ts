/** @file Gradient rules of softmax, RMS and layer normalisation, cross entropy, in their fused forms. */
import {
  add,
  constant,
  exp,
  expand,
  mul,
  type Node,
  numericArray,
  reciprocal,
  reduceMean,
  reduceSum,
  scatterAdd,
  sqrt,
  sub,
  unsqueeze,
  type Value,
} from "../graph/index.ts";
import { type Contribution, sumTo } from "./cotangent.ts";
import type { Rule } from "./rules.ts";

/**
 * y = x̂ g with x̂ = x r and r = (mean(x²) + ε)^-½:
 * dg = Σ dy x̂ and dx = r (dy g - x̂ mean(dy g x̂)).
 */
function rmsNormalizationRule(node: Node, [dy]: readonly (Value | null)[]): Contribution[] {
  const [x, scale] = node.inputs as [Value, Value];
  const variance = reduceMean(mul(x, x), [-1], true);
  const inverse = reciprocal(sqrt(add(variance, node.attributes.epsilon as number)));
  const normalized = mul(x, inverse);
  const scaled = mul(dy!, scale);
  const projection = reduceMean(mul(scaled, normalized), [-1], true);
  const dx = mul(sub(scaled, mul(normalized, projection)), inverse);
  return [dx, sumTo(mul(dy!, normalized), scale.shape)];
}

/**
 * y = x̂ g + b with x̂ = (x - mean(x)) r and r = (variance(x) + ε)^-½:
 * db = Σ dy, dg = Σ dy x̂ and dx = r (dy g - mean(dy g) - x̂ mean(dy g x̂)).
 */
function layerNormalizationRule(node: Node, [dy]: readonly (Value | null)[]): Contribution[] {
  const [x, scale, bias] = node.inputs as [Value, Value, Value];
  const centred = sub(x, reduceMean(x, [-1], true));
  const variance = reduceMean(mul(centred, centred), [-1], true);
  const inverse = reciprocal(sqrt(add(variance, node.attributes.epsilon as number)));
  const normalized = mul(centred, inverse);
  const scaled = mul(dy!, scale);
  const projection = mul(normalized, reduceMean(mul(scaled, normalized), [-1], true));
  const dx = mul(sub(sub(scaled, reduceMean(scaled, [-1], true)), projection), inverse);
  return [dx, sumTo(mul(dy!, normalized), scale.shape), sumTo(dy!, bias.shape)];
}

/** d scores = (softmax - one-hot) dloss; the one-hot is subtracted in place, never built. */
function crossEntropyRule(node: Node, [dloss, dlogp]: readonly (Value | null)[]): Contribution[] {
  const labels = node.inputs[1]!;
  const logProbabilities = node.outputs[1]!;
  const probabilities = exp(logProbabilities);
  const terms: Value[] = [];
  if (dloss) {
    const column = unsqueeze(labels, [1]);
    const minusOne = constant(numericArray(dloss.dtype, [-1]), [1, 1]);
    const residual = scatterAdd(probabilities, column, expand(minusOne, column), 1);
    terms.push(isOne(dloss) ? residual : mul(residual, dloss));
  }
  if (dlogp) terms.push(sub(dlogp, mul(probabilities, reduceSum(dlogp, [-1], true))));
  return [terms.reduce(add), null];
}

function isOne(value: Value): boolean {
  return value.data?.length === 1 && Number(value.data[0]) === 1;
}

export const normalizationRules = {
  Softmax: ((node, [dy]) => {
    const y = node.outputs[0]!;
    const axis = node.attributes.axis as number;
    return [mul(y, sub(dy!, reduceSum(mul(dy!, y), [axis], true)))];
  }) satisfies Rule,
  LogSoftmax: ((node, [dy]) => {
    const axis = node.attributes.axis as number;
    return [sub(dy!, mul(exp(node.outputs[0]!), reduceSum(dy!, [axis], true)))];
  }) satisfies Rule,
  RMSNormalization: rmsNormalizationRule,
  LayerNormalization: layerNormalizationRule,
  SoftmaxCrossEntropyLoss: crossEntropyRule,
};
