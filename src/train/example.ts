/** @file Encoded examples, and how a list of them becomes a model's batch. */
import type { ExampleLengths } from "../data/index.ts";
import type { Batch } from "../model/index.ts";

/** One example as ids. */
export interface Example {
  readonly source: readonly number[];
  /** Target ids (generation) or the class (heads). */
  readonly target: readonly number[] | number;
}

/** Lengths for bucketing; a class has no target text. */
export function lengthsOf({ source, target }: Example): ExampleLengths {
  return {
    sourceLength: source.length,
    targetLength: typeof target === "number" ? 0 : target.length,
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
