/** @file The graphs a model is made of, by name: to print, count and time. */
import { ConfigError } from "../base/index.ts";
import type { Graph } from "../graph/index.ts";
import { familyOf } from "./family.ts";
import type { ModelSpec } from "./model.ts";
import { passes } from "./passes.ts";
import { withFedWeights } from "./weights.ts";

/**
 * `encoder` and `decoder-step` decode with cached keys and values; a decoder-only model reads its prompts with
 * the former.
 */
export const graphNames = ["forward", "loss", "step", "decoder-step", "encoder"] as const;

export type GraphName = (typeof graphNames)[number];

const decodingGraphs = { "decoder-step": "step", encoder: "encoder" } as const;

/**
 * Build a graph of a model with its weights as inputs; the weights themselves are not needed.
 * @throws ConfigError `graph.head` for a decoding graph of a model that classifies
 */
export function namedGraph(
  { modelType, config, head }: Pick<ModelSpec, "modelType" | "config" | "head">,
  name: GraphName,
): Graph {
  const family = familyOf(modelType);
  const architecture = family.architecture(config, head);
  if (name !== "decoder-step" && name !== "encoder") return passes[name](architecture);
  const { decoding } = family;
  if (head !== "generation" || decoding === undefined) {
    throw new ConfigError("graph.head", `a model that classifies has no ${name} graph`, {
      expected: graphNames.filter((other) => !(other in decodingGraphs)).join(", "),
      got: name,
    });
  }
  return withFedWeights(name, architecture.parameters, (weight) => {
    return decoding[decodingGraphs[name]](config, weight);
  });
}
