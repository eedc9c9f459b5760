/** @file The decision threshold, chosen where labels may be seen. */

/**
 * The threshold with the highest F1 of class 1; the highest such threshold on ties.
 * @param scores probabilities of class 1
 * @returns one of the scores: "at least this" is class 1
 */
export function bestThreshold(scores: readonly number[], labels: readonly number[]): number {
  const order = scores.map((_, i) => i).sort((a, b) => scores[b]! - scores[a]!);
  const positives = labels.reduce((sum, label) => sum + label, 0);
  let truePositives = 0;
  let best = { f1: -1, threshold: 0.5 };
  order.forEach((index, rank) => {
    truePositives += labels[index]!;
    const score = scores[index]!;
    // equal scores cannot be told apart: only the last of them is a cut
    if (rank + 1 < order.length && scores[order[rank + 1]!] === score) return;
    const f1 = (2 * truePositives) / (rank + 1 + positives);
    if (f1 > best.f1) best = { f1, threshold: score };
  });
  return best.threshold;
}
