/** @file Three ways to divide a data set: by group, by language never seen, by date. Families never part. */
import { ConfigError, DataError } from "../../base/index.ts";
import type { LabelledRow, LabelledSample } from "../labelled-samples.ts";
import { normalizeLanguage } from "../languages.ts";
import { type SplitName, splitByGroup } from "../split.ts";
import { familiesOf, type TieOptions } from "./families.ts";

/** Shares of the samples, each in [0, 1), together below 1, and how to draw them. */
export interface DivideOptions extends TieOptions {
  readonly validation: number;
  readonly test: number;
  readonly seed: number;
}

/** The parts, and what fits into none of them. */
export interface Division<Sample> {
  readonly parts: Readonly<Record<SplitName, readonly Sample[]>>;
  /** Samples left out, by reason. */
  readonly dropped: Readonly<Record<string, number>>;
}

/** Languages whose labels the experiment's training never sees, unless told. */
export const defaultUnseen: readonly string[] = "go ruby php csharp rust swift kotlin".split(" ");

function divideFamilies<Sample extends LabelledSample>(
  samples: readonly Sample[],
  families: readonly string[],
  options: DivideOptions,
): Record<SplitName, Sample[]> {
  const origin = new Map<LabelledSample, Sample>();
  const shadows = samples.map((sample, index) => {
    const shadow: LabelledSample = { ...sample, group: families[index]!, pair: null };
    origin.set(shadow, sample);
    return shadow;
  });
  const { splits } = splitByGroup(shadows, options);
  const back = (part: readonly LabelledSample[]) => part.map((shadow) => origin.get(shadow)!);
  return {
    train: back(splits.train),
    validation: back(splits.validation),
    test: back(splits.test),
  };
}

/**
 * Divide by family, within each language, as `splitByGroup` does.
 * @throws ConfigError `split.share`; DataError `data.empty`
 */
export async function divideByGroup<Sample extends LabelledSample>(
  samples: readonly Sample[],
  options: DivideOptions,
): Promise<Division<Sample>> {
  const families = await familiesOf(samples, options);
  return { parts: divideFamilies(samples, families, options), dropped: {} };
}

/**
 * Train on some languages, test on others. A family that has samples in both stands on one side, as
 * if it had been drawn by group; its samples on the other side are dropped.
 * @param unseen languages to test on
 * @throws ConfigError `split.share`, `split.unseen` when no sample is in those languages, or all are
 */
export async function divideByLanguage<Sample extends LabelledSample>(
  samples: readonly Sample[],
  unseen: readonly string[],
  options: DivideOptions,
): Promise<Division<Sample>> {
  const names = new Set(unseen.map(normalizeLanguage));
  const isUnseen = ({ language }: LabelledSample) => names.has(language);
  const numUnseen = samples.filter(isUnseen).length;
  if (numUnseen === 0 || numUnseen === samples.length) {
    throw new ConfigError("split.unseen", "nothing to train on, or nothing to test on", {
      expected: `languages of the data: ${[...new Set(samples.map((s) => s.language))].sort().join(", ")}`,
      got: [...names].join(", "),
    });
  }
  const families = await familiesOf(samples, options);
  const sides = sidesOf(samples.map(isUnseen), families);
  const mixed = samples.filter((_, index) => sides.get(families[index]!) === "both");
  const mixedFamilies = families.filter((family) => sides.get(family) === "both");
  const drawn =
    mixed.length === 0
      ? undefined
      : divideFamilies(mixed, mixedFamilies, { ...options, validation: 0 });
  const forTest = new Set(drawn?.test);
  const isKept = (sample: Sample, index: number) =>
    sides.get(families[index]!) !== "both" || forTest.has(sample) === isUnseen(sample);
  const kept = [...samples.keys()].filter((index) => isKept(samples[index]!, index));
  const seen = kept.filter((index) => !isUnseen(samples[index]!));
  const { train, validation } = divideFamilies(
    seen.map((index) => samples[index]!),
    seen.map((index) => families[index]!),
    { ...options, test: 0 },
  );
  const test = kept.map((index) => samples[index]!).filter(isUnseen);
  const dropped = samples.length - kept.length;
  return { parts: { train, validation, test }, dropped: { "family on the other side": dropped } };
}

type Side = "seen" | "unseen" | "both";

function sidesOf(isUnseen: readonly boolean[], families: readonly string[]): Map<string, Side> {
  const sides = new Map<string, Side>();
  for (const [index, family] of families.entries()) {
    const side: Side = isUnseen[index] ? "unseen" : "seen";
    const known = sides.get(family);
    sides.set(family, known === undefined || known === side ? side : "both");
  }
  return sides;
}

/**
 * Train on what is older, test on what is newer: families in order of their latest date, cut by the
 * shares.
 * @param field where a sample says its date: ISO 8601 (`2024-05-31`, with or without a time), or seconds
 *   since 1970
 * @throws ConfigError `split.share`; DataError `data.date` when a sample has none
 */
export async function divideByDate(
  samples: readonly LabelledRow[],
  field: string,
  options: DivideOptions,
): Promise<Division<LabelledRow>> {
  const families = await familiesOf(samples, options);
  const latest = new Map<string, { date: number; size: number }>();
  for (const [index, sample] of samples.entries()) {
    const date = dateOf(sample, field);
    const known = latest.get(families[index]!);
    latest.set(families[index]!, {
      date: Math.max(date, known?.date ?? date),
      size: (known?.size ?? 0) + 1,
    });
  }
  const ordered = [...latest].sort(([a, x], [b, y]) => x.date - y.date || (a < b ? -1 : 1));
  const { validation, test } = checkedShares(options);
  const partOf = new Map<string, SplitName>();
  let before = 0;
  for (const [family, { size }] of ordered) {
    const share = (before + size / 2) / samples.length;
    partOf.set(
      family,
      share < 1 - validation - test ? "train" : share < 1 - test ? "validation" : "test",
    );
    before += size;
  }
  const part = (name: SplitName) =>
    samples.filter((_, index) => partOf.get(families[index]!) === name);
  return {
    parts: { train: part("train"), validation: part("validation"), test: part("test") },
    dropped: {},
  };
}

function checkedShares({ validation, test }: DivideOptions): { validation: number; test: number } {
  if (validation >= 0 && test >= 0 && validation + test < 1) return { validation, test };
  throw new ConfigError("split.share", "bad shares of a split", {
    expected: "validation and test each at least 0, together below 1",
    got: `validation ${validation}, test ${test}`,
  });
}

function dateOf(sample: LabelledRow, field: string): number {
  const value = Object.hasOwn(sample, field) ? sample[field] : undefined;
  const date = typeof value === "number" ? value * 1000 : Date.parse(String(value));
  if (Number.isFinite(date) && value !== null && value !== undefined) return date;
  throw new DataError("data.date", "a sample without a date", {
    expected: `a date in the field "${field}", as 2024-05-31 or in seconds since 1970`,
    got: value === undefined ? "nothing" : JSON.stringify(value).slice(0, 60),
    where: `sample ${sample.id}`,
  });
}
