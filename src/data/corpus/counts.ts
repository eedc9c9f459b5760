/** @file What was left out, by reason: nothing disappears without a number. */

/** Number of things by reason. */
export type Counts = Record<string, number>;

/** Everything that was left out or changed on the way into a corpus. */
export interface CorpusCounts {
  /** Folders that were not entered. */
  readonly folders: Counts;
  /** Files of which nothing was taken. */
  readonly files: Counts;
  /** Functions that were found and left out. */
  readonly functions: Counts;
  /** Docstrings that were dropped or cut; their functions stay. */
  readonly docstrings: Counts;
  /** Secrets that were replaced, by kind. */
  readonly secrets: Counts;
}

export function emptyCounts(): CorpusCounts {
  return { folders: {}, files: {}, functions: {}, docstrings: {}, secrets: {} };
}

/** Add `amount` to one reason; a reason that never held has no entry. */
export function count(counts: Counts, reason: string, amount = 1): void {
  if (amount > 0) counts[reason] = (counts[reason] ?? 0) + amount;
}

/** Add everything of `more` to `total`. */
export function addCounts(total: CorpusCounts, more: CorpusCounts): void {
  for (const kind of Object.keys(total) as (keyof CorpusCounts)[]) {
    for (const [reason, amount] of Object.entries(more[kind])) count(total[kind], reason, amount);
  }
}

/** The same counts, reasons in alphabetical order, for files that are to be equal byte for byte. */
export function sortedCounts(counts: CorpusCounts): CorpusCounts {
  const sorted = Object.entries(counts).map(([kind, reasons]) => {
    const entries = Object.entries(reasons as Counts).sort(([a], [b]) => (a < b ? -1 : 1));
    return [kind, Object.fromEntries(entries)];
  });
  return Object.fromEntries(sorted);
}
