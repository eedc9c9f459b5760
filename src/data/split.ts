/** @file Splits by group: nothing that shares an origin is both trained on and evaluated on. */
import { ConfigError, DataError, Random } from "../base/index.ts";
import { codeDigest, type DuplicateReport, findDuplicates } from "./duplicates.ts";
import type { LabelledSample } from "./labelled-samples.ts";

/** The three parts of a data set; CodeXGLUE's files call the second one `valid`. */
export type SplitName = "train" | "validation" | "test";

export interface SplitOptions {
  /** Share of the samples, in [0, 1). */
  readonly validation: number;
  /** Share of the samples, in [0, 1); validation + test < 1. */
  readonly test: number;
  readonly seed: number;
  /** Keep the shares within each language, not only over all samples; default true. */
  readonly stratifyByLanguage?: boolean;
  /** Keep samples with the same code (white space aside) in one split too; default false. */
  readonly uniteDuplicates?: boolean;
}

/** What went where. */
interface SplitCounts {
  readonly samples: number;
  /** Samples labelled 1. */
  readonly positives: number;
  /** Groups, or sets of groups that pairs (or duplicates) tie together. */
  readonly groups: number;
  readonly languages: Readonly<Record<string, { samples: number; positives: number }>>;
}

export interface GroupSplit {
  readonly splits: Readonly<Record<SplitName, readonly LabelledSample[]>>;
  readonly counts: Readonly<Record<SplitName, SplitCounts>>;
  readonly duplicates: DuplicateReport;
}

/** Samples that must stay together. */
interface Family {
  /** Its smallest group name: a name that does not depend on the order of the samples. */
  readonly name: string;
  /** The language most of its samples have. */
  readonly language: string;
  readonly samples: readonly LabelledSample[];
}

/**
 * Split samples so that no group and no pair straddles two splits. Within each language, families of
 * samples come in an order drawn from the seed; each goes to test, then to validation, while it fits in
 * what is left of that split's share, and the rest is trained on. So the shares are kept
 * within less than one family per language, and an oversized family is always trained on.
 * The same samples in another order, with the same seed, give the same sets; each
 * split keeps the order of the input.
 * @throws ConfigError `split.share`; DataError `data.empty`
 */
export function splitByGroup(
  samples: readonly LabelledSample[],
  options: SplitOptions,
): GroupSplit {
  checkShares(options);
  if (samples.length === 0) {
    throw new DataError("data.empty", "nothing to split", { expected: "at least one sample" });
  }
  const families = findFamilies(samples, options.uniteDuplicates ?? false);
  const strata = groupBy(families, ({ language }) =>
    (options.stratifyByLanguage ?? true) ? language : "",
  );
  const splitOf = new Map<LabelledSample, SplitName>();
  const groups: Record<SplitName, number> = { train: 0, validation: 0, test: 0 };
  for (const [language, stratum] of strata) {
    for (const [split, drawn] of Object.entries(divide(stratum, options, language))) {
      groups[split as SplitName] += drawn.length;
      for (const sample of drawn.flatMap((family) => family.samples)) {
        splitOf.set(sample, split as SplitName);
      }
    }
  }
  const partOf = (split: SplitName) => samples.filter((sample) => splitOf.get(sample) === split);
  const splits = {
    train: partOf("train"),
    validation: partOf("validation"),
    test: partOf("test"),
  };
  const count = (split: SplitName) => countSplit(splits[split], groups[split]);
  return {
    splits,
    counts: { train: count("train"), validation: count("validation"), test: count("test") },
    // digests of all the code, which few ask for
    get duplicates() {
      return findDuplicates(splits);
    },
  };
}

function checkShares({ validation, test }: SplitOptions): void {
  if (validation >= 0 && test >= 0 && validation + test < 1) return;
  throw new ConfigError("split.share", "bad shares of a split", {
    expected: "validation and test each at least 0, together below 1",
    got: `validation ${validation}, test ${test}`,
  });
}

/** Draw one language's families into the three splits. */
function divide(
  stratum: readonly Family[],
  { validation, test, seed }: SplitOptions,
  language: string,
): Record<SplitName, readonly Family[]> {
  const byName = [...stratum].sort((a, b) => (a.name < b.name ? -1 : 1));
  const shuffled = new Random(seed, "split", language).shuffle(byName);
  const total = shuffled.reduce((sum, { samples }) => sum + samples.length, 0);
  const [forTest, afterTest] = draw(shuffled, test * total);
  const [forValidation, train] = draw(afterTest, validation * total);
  return { train, validation: forValidation, test: forTest };
}

/** Take families while they fit, then one more, the smallest left, if that comes closer to the target. */
function draw(families: readonly Family[], target: number): [Family[], Family[]] {
  let size = 0;
  const taken = new Set<Family>();
  for (const family of families) {
    if (size + family.samples.length > target) continue;
    taken.add(family);
    size += family.samples.length;
  }
  const left = families.filter((family) => !taken.has(family));
  const smallest = left.reduce<Family | undefined>(
    (least, family) => (least && least.samples.length <= family.samples.length ? least : family),
    undefined,
  );
  const missing = target - size;
  if (smallest && Math.abs(smallest.samples.length - missing) < missing) taken.add(smallest);
  return [[...taken], families.filter((family) => !taken.has(family))];
}

/** Tie samples together by group, pair and, if asked, code: the connected parts of that graph. */
function findFamilies(samples: readonly LabelledSample[], uniteDuplicates: boolean): Family[] {
  const parents: number[] = [];
  const nodeOfKey = new Map<string, number>();
  const nodeOf = (key: string) => {
    const known = nodeOfKey.get(key);
    if (known !== undefined) return known;
    nodeOfKey.set(key, parents.length);
    return parents.push(parents.length) - 1;
  };
  const root = (node: number) => {
    let at = node;
    while (parents[at] !== at) {
      parents[at] = parents[parents[at]!]!;
      at = parents[at]!;
    }
    return at;
  };
  for (const { group, pair, code } of samples) {
    const node = nodeOf(`group ${group}`);
    if (pair !== null) parents[root(nodeOf(`pair ${pair}`))] = root(node);
    if (uniteDuplicates) parents[root(nodeOf(`code ${codeDigest(code)}`))] = root(node);
  }
  const parts = groupBy(samples, ({ group }) => root(nodeOf(`group ${group}`)));
  return [...parts.values()].map((members) => ({
    name: members.reduce((least, { group }) => (group < least ? group : least), members[0]!.group),
    language: mainLanguage(members),
    samples: members,
  }));
}

function groupBy<T, Key>(items: readonly T[], keyOf: (item: T) => Key): Map<Key, T[]> {
  const groups = new Map<Key, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups;
}

/** The most frequent language, the first by name among equals. */
function mainLanguage(samples: readonly LabelledSample[]): string {
  const counts = [...groupBy(samples, ({ language }) => language)];
  counts.sort(([a, as], [b, bs]) => bs.length - as.length || (a < b ? -1 : 1));
  return counts[0]![0];
}

function countSplit(samples: readonly LabelledSample[], groups: number): SplitCounts {
  const languages = new Map<string, { samples: number; positives: number }>();
  for (const { language, label } of samples) {
    const count = languages.get(language) ?? { samples: 0, positives: 0 };
    count.samples++;
    count.positives += label;
    languages.set(language, count);
  }
  const positives = samples.filter(({ label }) => label === 1).length;
  const byName = [...languages].sort(([a], [b]) => (a < b ? -1 : 1));
  return { samples: samples.length, positives, groups, languages: Object.fromEntries(byName) };
}
