/** @file The examples of one or several corpora, and how often each comes in an epoch. */
import { ConfigError, hash32 } from "../base/index.ts";
import type { CodeExample, CorpusSplit } from "../data/index.ts";

/** A part of a corpus with its weight: 1 is once an epoch, 0.5 half of it, 2 twice. */
export interface WeightedSplit {
  readonly split: CorpusSplit;
  readonly weight: number;
}

/** Examples numbered through all corpora. */
export interface ExamplePool {
  readonly length: number;
  /** Docstring and code, without special tokens. */
  readonly numTokens: (index: number) => number;
  readonly hasDocstring: (index: number) => boolean;
  readonly language: (index: number) => string;
  readonly example: (index: number) => CodeExample;
  /** What comes in an epoch, unordered; an example with a weight above 1 more than once. */
  readonly epoch: (seed: number, epoch: number) => readonly number[];
}

/** @throws ConfigError `pretrain.weight` for a weight that is not positive */
export function poolOf(parts: readonly WeightedSplit[]): ExamplePool {
  for (const { weight } of parts) {
    if (weight > 0 && Number.isFinite(weight)) continue;
    throw new ConfigError("pretrain.weight", "bad weight of a corpus", {
      expected: "a positive number",
      got: String(weight),
    });
  }
  const starts = parts.map((_, k) => {
    return parts.slice(0, k).reduce((sum, { split }) => sum + split.length, 0);
  });
  const at = <T>(index: number, read: (split: CorpusSplit, i: number) => T): T => {
    const k = starts.findLastIndex((start) => start <= index);
    return read(parts[k]!.split, index - starts[k]!);
  };
  return {
    length: parts.reduce((sum, { split }) => sum + split.length, 0),
    numTokens: (index) => at(index, (split, i) => split.numTokens(i)),
    hasDocstring: (index) => at(index, (split, i) => split.hasDocstring(i)),
    language: (index) => at(index, (split, i) => split.language(i)),
    example: (index) => at(index, (split, i) => split.example(i)),
    epoch: (seed, epoch) => {
      return parts.flatMap(({ split, weight }, k) => {
        return copies(split.length, weight, hash32(hash32(seed, epoch), k), starts[k]!);
      });
    },
  };
}

/** Whole copies, and for the fraction a subset drawn anew for every key. */
function copies(length: number, weight: number, key: number, start: number): number[] {
  const whole = Math.floor(weight);
  const threshold = (weight - whole) * 2 ** 32;
  const indices: number[] = [];
  for (let i = 0; i < length; i++) {
    const times = whole + Number(hash32(key, i) < threshold);
    for (let n = 0; n < times; n++) indices.push(start + i);
  }
  return indices;
}
