/** @file Softmax, RMS normalisation and cross entropy: one node each, so each has one fused gradient. */
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
      sameDtype("rmsNormalization", x, scale);
      if (!sameShape(scale.shape, x.shape.slice(-1))) {
        const shapes = `${formatShape(x.shape)} and ${formatShape(scale.shape)}`;
        throw shapeError(
          "rms.scale",
          `rmsNormalization: scale does not fit the last axis: ${shapes}`,
        );
      }
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
