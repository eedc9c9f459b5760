/**
 * @file The gradient rules, one per operator. `dy[i]` is the cotangent of output i (null when
 * nothing depends on it); a rule returns the cotangent of each input (null: none flows there).
 */
import type { Node, OperatorName, Value } from "../graph/index.ts";
import type { Contribution } from "./cotangent.ts";
import { elementwiseRules } from "./elementwise.ts";
import { matmulRules } from "./matmul.ts";
import { movementRules } from "./movement.ts";
import { normalizationRules } from "./normalization.ts";
import { reductionRules } from "./reduction.ts";

export type Rule = (node: Node, dy: readonly (Value | null)[]) => readonly Contribution[];

/** Operators through which no gradient flows: comparisons, integers, shapes. */
const constantRules = {
  Not: null,
  Detach: null,
  Equal: null,
  Less: null,
  LessOrEqual: null,
  Greater: null,
  And: null,
  Shape: null,
  Range: null,
  ArgMax: null,
  DequantizeLinear: null,
  GatherBlockQuantized: null,
} as const;

/** Every operator has a row: a missing one is a type error, `null` says that it is not differentiable. */
export const gradientRules: Readonly<Record<OperatorName, Rule | null>> = {
  ...constantRules,
  ...elementwiseRules,
  ...matmulRules,
  ...movementRules,
  ...reductionRules,
  ...normalizationRules,
};
