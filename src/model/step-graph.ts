/** @file The training step as one graph: batch in, summed loss and gradients out. */

import { backward } from "../grad/index.ts";
import { buildGraph, type Graph, type Value } from "../graph/index.ts";
import type { Dropout } from "../nn/index.ts";
import type { Architecture } from "./architecture.ts";
import { dequantizedInPlace } from "./frozen-graph.ts";
import { parameterInputs } from "./parameters.ts";

/** Name of the output that holds a parameter's gradient. */
export function gradientName(parameter: string): string {
  return `grad.${parameter}`;
}

/** A step graph and the dropout masks it wants, in building order. */
export interface StepGraph {
  readonly graph: Graph;
  readonly masks: readonly Value[];
}

/**
 * Loss and gradients of an architecture. Both are sums over scored items; the optimizer divides by
 * their number, so that accumulating micro-batches equals one large batch.
 * @param trainable names of the parameters to differentiate; all when omitted
 */
export function stepGraph(
  architecture: Architecture,
  dropout: Dropout,
  trainable?: ReadonlySet<string>,
): StepGraph {
  const parameters = parameterInputs(architecture.parameters);
  const { lossInputs, loss } = architecture.build((name) => parameters.get(name)!, dropout);
  const names = [...parameters.keys()].filter((name) => trainable?.has(name) ?? true);
  const gradients = backward(
    loss,
    names.map((name) => parameters.get(name)!),
  );
  const [summed, ...learned] = dequantizedInPlace([loss, ...gradients]) as [Value, ...Value[]];
  const outputs = names.map((name, i) => [gradientName(name), learned[i]!] as const);
  const graph = buildGraph({
    name: "step",
    inputs: [...parameters.values(), ...lossInputs, ...dropout.masks],
    outputs: { loss: summed, ...Object.fromEntries(outputs) },
  });
  return { graph, masks: dropout.masks };
}
