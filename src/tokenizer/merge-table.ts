/** @file Merge rules by pair of ids: a rank and a result, in an integer-keyed hash table. */

/** Larger than any rank: the pair has no rule. */
export const NO_RANK = 0x7fffffff;

/** One rule in ids; its rank is its place in the list. */
export interface MergeRule {
  readonly left: number;
  readonly right: number;
  readonly result: number;
}

/** Rules of a byte-pair encoding, looked up by their two ids without allocation. */
export class MergeTable {
  /** Id of the merged token, by rank. */
  readonly results: Int32Array;
  readonly #mask: number;
  /** left, right, rank, unused: one cache line holds four entries. */
  readonly #entries: Int32Array;

  /** @param rules in rank order, each pair once */
  constructor(rules: readonly MergeRule[]) {
    this.results = Int32Array.from(rules, (rule) => rule.result);
    const capacity = 2 ** Math.ceil(Math.log2(rules.length * 2 + 2));
    this.#mask = capacity - 1;
    this.#entries = new Int32Array(capacity * 4).fill(-1);
    rules.forEach((rule, rank) => {
      this.#insert(rule, rank);
    });
  }

  /** Rank of the pair, 0 the first to merge; {@link NO_RANK} when it has no rule. */
  rank(left: number, right: number): number {
    const entries = this.#entries;
    let slot = hashPair(left, right) & this.#mask;
    for (;;) {
      const at = slot * 4;
      const found = entries[at]!;
      if (found === left && entries[at + 1] === right) return entries[at + 2]!;
      if (found === -1) return NO_RANK;
      slot = (slot + 1) & this.#mask;
    }
  }

  #insert({ left, right }: MergeRule, rank: number): void {
    let slot = hashPair(left, right) & this.#mask;
    while (this.#entries[slot * 4] !== -1) slot = (slot + 1) & this.#mask;
    this.#entries.set([left, right, rank], slot * 4);
  }
}

/** 32 well-mixed bits from two ids. */
export function hashPair(left: number, right: number): number {
  const hash = Math.imul(left, 0x9e3779b1) ^ Math.imul(right + 0x7f4a7c15, 0x85ebca77);
  return hash ^ (hash >>> 15);
}
