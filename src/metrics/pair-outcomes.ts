/** @file Pairs of a vulnerable function and its safe form: are both told right? */

/** How many pairs ended how. */
export interface PairOutcomes {
  /** P-C: both are right. */
  readonly correct: number;
  /** P-V: both called vulnerable. */
  readonly vulnerable: number;
  /** P-B: both called benign. */
  readonly benign: number;
  /** P-R: each called what the other is. */
  readonly reversed: number;
  readonly total: number;
}

/** The places of a pair's two members. */
export interface PairPlaces {
  /** Labelled 1. */
  readonly vulnerable: number;
  /** Labelled 0. */
  readonly safe: number;
}

/**
 * Find the pairs: examples of the same name, one labelled 1 and one 0. Of several under one name the
 * first 1 goes with the first 0, the second with the second; who is left alone is in no pair.
 * @param pairs the name of each example's pair, null for none
 */
export function findPairs(
  pairs: readonly (string | null)[],
  labels: readonly number[],
): readonly PairPlaces[] {
  const byName = new Map<string, [safe: number[], vulnerable: number[]]>();
  for (const [i, name] of pairs.entries()) {
    if (name === null) continue;
    if (!byName.has(name)) byName.set(name, [[], []]);
    byName.get(name)![labels[i] === 1 ? 1 : 0].push(i);
  }
  return [...byName.values()].flatMap(([safe, vulnerable]) =>
    vulnerable
      .slice(0, safe.length)
      .map((place, rank) => ({ vulnerable: place, safe: safe[rank]! })),
  );
}

/** Which of the four outcomes a pair has. */
export function pairOutcome(
  calledVulnerable: boolean,
  safeCalledVulnerable: boolean,
): Exclude<keyof PairOutcomes, "total"> {
  if (calledVulnerable) return safeCalledVulnerable ? "vulnerable" : "correct";
  return safeCalledVulnerable ? "reversed" : "benign";
}

/**
 * Count the outcomes of pairs.
 * Source: Ding et al. 2024 (PrimeVul), §4.3: P-C, P-V, P-B, P-R. No departure.
 * @param predictions predicted class of each example, 0 or 1
 */
export function pairOutcomes(
  places: readonly PairPlaces[],
  predictions: readonly number[],
): PairOutcomes {
  const counts = { correct: 0, vulnerable: 0, benign: 0, reversed: 0, total: places.length };
  for (const { vulnerable, safe } of places) {
    counts[pairOutcome(predictions[vulnerable] === 1, predictions[safe] === 1)]++;
  }
  return counts;
}
