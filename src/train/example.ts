/** @file Encoded examples, and how a list of them becomes a model's batch. */
import type { ExampleLengths } from "../data/index.ts";
import type { Batch } from "../model/index.ts";

/** One example as ids. */
export interface Example {
  readonly source: readonly number[];
  /** Target ids (generation), the class (heads), or a label for each id of the source. */
  readonly target: readonly number[] | number;
  /** Whether the target labels what is read, and is no text beside it. */
  readonly isAligned?: boolean;
}

/** Lengths for bucketing; a class and labels of the source are no target text. */
export function lengthsOf({ source, target, isAligned = false }: Example): ExampleLengths {
  return {
    sourceLength: source.length,
    targetLength: typeof target === "number" || isAligned ? 0 : target.length,
  };
}

/** Ids that count as work done: source and target, no padding. */
export function tokensOf(examples: readonly Example[]): number {
  return examples.reduce((total, example) => {
    const { sourceLength, targetLength } = lengthsOf(example);
    return total + sourceLength + targetLength;
  }, 0);
}

/** The chosen examples side by side. */
export function batchOf(examples: readonly Example[]): Batch {
  return {
    inputIds: examples.map(({ source }) => source),
    labels: examples.map(({ target }) => target) as readonly number[] | readonly number[][],
  };
}
