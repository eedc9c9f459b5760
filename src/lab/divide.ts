/**
 * @file What a fold trains on, what it validates on, and what stays sealed until its thresholds are
 * frozen. Training and validation are decided by samples of training languages alone.
 */
import { DataError, hash32, hashString } from "../base/index.ts";
import { divideByGroup, removeCopies } from "../data/index.ts";
import { requireApart, withoutCrossing } from "./crossings.ts";
import type { LabRow } from "./data-sets.ts";
import type { Experiment } from "./experiment.ts";
import type { Fold } from "./folds.ts";

/** Samples left out, by reason. */
export type Dropped = Readonly<Record<string, number>>;

/** A fold's data. */
export interface Division {
  readonly train: readonly LabRow[];
  readonly validation: readonly LabRow[];
  /** Test samples before they are cleaned: not to be opened before thresholds are frozen. */
  readonly sealed: readonly LabRow[];
  readonly dropped: Dropped;
}

type Settings = Pick<
  Experiment,
  "validationShare" | "testShare" | "splitSeed" | "limits" | "leakThreshold"
>;

/**
 * Divide the data for a fold: copies removed, groups and pairs whole.
 * @throws DataError `lab.oneClass` when training or validation lacks a class, `lab.leak` when given parts
 * share something
 */
export async function divide(
  rows: readonly LabRow[],
  fold: Fold,
  settings: Settings,
): Promise<Division> {
  const { validationShare: validation, testShare: test, splitSeed: seed, limits } = settings;
  const isSeen = ({ language }: LabRow) => fold.train.includes(language);
  const isUnseen = ({ language }: LabRow) => fold.unseen.includes(language);
  const own = rows.filter((row) => row.isForTraining && row.given === undefined && isSeen(row));
  const given = rows.filter((row) => row.isForTraining && row.given !== undefined && isSeen(row));
  const { kept, copies, contradictions, otherHalves } = await removeCopies(own, {
    level: "near",
    nearness: settings.leakThreshold,
  });
  const drawn = limited(kept, limits.train, seed);
  const empty = { train: [], validation: [], test: [] };
  const { parts } =
    drawn.length === 0 ? { parts: empty } : await divideByGroup(drawn, { validation, test, seed });
  const nearness = settings.leakThreshold;
  const held = await withoutCrossing({ train: parts.train }, parts.validation, nearness);
  const part = (name: string) => given.filter((row) => row.given === name);
  const train = [...parts.train, ...part("train")];
  const validated = [...held.kept, ...part("validation")];
  const sealed = [
    ...parts.test,
    ...rows.filter((row) => {
      if (isGivenElse(row)) return false;
      return isUnseen(row) || (isSeen(row) && (row.given === "test" || !row.isForTraining));
    }),
  ];
  // parts that were given are taken at their word, once; codes are compared, labels are not looked at
  if (given.length > 0) {
    const said = sealed.filter((row) => row.given !== undefined);
    await requireApart({ train, validation: validated, test: said }, nearness, fold.name);
  }
  requireBothClasses("training", train, fold);
  requireBothClasses("validation", validated, fold);
  return {
    train,
    validation: validated,
    sealed,
    dropped: {
      ...copies,
      contradictions,
      "other halves": otherHalves,
      "beyond the limit": kept.length - drawn.length,
      "validation tied to training": parts.validation.length - held.kept.length,
      "other languages": rows.filter((row) => !isSeen(row) && !isUnseen(row)).length,
      "unseen, given to train on": rows.filter((row) => isUnseen(row) && isGivenElse(row)).length,
    },
  };
}

/** Its data set says that it is no test sample. */
const isGivenElse = ({ given }: LabRow) => given !== undefined && given !== "test";

/** The test samples of a fold. */
export interface Tests {
  readonly seenTest: readonly LabRow[];
  readonly unseen: readonly LabRow[];
  readonly dropped: Dropped;
}

/**
 * Open the sealed samples: drop copies among them, then, until nothing is left to drop, what is tied to
 * training or validation.
 * @throws DataError `lab.empty` when nothing is left of the unseen languages
 */
export async function openTests(
  { train, validation, sealed }: Pick<Division, "train" | "validation" | "sealed">,
  fold: Fold,
  settings: Settings,
): Promise<Tests> {
  const nearness = settings.leakThreshold;
  const { kept, copies, contradictions, otherHalves } = await removeCopies(sealed, {
    level: "near",
    nearness,
  });
  const apart = await withoutCrossing({ train, validation }, kept, nearness);
  const drawn = limited(apart.kept, settings.limits.test, settings.splitSeed);
  const unseen = drawn.filter(({ language }) => fold.unseen.includes(language));
  if (unseen.length === 0) {
    throw new DataError("lab.empty", "no sample of an unseen language", {
      expected: fold.unseen.join(", "),
      got: "none",
      where: fold.name,
    });
  }
  const ties = Object.entries(apart.dropped).map(([kind, count]) => [`tied: ${kind}`, count]);
  return {
    seenTest: drawn.filter(({ language }) => !fold.unseen.includes(language)),
    unseen,
    dropped: {
      ...copies,
      contradictions,
      "other halves": otherHalves,
      ...Object.fromEntries(ties),
      "beyond the limit": apart.kept.length - drawn.length,
    },
  };
}

/** Whole groups in an order drawn by name, until a language of a data set has enough; no label is read. */
function limited(
  rows: readonly LabRow[],
  limit: number | undefined,
  seed: number,
): readonly LabRow[] {
  if (limit === undefined) return rows;
  const ranked = [...rows.entries()].sort(([i, a], [j, b]) => {
    const rank = (row: LabRow) => hash32(seed, hashString(row.group));
    return rank(a) - rank(b) || (a.group < b.group ? -1 : a.group > b.group ? 1 : i - j);
  });
  const counts = new Map<string, number>();
  const last = new Map<string, string>();
  const chosen = new Set<LabRow>();
  for (const [, row] of ranked) {
    const key = `${row.data} ${row.language}`;
    const count = counts.get(key) ?? 0;
    if (count >= limit && last.get(key) !== row.group) continue;
    counts.set(key, count + 1);
    last.set(key, row.group);
    chosen.add(row);
  }
  return rows.filter((row) => chosen.has(row));
}

function requireBothClasses(part: string, rows: readonly LabRow[], fold: Fold): void {
  const positives = rows.filter(({ label }) => label === 1).length;
  if (positives > 0 && positives < rows.length) return;
  throw new DataError("lab.oneClass", `the ${part} part lacks a class`, {
    expected: "vulnerable and safe samples",
    got: `${positives} vulnerable, ${rows.length - positives} safe`,
    where: `fold ${fold.name}: ${fold.train.join(", ")}`,
  });
}
