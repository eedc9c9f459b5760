/** @file Areas under curves of a ranking, again and again with other weights: sorted once, no allocation after. */

/** Samples from the highest score to the lowest. */
export interface Ranking {
  /** The group of each. */
  readonly groups: Uint32Array;
  readonly labels: Uint8Array;
  /** 1 where the next score is lower: a threshold can be there. */
  readonly isLastOfTie: Uint8Array;
}

/** Sort samples for {@link rankingAreas}. @param groups of each sample, an index into the weights */
export function rank(
  scores: readonly number[],
  labels: readonly number[],
  groups: Uint32Array,
): Ranking {
  const order = Uint32Array.from(scores.keys()).sort((a, b) => scores[b]! - scores[a]!);
  return {
    groups: order.map((i) => groups[i]!),
    labels: Uint8Array.from(order, (i) => labels[i]!),
    isLastOfTie: Uint8Array.from(order, (i, place) => {
      return place === order.length - 1 || scores[order[place + 1]!] !== scores[i] ? 1 : 0;
    }),
  };
}

/** Areas under the two curves, as `rocAuc` and `averagePrecision` define them; NaN where those have it. */
export interface Areas {
  readonly roc: number;
  readonly precisionRecall: number;
}

/** The areas when each group counts as often as its weight says. */
export function rankingAreas(
  { groups, labels, isLastOfTie }: Ranking,
  weights: Float64Array,
): Areas {
  let [wins, area] = [0, 0];
  let [positivesAbove, negativesAbove, positives, negatives] = [0, 0, 0, 0];
  for (let i = 0; i < groups.length; i++) {
    const weight = weights[groups[i]!]!;
    // no branch on the label: it could not be foreseen
    const positive = weight * labels[i]!;
    positives += positive;
    negatives += weight - positive;
    if (isLastOfTie[i] === 0) continue;
    const found = positivesAbove + positives;
    const called = found + negativesAbove + negatives;
    area += (found / (called || 1)) * positives;
    wins += negatives * (positivesAbove + positives / 2);
    positivesAbove = found;
    negativesAbove += negatives;
    positives = 0;
    negatives = 0;
  }
  return {
    roc: wins / (positivesAbove * negativesAbove),
    precisionRecall: area / positivesAbove,
  };
}
