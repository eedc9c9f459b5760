/** @file The same code in more than one split: a leak from training into evaluation. */

import { digestOfText } from "./digest.ts";
import type { LabelledSample } from "./labelled-samples.ts";

/** One piece of code that occurs more than once. */
interface DuplicateCode {
  readonly copies: readonly {
    readonly split: string;
    readonly id: string;
    readonly label: 0 | 1;
  }[];
  /** The same code is called vulnerable in one place and safe in another. */
  readonly labelsDiffer: boolean;
}

export interface DuplicateReport {
  /** Code with copies in two or more splits, in order of first appearance. */
  readonly across: readonly DuplicateCode[];
  /** For each split, samples whose code also occurs in an earlier split: those that leak. */
  readonly leaked: Readonly<Record<string, number>>;
  /** For each split, copies of code already seen in the same split. */
  readonly repeated: Readonly<Record<string, number>>;
  /** Pieces of code that carry both labels, within or across splits. */
  readonly numLabelsDiffer: number;
}

/** Digest of code without any white space: layout does not make code new. */
export function codeDigest(code: string): string {
  return digestOfText(code.replace(/\s+/g, ""));
}

/**
 * Find exact duplicates, white space aside.
 * @param splits samples by the name of their split, the one trained on first
 */
export function findDuplicates(
  splits: Readonly<Record<string, readonly LabelledSample[]>>,
): DuplicateReport {
  const byDigest = new Map<string, { split: string; id: string; label: 0 | 1 }[]>();
  const leaked: [string, number][] = [];
  const repeated: [string, number][] = [];
  for (const [split, samples] of Object.entries(splits)) {
    let numLeaked = 0;
    let numRepeated = 0;
    for (const { id, label, code } of samples) {
      const digest = codeDigest(code);
      const copies = byDigest.get(digest) ?? [];
      if (copies.length > 0 && copies[0]!.split !== split) numLeaked++;
      if (copies.at(-1)?.split === split) numRepeated++;
      copies.push({ split, id, label });
      byDigest.set(digest, copies);
    }
    leaked.push([split, numLeaked]);
    repeated.push([split, numRepeated]);
  }
  const found = [...byDigest.values()].filter((copies) => copies.length > 1);
  const duplicates = found.map((copies) => ({
    copies,
    labelsDiffer: copies.some((copy) => copy.label !== copies[0]!.label),
  }));
  return {
    across: duplicates.filter(({ copies }) => copies.at(-1)!.split !== copies[0]!.split),
    leaked: Object.fromEntries(leaked),
    repeated: Object.fromEntries(repeated),
    numLabelsDiffer: duplicates.filter(({ labelsDiffer }) => labelsDiffer).length,
  };
}
