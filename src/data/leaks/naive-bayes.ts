/** @file Naive Bayes over words: the baseline that no data set may give away its labels to. */
import type { Bag } from "./words.ts";

/** Log-odds of the label 1 per word, and of the label itself. */
export interface NaiveBayes {
  readonly prior: number;
  readonly odds: Float64Array;
}

/**
 * Multinomial naive Bayes with add-one smoothing (McCallum and Nigam 1998).
 * @param chosen indices of the bags to learn from
 * @param numWords size of the vocabulary
 */
export function trainNaiveBayes(
  bags: readonly Bag[],
  labels: readonly (0 | 1)[],
  chosen: readonly number[],
  numWords: number,
): NaiveBayes {
  const counts = [new Float64Array(numWords), new Float64Array(numWords)] as const;
  const totals: [number, number] = [0, 0];
  const samples: [number, number] = [0, 0];
  for (const index of chosen) {
    const label = labels[index]!;
    samples[label] += 1;
    const { ids, counts: times } = bags[index]!;
    for (let i = 0; i < ids.length; i++) {
      counts[label][ids[i]!]! += times[i]!;
      totals[label] += times[i]!;
    }
  }
  const odds = Float64Array.from({ length: numWords }, (_, word) => {
    const rate = (label: 0 | 1) => (counts[label][word]! + 1) / (totals[label] + numWords);
    return Math.log(rate(1) / rate(0));
  });
  return { prior: Math.log((samples[1] + 1) / (samples[0] + 1)), odds };
}

/** Log-odds of the label 1, in nats. */
export function scoreOf({ prior, odds }: NaiveBayes, { ids, counts }: Bag): number {
  let score = prior;
  for (let i = 0; i < ids.length; i++) score += odds[ids[i]!]! * counts[i]!;
  return score;
}
