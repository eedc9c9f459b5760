/** @file Softmax, RMS and layer normalisation, cross entropy: one node each, so each has one fused gradient. */
import { apply, applyAll } from "../apply.ts";
import { formatShape, sameShape } from "../dim.ts";
import type { Value } from "../value.ts";
import {
  normalizeAxis,
  type Operator,
  required,
  requireInteger,
  sameAsInput,
  sameDtype,
  shapeError,
} from "./operator.ts";

const alongAxis: Operator = { domain: "", attributes: { axis: "int" }, infer: sameAsInput };

export type NormalizationOperator =
  | "Softmax"
  | "LogSoftmax"
  | "RMSNormalization"
  | "LayerNormalization"
  | "SoftmaxCrossEntropyLoss";

export const normalizationOperators: Readonly<Record<NormalizationOperator, Operator>> = {
  Softmax: alongAxis,
  LogSoftmax: alongAxis,
  /** Standard since opset 23; lowered to what ONNX Runtime's CPU kernels run. */
  RMSNormalization: {
    domain: "",
    attributes: { epsilon: "float" },
    infer: (inputs) => {
      const x = required(inputs, 0);
      const scale = required(inputs, 1);
      requireLastAxis("rmsNormalization", "rms.scale", x, scale);
      return [{ dtype: x.dtype, shape: x.shape }];
    },
  },
  /** Standard since opset 17. Inputs: x, scale, bias; the last axis is normalised. */
  LayerNormalization: {
    domain: "",
    attributes: { epsilon: "float" },
    infer: (inputs) => {
      const [x, scale, bias] = [0, 1, 2].map((i) => required(inputs, i)) as [Value, Value, Value];
      requireLastAxis("layerNormalization", "layerNorm.scale", x, scale);
      requireLastAxis("layerNormalization", "layerNorm.bias", x, bias);
      return [{ dtype: x.dtype, shape: x.shape }];
    },
  },
  /** Standard since opset 12, reduction "sum": outputs the loss and the log-probabilities. */
  SoftmaxCrossEntropyLoss: {
    domain: "",
    attributes: { reduction: "string" },
    infer: (inputs) => {
      const scores = required(inputs, 0);
      const labels = required(inputs, 1);
      requireInteger("crossEntropy", labels);
      if (scores.shape.length !== 2 || !sameShape(labels.shape, scores.shape.slice(0, 1))) {
        const shapes = `${formatShape(scores.shape)} and ${formatShape(labels.shape)}`;
        throw shapeError("crossEntropy.shape", `crossEntropy: expected [L, V] and [L]: ${shapes}`);
      }
      const { dtype, shape } = scores;
      return [
        { dtype, shape: [] },
        { dtype, shape },
      ];
    },
  },
};

/** @param code its last word names the operand @throws ShapeError when the operand is not one number per column of x */
function requireLastAxis(op: string, code: string, x: Value, operand: Value): void {
  sameDtype(op, x, operand);
  if (sameShape(operand.shape, x.shape.slice(-1))) return;
  const shapes = `${formatShape(x.shape)} and ${formatShape(operand.shape)}`;
  const name = code.slice(code.indexOf(".") + 1);
  throw shapeError(code, `${op}: ${name} does not fit the last axis: ${shapes}`);
}

export function softmax(x: Value, axis = -1): Value {
  return apply("Softmax", [x], { axis: normalizeAxis(axis, x.shape) });
}

export function logSoftmax(x: Value, axis = -1): Value {
  return apply("LogSoftmax", [x], { axis: normalizeAxis(axis, x.shape) });
}

/** `x / sqrt(mean(x²) + epsilon) * scale` over the last axis. @param scale the size of that axis */
export function rmsNormalization(x: Value, scale: Value, epsilon: number): Value {
  return apply("RMSNormalization", [x, scale], { epsilon });
}

/**
 * `(x - mean(x)) / sqrt(variance(x) + epsilon) * scale + bias` over the last axis.
 * @param scale the size of that axis @param bias the same
 */
export function layerNormalization(x: Value, scale: Value, bias: Value, epsilon: number): Value {
  return apply("LayerNormalization", [x, scale, bias], { epsilon });
}

/**
 * Summed cross entropy.
 * @param scores [L, V] float32, unnormalised
 * @param labels [L] int32 or int64, each in [0, V)
 * @returns loss: scalar, nats, summed over L; logProbabilities: [L, V]
 */
export function softmaxCrossEntropy(scores: Value, labels: Value) {
  const node = applyAll("SoftmaxCrossEntropyLoss", [scores, labels], { reduction: "sum" });
  const [loss, logProbabilities] = node.outputs as [Value, Value];
  return { loss, logProbabilities };
}
