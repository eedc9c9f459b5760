/** @file The passes of a model that are given its weights: logits, losses, gradients. */
import { argMax, buildGraph, cast, equal, nodesBehind, reduceSum } from "../graph/index.ts";
import { noDropout } from "../nn/index.ts";
import type { Architecture } from "./architecture.ts";
import { parameterInputs } from "./parameters.ts";
import { stepGraph } from "./step-graph.ts";

/** The graphs a model runs with its weights fed. */
export const passes = {
  forward: (architecture: Architecture) => forwardGraph(architecture, false),
  "forward with loss": (architecture: Architecture) => forwardGraph(architecture, true),
  loss: (architecture: Architecture) => {
    const parameters = parameterInputs(architecture.parameters);
    const built = architecture.build((name) => parameters.get(name)!, noDropout);
    const isCorrect = equal(cast(argMax(built.classes, 1), "int32"), built.targets);
    return buildGraph({
      name: "loss",
      inputs: [...parameters.values(), ...built.lossInputs],
      outputs: { loss: built.loss, num_correct: reduceSum(cast(isCorrect, "float32")) },
    });
  },
  "scored logits": (architecture: Architecture) => {
    const parameters = parameterInputs(architecture.parameters);
    const built = architecture.build((name) => parameters.get(name)!, noDropout);
    const read = new Set(nodesBehind([built.classes]).flatMap(({ inputs }) => inputs));
    const inputs = [...parameters.values(), ...built.lossInputs].filter((one) => read.has(one));
    return buildGraph({ name: "scored logits", inputs, outputs: { logits: built.classes } });
  },
  step: (architecture: Architecture) => stepGraph(architecture, noDropout).graph,
} as const;

function forwardGraph(architecture: Architecture, withLoss: boolean) {
  const parameters = parameterInputs(architecture.parameters);
  const built = architecture.build((name) => parameters.get(name)!, noDropout);
  return buildGraph({
    name: "forward",
    inputs: [...parameters.values(), ...(withLoss ? built.lossInputs : built.inputs)],
    outputs: withLoss ? { ...built.outputs, loss: built.loss } : built.outputs,
  });
}
