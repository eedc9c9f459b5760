/** @file Holm's correction: several tests at once, and no more false alarms than one would give. */

/**
 * Holm's adjusted p-values, in the order given: below 0.05 means "significant" when the chance of any
 * false alarm among all tests shall be at most 5 %. NaN (no test was possible) stays NaN and is not counted.
 * Source: Holm 1979; R `p.adjust(method = "holm")`. No departure.
 * @param pValues each in [0, 1]
 */
export function holm(pValues: readonly number[]): readonly number[] {
  const order = [...pValues.keys()]
    .filter((i) => !Number.isNaN(pValues[i]!))
    .sort((a, b) => pValues[a]! - pValues[b]!);
  const adjusted = pValues.map(() => Number.NaN);
  let highest = 0;
  for (const [rank, i] of order.entries()) {
    highest = Math.max(highest, Math.min(1, (order.length - rank) * pValues[i]!));
    adjusted[i] = highest;
  }
  return adjusted;
}
