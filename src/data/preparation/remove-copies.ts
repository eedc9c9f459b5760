/** @file One sample of every set of copies stays; pairs stay or go whole; contradictions go. */
import type { LabelledSample } from "../labelled-samples.ts";
import { type CopyLevel, copyLevels, copySets } from "./copies.ts";

/** What a removal did. */
export interface Removal<Sample> {
  readonly kept: readonly Sample[];
  /** Samples that went as copies of an earlier one with the same label, by the first level that found them. */
  readonly copies: Readonly<Record<CopyLevel, number>>;
  /** Samples of sets in which the same code has both labels: none of them is believed. */
  readonly contradictions: number;
  /** Ids of one sample of each such set. */
  readonly contradicted: readonly string[];
  /** Samples that went because their other half did. */
  readonly otherHalves: number;
}

/**
 * Remove copies up to a level. Near copies are sought within each label apart, so that a vulnerable
 * function and its fixed form, which are nearly the same, do not remove each other.
 * @param options.nearness as for `copySets`
 */
export async function removeCopies<Sample extends LabelledSample>(
  samples: readonly Sample[],
  options: { readonly level: CopyLevel; readonly nearness?: number },
): Promise<Removal<Sample>> {
  const reasons: (CopyLevel | "contradiction" | undefined)[] = samples.map(() => undefined);
  const contradicted: string[] = [];
  const levels = copyLevels.slice(0, copyLevels.indexOf(options.level) + 1);
  for (const level of levels) {
    if (level === "near") await markNearCopies(samples, reasons, options.nearness);
    else contradicted.push(...(await markCopies(samples, reasons, level)));
  }
  const lost = new Set(samples.flatMap(({ pair }, i) => (reasons[i] && pair !== null ? pair : [])));
  const kept = samples.filter(
    ({ pair }, i) => reasons[i] === undefined && (pair === null || !lost.has(pair)),
  );
  const count = (reason: CopyLevel | "contradiction") =>
    reasons.filter((one) => one === reason).length;
  return {
    kept,
    copies: { exact: count("exact"), renamed: count("renamed"), near: count("near") },
    contradictions: count("contradiction"),
    contradicted,
    otherHalves: reasons.filter((reason) => reason === undefined).length - kept.length,
  };
}

/** Mark copies and contradictions among what is left; returns an id of each contradicted set. */
async function markCopies(
  samples: readonly LabelledSample[],
  reasons: (string | undefined)[],
  level: "exact" | "renamed",
): Promise<string[]> {
  const left = [...samples.keys()].filter((index) => reasons[index] === undefined);
  const sets = await copySets(
    left.map((index) => samples[index]!),
    level,
  );
  const labels = new Map<number, Set<number>>();
  for (const [place, index] of left.entries()) {
    const set = sets[place]!;
    if (!labels.has(set)) labels.set(set, new Set());
    labels.get(set)!.add(samples[index]!.label);
  }
  for (const [place, index] of left.entries()) {
    const set = sets[place]!;
    if (labels.get(set)!.size > 1) reasons[index] = "contradiction";
    else if (set !== place) reasons[index] = level;
  }
  const torn = [...labels].filter(([, both]) => both.size > 1);
  return torn.map(([set]) => samples[left[set]!]!.id);
}

async function markNearCopies(
  samples: readonly LabelledSample[],
  reasons: (string | undefined)[],
  nearness: number | undefined,
): Promise<void> {
  for (const label of [0, 1]) {
    const left = [...samples.keys()].filter(
      (index) => reasons[index] === undefined && samples[index]!.label === label,
    );
    const sets = await copySets(
      left.map((index) => samples[index]!),
      "near",
      nearness,
    );
    for (const [place, index] of left.entries()) {
      if (sets[place] !== place) reasons[index] = "near";
    }
  }
}
