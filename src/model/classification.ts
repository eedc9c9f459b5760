/** @file What every classification head makes of its logits. */
import { softmax, softmaxCrossEntropy, type Value } from "../graph/index.ts";
import type { BuiltModel } from "./architecture.ts";

/**
 * Outputs and loss of a head.
 * @param logits [B, C]
 * @param labels [B] int32, an input of the loss
 */
export function classified(inputs: readonly Value[], labels: Value, logits: Value): BuiltModel {
  return {
    inputs,
    outputs: { logits, prob: softmax(logits) },
    lossInputs: [...inputs, labels],
    loss: softmaxCrossEntropy(logits, labels).loss,
    classes: logits,
    targets: labels,
  };
}
