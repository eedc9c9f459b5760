/** @file What must not lie in two parts: a group, a pair, a copy. The check looks at no label. */
import { DataError } from "../base/index.ts";
import { type CopyLevel, copyLevels, copySets } from "../data/index.ts";
import type { LabRow } from "./data-sets.ts";

/** Parts by name, the one trained on first. */
export type Parts = Readonly<Record<string, readonly LabRow[]>>;

/** A sample that shares something with one of an earlier part. */
export interface Crossing {
  readonly kind: "group" | "pair" | CopyLevel;
  readonly earlier: LabRow;
  readonly earlierPart: string;
  readonly later: LabRow;
  readonly laterPart: string;
}

/** A row and its part. */
interface Place {
  readonly row: LabRow;
  readonly part: string;
  /** The part's number. */
  readonly order: number;
}

/**
 * Find every sample that is tied to one of an earlier part, by the first tie found.
 * @param nearness share of 5-grams in common that makes a copy
 */
export async function findCrossings(parts: Parts, nearness: number): Promise<Crossing[]> {
  const places = Object.entries(parts).flatMap(([part, rows], order) => {
    return rows.map((row): Place => ({ row, part, order }));
  });
  const found = new Map<LabRow, Crossing>();
  collect(found, "group", places, ({ group }) => group);
  collect(found, "pair", places, ({ pair }) => pair);
  const rows = places.map(({ row }) => row);
  for (const level of copyLevels) {
    const sets = await copySets(rows, level, nearness);
    const setOf = new Map(rows.map((row, index) => [row, String(sets[index])]));
    collect(found, level, places, (row) => setOf.get(row)!);
  }
  return places.flatMap(({ row }) => found.get(row) ?? []);
}

function collect(
  found: Map<LabRow, Crossing>,
  kind: Crossing["kind"],
  places: readonly Place[],
  keyOf: (row: LabRow) => string | null,
): void {
  // places are in the order of parts: the first of a key is in the earliest part
  const first = new Map<string, Place>();
  for (const place of places) {
    const key = keyOf(place.row);
    if (key === null) continue;
    const known = first.get(key);
    if (known === undefined) first.set(key, place);
    else if (known.order < place.order && !found.has(place.row)) {
      const { row: earlier, part: earlierPart } = known;
      found.set(place.row, { kind, earlier, earlierPart, later: place.row, laterPart: place.part });
    }
  }
}

const names: Readonly<Record<Crossing["kind"], string>> = {
  group: "samples of one group",
  pair: "members of one pair",
  exact: "exact copies",
  renamed: "renamed copies",
  near: "near copies",
};

/**
 * Refuse parts that share something.
 * @throws DataError `lab.leak` with the counts and the first example
 */
export async function requireApart(parts: Parts, nearness: number, where: string): Promise<void> {
  const crossings = await findCrossings(parts, nearness);
  const [first] = crossings;
  if (first === undefined) return;
  const counts = Object.entries(names).flatMap(([kind, name]) => {
    const count = crossings.filter((crossing) => crossing.kind === kind).length;
    return count === 0 ? [] : [`${name}: ${count}`];
  });
  const { earlier, earlierPart, later, laterPart } = first;
  throw new DataError("lab.leak", "parts of the data leak into one another", {
    expected: "no group, pair or copy in two parts",
    got: `${counts.join(", ")}; ${later.id} in ${laterPart} and ${earlier.id} in ${earlierPart}`,
    where,
    help: "codet5 data split --tie near makes parts that share nothing",
  });
}

/** Rows of the last part without those tied to an earlier one, and without the other halves of their pairs. */
export async function withoutCrossing(
  earlier: Parts,
  rows: readonly LabRow[],
  nearness: number,
): Promise<{
  readonly kept: readonly LabRow[];
  readonly dropped: Readonly<Record<string, number>>;
}> {
  const dropped: Record<string, number> = {};
  let kept = rows;
  // sets of near copies are found anew among what is left: another look may find more
  for (;;) {
    const crossings = await findCrossings({ ...earlier, "": kept }, nearness);
    const later = new Map(
      crossings.filter(({ laterPart }) => laterPart === "").map((each) => [each.later, each.kind]),
    );
    if (later.size === 0) return { kept, dropped };
    const pairs = new Set([...later.keys()].flatMap(({ pair }) => pair ?? []));
    const reasonOf = (row: LabRow) =>
      later.get(row) ?? (row.pair !== null && pairs.has(row.pair) ? "other half" : undefined);
    for (const row of kept) {
      const reason = reasonOf(row);
      if (reason !== undefined) dropped[reason] = (dropped[reason] ?? 0) + 1;
    }
    kept = kept.filter((row) => reasonOf(row) === undefined);
  }
}
