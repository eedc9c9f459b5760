/** @file The table of operators: adding one is a row in its family's file, a builder and a test. */
import { type ElementwiseOperator, elementwiseOperators } from "./elementwise.ts";
import { type IndexingOperator, indexingOperators } from "./indexing.ts";
import { type MatmulOperator, matmulOperators } from "./matmul.ts";
import { type MovementOperator, movementOperators } from "./movement.ts";
import { type NormalizationOperator, normalizationOperators } from "./normalization.ts";
import type { Operator } from "./operator.ts";
import { type ReductionOperator, reductionOperators } from "./reduction.ts";

export type OperatorName =
  | ElementwiseOperator
  | MatmulOperator
  | MovementOperator
  | IndexingOperator
  | ReductionOperator
  | NormalizationOperator;

export const operators: Readonly<Record<OperatorName, Operator>> = {
  ...elementwiseOperators,
  ...matmulOperators,
  ...movementOperators,
  ...indexingOperators,
  ...reductionOperators,
  ...normalizationOperators,
};

export function operatorNamed(name: OperatorName): Operator {
  return operators[name];
}

export * from "./elementwise.ts";
export * from "./indexing.ts";
export * from "./matmul.ts";
export * from "./movement.ts";
export * from "./normalization.ts";
export type { Operator } from "./operator.ts";
export * from "./reduction.ts";
