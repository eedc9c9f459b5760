/** @file How a model's graphs read its weights: what they multiply by, and what they look up. */
import { toOnnx } from "../graph/index.ts";
import { type WeightUses, weightUses } from "../rewrite/index.ts";
import { familyOf } from "./family.ts";
import type { ModelSpec } from "./model.ts";
import { passes } from "./passes.ts";

/** Read off the graph of its logits. */
export function usesOf({
  modelType,
  config,
  head,
}: Pick<ModelSpec, "modelType" | "config" | "head">): WeightUses {
  const architecture = familyOf(modelType).architecture(config, head);
  return weightUses(toOnnx(passes.forward(architecture)).model);
}
