/** @file The manifest of a finished build, put together from what its steps left. */
import type { ChosenFunctions } from "./build.ts";
import { type CorpusCounts, type Counts, count, sortedCounts } from "./counts.ts";
import type { ShardSummary, SliceStats } from "./encode-shard.ts";
import type { CorpusManifest } from "./manifest.ts";
import type { UnitSummary } from "./mine-unit.ts";
import type { Plan } from "./plan.ts";
import type { CorpusSettings } from "./settings.ts";
import { splitCodes } from "./split-groups.ts";
import type { TokenizerSummary } from "./tasks.ts";

interface FinishedBuild {
  readonly plan: Plan;
  readonly settings: CorpusSettings;
  readonly counts: CorpusCounts;
  readonly units: readonly UnitSummary[];
  readonly chosen: ChosenFunctions;
  readonly tokenizer: TokenizerSummary;
  readonly shards: readonly ShardSummary[];
}

/** See the fields of `CorpusManifest`. */
export function assembleManifest(build: FinishedBuild): CorpusManifest {
  const { plan, settings, counts, units, chosen, tokenizer, shards } = build;
  count(counts.functions, "exact-duplicate", chosen.duplicates.exact);
  count(counts.functions, "near-duplicate", chosen.duplicates.near);
  for (const { dropped } of shards) {
    for (const [reason, number] of Object.entries(dropped)) count(counts.functions, reason, number);
  }
  const total = (of: (unit: UnitSummary) => number) =>
    units.reduce((sum, unit) => sum + of(unit), 0);
  return {
    format: "codet5-corpus",
    version: 1,
    settings,
    sources: sourcesOf(plan, shards),
    languages: [...plan.languages],
    tokenizer,
    tokenBytes: tokenizer.tokenBytes,
    slices: mergeSlices(shards),
    duplicates: chosen.duplicates,
    read: { files: plan.numFiles, bytes: plan.unitBytes.reduce((sum, bytes) => sum + bytes, 0) },
    mined: {
      files: total((unit) => unit.numFiles),
      bytes: total((unit) => unit.fileBytes),
      functions: total((unit) => unit.numFunctions),
    },
    counts: sortedCounts(counts),
    groups: groupsOf(plan, chosen),
    shards: shards.map(({ name, functions, files }) => ({ name, functions, files })),
  };
}

const splitNames = Object.fromEntries(
  Object.entries(splitCodes).map(([name, code]) => [code, name as keyof typeof splitCodes]),
);

function groupsOf(plan: Plan, { groups }: ChosenFunctions): CorpusManifest["groups"] {
  return Object.fromEntries(plan.groups.map((name, group) => [name, splitNames[groups[group]!]!]));
}

function sourcesOf(plan: Plan, shards: readonly ShardSummary[]): CorpusManifest["sources"] {
  return plan.trees.map(({ label }) => {
    const licenses: Counts = {};
    for (const { licenses: byTree } of shards) {
      for (const [name, number] of Object.entries(byTree[label] ?? {})) {
        count(licenses, name, number);
      }
    }
    const files = Object.values(licenses).reduce((sum, number) => sum + number, 0);
    return { label, files, licenses };
  });
}

/** One slice per language and split, over all shards. */
function mergeSlices(shards: readonly ShardSummary[]): CorpusManifest["slices"] {
  const merged = new Map<string, SliceStats>();
  for (const slice of shards.flatMap(({ slices }) => slices)) {
    const key = `${slice.language} ${slice.split}`;
    const known = merged.get(key);
    if (known === undefined) merged.set(key, { ...slice });
    else addSlice(known, slice);
  }
  const sorted = [...merged].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, slice]) => slice);
  return sorted.map((slice) => ({ ...slice, split: splitNames[slice.split]! }));
}

function addSlice(total: SliceStats, { language: _, split: __, ...more }: SliceStats): void {
  for (const key of Object.keys(more) as (keyof typeof more)[]) total[key] += more[key];
}
