/** @file A data set in numbers: balance, pairs, groups, lengths, copies. */
import { codeDigest } from "../duplicates.ts";
import type { LabelledSample } from "../labelled-samples.ts";

/** How many samples there are of either label. */
export interface LabelCounts {
  readonly safe: number;
  readonly vulnerable: number;
}

/** Lengths in words and signs: half of the samples are no longer than `median`. */
interface Lengths {
  readonly median: number;
  readonly p90: number;
  readonly max: number;
}

export interface DataStats {
  readonly samples: number;
  readonly labels: LabelCounts;
  readonly groups: number;
  /** Pairs with one sample of either label. */
  readonly pairs: number;
  /** Pairs with another number of samples, or with one label only. */
  readonly oddPairs: number;
  readonly languages: Readonly<Record<string, LabelCounts>>;
  readonly cwes: Readonly<Record<string, LabelCounts>>;
  readonly sources: Readonly<Record<string, LabelCounts>>;
  /** By label: a set whose vulnerable samples are longer loses more of them to truncation. */
  readonly lengths: { readonly safe: Lengths; readonly vulnerable: Lengths };
  /** Samples whose code, white space aside, occurred before. */
  readonly copies: number;
  /** Pieces of code that carry both labels. */
  readonly contradictions: number;
}

/** Count a data set. */
export function dataStats(samples: readonly LabelledSample[]): DataStats {
  const labelsOfCode = new Map<string, Set<number>>();
  for (const { code, label } of samples) {
    const digest = codeDigest(code);
    if (!labelsOfCode.has(digest)) labelsOfCode.set(digest, new Set());
    labelsOfCode.get(digest)!.add(label);
  }
  const { pairs, oddPairs } = countPairs(samples);
  return {
    samples: samples.length,
    labels: countLabels(samples),
    groups: new Set(samples.map(({ group }) => group)).size,
    pairs,
    oddPairs,
    languages: countBy(samples, ({ language }) => language),
    cwes: countBy(samples, ({ cwe }) => cwe ?? "none"),
    sources: countBy(samples, ({ source }) => source),
    lengths: { safe: lengthsOf(samples, 0), vulnerable: lengthsOf(samples, 1) },
    copies: samples.length - labelsOfCode.size,
    contradictions: [...labelsOfCode.values()].filter((labels) => labels.size > 1).length,
  };
}

const countLabels = (samples: readonly LabelledSample[]): LabelCounts => {
  const vulnerable = samples.filter(({ label }) => label === 1).length;
  return { safe: samples.length - vulnerable, vulnerable };
};

function countBy(
  samples: readonly LabelledSample[],
  keyOf: (sample: LabelledSample) => string,
): Record<string, LabelCounts> {
  const counts = new Map<string, { safe: number; vulnerable: number }>();
  for (const sample of samples) {
    const key = keyOf(sample);
    const count = counts.get(key) ?? { safe: 0, vulnerable: 0 };
    count[sample.label === 1 ? "vulnerable" : "safe"] += 1;
    counts.set(key, count);
  }
  return Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function countPairs(samples: readonly LabelledSample[]): { pairs: number; oddPairs: number } {
  const labels = new Map<string, number[]>();
  for (const { pair, label } of samples) {
    if (pair === null) continue;
    if (!labels.has(pair)) labels.set(pair, []);
    labels.get(pair)!.push(label);
  }
  const isWhole = (both: readonly number[]) => both.length === 2 && both[0] !== both[1];
  const pairs = [...labels.values()].filter(isWhole).length;
  return { pairs, oddPairs: labels.size - pairs };
}

function lengthsOf(samples: readonly LabelledSample[], label: 0 | 1): Lengths {
  const lengths = Float64Array.from(
    samples.filter((sample) => sample.label === label),
    ({ code }) => (code.match(/\w+|[^\s\w]/g) ?? []).length,
  ).sort();
  const at = (share: number) => lengths[Math.ceil(share * lengths.length) - 1] ?? 0;
  return { median: at(0.5), p90: at(0.9), max: at(1) };
}
