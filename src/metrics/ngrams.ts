/** @file Counting n-grams and their clipped matches, shared by every BLEU. */

/** Occurrences of each n-gram, by order: `counts[n - 1]` maps an n-gram's number to its count. */
export type NgramCounts = readonly ReadonlyMap<number, number>[];

/** More different tokens than one string can hold; keeps the keys below inside 2^53. */
const maxTokens = 2 ** 26;

/**
 * A counter of n-grams for one sentence and its references: equal n-grams get equal numbers in all
 * its calls. Numbers, not joined strings, so that no token can imitate a separator.
 * @param maxOrder the longest n-gram, at least 1
 * @returns tokens to counts of all n-grams of order 1 to maxOrder
 */
export function ngramCounter(maxOrder: number): (tokens: readonly string[]) => NgramCounts {
  const tokenNumbers = new Map<string, number>();
  const ngramNumbers = new Map<number, number>();
  return (tokens) => {
    const ids = tokens.map((token) => numberOf(tokenNumbers, token));
    const counts = Array.from({ length: maxOrder }, () => new Map<number, number>());
    for (let start = 0; start < ids.length; start++) {
      let ngram = 0; // the empty n-gram; each further token extends it
      const longest = Math.min(maxOrder, ids.length - start);
      for (let order = 1; order <= longest; order++) {
        ngram = numberOf(ngramNumbers, ngram * maxTokens + ids[start + order - 1]!);
        const ofOrder = counts[order - 1]!;
        ofOrder.set(ngram, (ofOrder.get(ngram) ?? 0) + 1);
      }
    }
    return counts;
  };
}

/** The number of a key, counted from 1 in order of first appearance. */
function numberOf<Key>(numbers: Map<Key, number>, key: Key): number {
  const known = numbers.get(key);
  if (known !== undefined) return known;
  numbers.set(key, numbers.size + 1);
  return numbers.size;
}

/** For each n-gram the highest count in any of the references (Papineni et al. 2002, §2.1). */
export function mergeByMaximum(references: readonly NgramCounts[]): NgramCounts {
  const [first, ...rest] = references;
  if (first === undefined || rest.length === 0) return first ?? [];
  return first.map((counts, i) => {
    const merged = new Map(counts);
    for (const other of rest) {
      for (const [ngram, n] of other[i]!) merged.set(ngram, Math.max(n, merged.get(ngram) ?? 0));
    }
    return merged;
  });
}

/** Clipped matches by order: each predicted n-gram counts at most as often as the reference has it. */
export function clippedMatches(prediction: NgramCounts, reference: NgramCounts): number[] {
  return prediction.map((counts, i) => {
    let matches = 0;
    for (const [ngram, n] of counts) matches += Math.min(n, reference[i]!.get(ngram) ?? 0);
    return matches;
  });
}
