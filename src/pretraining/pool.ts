/** @file The examples of one or several corpora, and how often each comes in an epoch. */
import { ConfigError, hash32 } from "../base/index.ts";
import type { CodeExample, CorpusSplit } from "../data/index.ts";

/** A part of a corpus with its weight: 1 is once an epoch, 0.5 half of it, 2 twice. */
export interface WeightedSplit {
  readonly split: CorpusSplit;
  readonly weight: number;
}

export interface PoolOptions {
  /** Languages never read; default none. */
  readonly leaveOut?: readonly string[];
  /**
   * α in (0, 1]: a language with n functions is drawn in proportion to n^α, so that small ones come more
   * often than their size; the epoch keeps its length. 1 (default) leaves every function its weight.
   * Source: Lample & Conneau 2019 §3.1; CodeT5 §3.3 does the same over tasks, with 0.7.
   */
  readonly samplingExponent?: number;
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

/** An example of a split, with the weight of its corpus. */
interface Member extends WeightedSplit {
  readonly index: number;
}

/** @throws ConfigError `pretrain.weight` for a weight that is not positive */
export function poolOf(parts: readonly WeightedSplit[], options: PoolOptions = {}): ExamplePool {
  for (const { weight } of parts) requirePositive(weight);
  const { leaveOut = [], samplingExponent = 1 } = options;
  const members = parts.flatMap((part) => membersOf(part, leaveOut));
  const language = (i: number) => members[i]!.split.language(members[i]!.index);
  const weightOf = languageWeights(members, samplingExponent);
  const read = <T>(i: number, value: (split: CorpusSplit, index: number) => T) =>
    value(members[i]!.split, members[i]!.index);
  return {
    length: members.length,
    numTokens: (i) => read(i, (split, index) => split.numTokens(index)),
    hasDocstring: (i) => read(i, (split, index) => split.hasDocstring(index)),
    language,
    example: (i) => read(i, (split, index) => split.example(index)),
    epoch: (seed, epoch) => {
      const key = hash32(seed, epoch);
      return members.flatMap(({ weight }, i) => {
        return new Array<number>(copies(weight * weightOf(language(i)), key, i)).fill(i);
      });
    },
  };
}

function requirePositive(weight: number): void {
  if (weight > 0 && Number.isFinite(weight)) return;
  throw new ConfigError("pretrain.weight", "bad weight of a corpus", {
    expected: "a positive number",
    got: String(weight),
  });
}

function membersOf({ split, weight }: WeightedSplit, leaveOut: readonly string[]): Member[] {
  const all = Array.from({ length: split.length }, (_, index) => ({ split, weight, index }));
  return leaveOut.length === 0
    ? all
    : all.filter(({ index }) => !leaveOut.includes(split.language(index)));
}

/** Per language a factor on the weight of its functions; the sum over all functions stays. */
function languageWeights(members: readonly Member[], exponent: number): (name: string) => number {
  if (exponent === 1) return () => 1;
  const masses = new Map<string, number>();
  for (const { split, weight, index } of members) {
    const name = split.language(index);
    masses.set(name, (masses.get(name) ?? 0) + weight);
  }
  const total = [...masses.values()].reduce((sum, mass) => sum + mass, 0);
  const powers = [...masses.values()].reduce((sum, mass) => sum + mass ** exponent, 0);
  const factors = [...masses].map(([name, mass]) => {
    return [name, (mass ** (exponent - 1) * total) / powers] as const;
  });
  const factorOf = new Map(factors);
  return (name) => factorOf.get(name)!;
}

/** The whole part of a weight, and one more with the probability of its fraction. */
function copies(weight: number, key: number, index: number): number {
  const whole = Math.floor(weight);
  return whole + Number(hash32(key, index) < (weight - whole) * 2 ** 32);
}
