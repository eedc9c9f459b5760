import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type LabelledSample, readLabelledSamples } from "./labelled-samples.ts";
import { type SplitName, splitByGroup } from "./split.ts";

const names: SplitName[] = ["train", "validation", "test"];
const languages = ["c", "go", "java"];

const samplesOf = (rows: readonly (readonly [number, number | null, number, number])[]) =>
  rows.map(
    ([group, pair, language, label], i): LabelledSample => ({
      id: `s${i}`,
      language: languages[language]!,
      code: `f${i % 7}()`,
      label: label === 1 ? 1 : 0,
      cwe: null,
      pair: pair === null ? null : `p${pair}`,
      group: `g${group}`,
      source: "own",
    }),
  );

const anySamples = fc
  .array(fc.tuple(fc.nat(30), fc.option(fc.nat(20)), fc.nat(2), fc.nat(1)), { minLength: 1 })
  .map(samplesOf);
const anyShares = fc
  .tuple(fc.integer({ min: 0, max: 45 }), fc.integer({ min: 0, max: 45 }))
  .map(([validation, test]) => ({ validation: validation / 100, test: test / 100 }));

function splitsWith(
  splits: Record<string, readonly LabelledSample[]>,
  key: "group" | "pair" | "code",
) {
  const where = new Map<string, Set<string>>();
  for (const [name, samples] of Object.entries(splits)) {
    for (const sample of samples) {
      const value = sample[key];
      if (value !== null) where.set(value, (where.get(value) ?? new Set()).add(name));
    }
  }
  return [...where.values()];
}

test("splitByGroup: every sample once, no group and no pair in two splits", () => {
  fc.assert(
    fc.property(anySamples, anyShares, fc.nat(), (samples, shares, seed) => {
      const { splits, counts } = splitByGroup(samples, { ...shares, seed });
      const ids = names.flatMap((name) => splits[name].map(({ id }) => id));
      expect([...ids].sort()).toEqual(samples.map(({ id }) => id).sort());
      for (const key of ["group", "pair"] as const) {
        expect(splitsWith(splits, key).every((where) => where.size === 1)).toBe(true);
      }
      for (const name of names) expect(counts[name].samples).toBe(splits[name].length);
    }),
  );
});

test("splitByGroup: the order of the samples does not change the sets", () => {
  fc.assert(
    fc.property(anySamples, anyShares, fc.nat(), (samples, shares, seed) => {
      const ids = (list: readonly LabelledSample[]) => list.map(({ id }) => id).sort();
      const forward = splitByGroup(samples, { ...shares, seed }).splits;
      const backward = splitByGroup([...samples].reverse(), { ...shares, seed }).splits;
      for (const name of names) expect(ids(backward[name])).toEqual(ids(forward[name]));
    }),
  );
});

test("splitByGroup: with uniteDuplicates no code is in two splits", () => {
  fc.assert(
    fc.property(anySamples, anyShares, fc.nat(), (samples, shares, seed) => {
      const options = { ...shares, seed, uniteDuplicates: true };
      const { splits, duplicates } = splitByGroup(samples, options);
      expect(splitsWith(splits, "code").every((where) => where.size === 1)).toBe(true);
      expect(duplicates.across).toEqual([]);
    }),
  );
});

/** `count` groups of two samples per language. */
const regular = (count: number) =>
  samplesOf(
    languages.flatMap((_, language) =>
      Array.from(
        { length: 2 * count },
        (_, i) => [100 * language + (i >> 1), null, language, i % 2] as const,
      ),
    ),
  );

test("splitByGroup: shares are kept within each language", () => {
  const { counts } = splitByGroup(regular(50), { validation: 0.1, test: 0.2, seed: 1 });
  for (const language of languages) {
    const sizes = names.map((name) => counts[name].languages[language]);
    expect(sizes).toEqual([
      { samples: 70, positives: 35 },
      { samples: 10, positives: 5 },
      { samples: 20, positives: 10 },
    ]);
  }
  expect(counts.test).toMatchObject({ samples: 60, positives: 30, groups: 30 });
});

test("splitByGroup: another seed draws another test set, the same seed the same", () => {
  const idsFor = (seed: number) =>
    splitByGroup(regular(50), { validation: 0, test: 0.2, seed }).splits.test.map(({ id }) => id);
  expect(idsFor(1)).toEqual(idsFor(1));
  expect(idsFor(1)).not.toEqual(idsFor(2));
});

test("splitByGroup: a group larger than a share is trained on", () => {
  const samples = samplesOf(Array.from({ length: 100 }, (_, i) => [i < 60 ? 0 : i, null, 0, 1]));
  for (const seed of [1, 2, 3, 4, 5]) {
    const { splits } = splitByGroup(samples, { validation: 0.1, test: 0.2, seed });
    expect(names.map((name) => splits[name].length)).toEqual([70, 10, 20]);
    expect(splits.train.filter(({ group }) => group === "g0")).toHaveLength(60);
  }
});

test("splitByGroup: duplicates across splits are reported", () => {
  const { duplicates } = splitByGroup(regular(50), { validation: 0.1, test: 0.2, seed: 1 });
  expect(duplicates.leaked.test).toBe(60); // seven different functions in all
});

test("splitByGroup: bad shares and no samples are refused", () => {
  const shares: [number, number][] = [
    [0.5, 0.5],
    [-0.1, 0.1],
    [Number.NaN, 0],
  ];
  for (const [validation, held] of shares) {
    expect(() => splitByGroup(regular(1), { validation, test: held, seed: 1 })).toThrow(
      expect.objectContaining({ code: "split.share" }),
    );
  }
  expect(() => splitByGroup([], { validation: 0.1, test: 0.1, seed: 1 })).toThrow(
    "nothing to split",
  );
});

const shared = resolve(import.meta.dirname, "../../../shared/data/vuln/permissive.jsonl.gz");

describe.runIf(existsSync(shared))("real samples", () => {
  test("splitByGroup: shares within 1 %, no group and no pair in two splits, nothing leaked", async () => {
    const samples = await readLabelledSamples(join(shared));
    const { splits, duplicates } = splitByGroup(samples, { validation: 0.1, test: 0.1, seed: 1 });
    for (const name of ["validation", "test"] as const) {
      expect(Math.abs(splits[name].length / samples.length - 0.1)).toBeLessThan(0.01);
    }
    for (const key of ["group", "pair", "code"] as const) {
      expect(splitsWith(splits, key).every((where) => where.size === 1)).toBe(true);
    }
    expect(duplicates.across).toEqual([]);
  });
});
