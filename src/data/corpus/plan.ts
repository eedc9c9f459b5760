/** @file The plan of a build: every file to read, in units of work that are finished or not. */
import { appendFileSync, closeSync, openSync, readSync } from "node:fs";
import { join } from "node:path";
import { setImmediate as breathe } from "node:timers/promises";
import { readJsonFile, syncPath, writeError, writeFileAtomically } from "../../base/index.ts";
import { type CorpusCounts, emptyCounts } from "./counts.ts";
import { type SourceTree, type WalkedFile, type WalkOptions, walkTree } from "./walk.ts";

/** A unit is closed when it holds this much. */
const unitBytes = 2_000_000;
const unitFiles = 400;

/** A file of a unit; names and licences are looked up in the plan. */
export interface PlannedFile {
  /** As {@link WalkedFile.name}. */
  readonly name: string;
  /** Index of its tree. */
  readonly tree: number;
  /** Index into {@link Plan.languages}. */
  readonly language: number;
  /** Index into {@link Plan.groups}. */
  readonly group: number;
  readonly license?: string;
  readonly bytes: number;
}

/** What a build reads, apart from the units themselves, which stay on disk. */
export interface Plan {
  /** Digest of the settings and trees it was made with. */
  readonly digest: string;
  readonly trees: readonly SourceTree[];
  readonly languages: readonly string[];
  readonly groups: readonly string[];
  /** Units are the lines of `units.jsonl`; line i is `[unitStarts[i], unitStarts[i + 1])` in bytes. */
  readonly unitStarts: readonly number[];
  /** Source bytes of each unit. */
  readonly unitBytes: readonly number[];
  readonly numFiles: number;
  readonly counts: CorpusCounts;
}

const planName = "plan.json";
/** A plan is ours, and as long as the list of files is. */
const maxPlanBytes = 2 ** 28;
const unitsName = "units.jsonl";

/** Files between two breaths, in which signals and progress come through. */
const filesPerBreath = 500;

/**
 * Walk the trees and write the plan into a work folder; only the unit of the moment is in memory.
 * @param onFiles told how many files were found, now and then
 * @returns undefined when the signal stopped it
 */
export async function makePlan(
  { work, digest, trees }: Pick<Plan, "digest" | "trees"> & { readonly work: string },
  options: WalkOptions,
  onFiles: (numFiles: number) => void,
  signal: AbortSignal | undefined,
): Promise<Plan | undefined> {
  const counts = emptyCounts();
  const languages = numbering();
  const groups = numbering();
  const unitStarts = [0];
  const sizes: number[] = [];
  let numFiles = 0;
  // without the plan, written last, the file of units counts for nothing
  const unitsPath = join(work, unitsName);
  writeFileAtomically(unitsPath, "");
  let unit: PlannedFile[] = [];
  let bytes = 0;
  const close = () => {
    if (unit.length === 0) return;
    const line = Buffer.from(`${JSON.stringify(unit)}\n`);
    append(unitsPath, line);
    unitStarts.push(unitStarts.at(-1)! + line.length);
    sizes.push(bytes);
    unit = [];
    bytes = 0;
  };
  const visited = new Set<string>();
  for (const [index, tree] of trees.entries()) {
    for (const file of walkTree(tree, options, counts, visited)) {
      unit.push(planned(file, index, languages, groups));
      bytes += file.bytes;
      if (bytes >= unitBytes || unit.length >= unitFiles) close();
      if (++numFiles % filesPerBreath > 0) continue;
      onFiles(numFiles);
      await breathe();
      if (signal?.aborted) return undefined;
    }
  }
  close();
  syncPath(unitsPath);
  const names = { languages: languages.names, groups: groups.names };
  const plan = { digest, trees, ...names, unitStarts, unitBytes: sizes, numFiles, counts };
  writeFileAtomically(join(work, planName), JSON.stringify(plan));
  return plan;
}

function append(path: string, bytes: Uint8Array): void {
  try {
    appendFileSync(path, bytes);
  } catch (cause) {
    throw writeError(path, cause);
  }
}

function planned(
  { name, language, group, license, bytes }: WalkedFile,
  tree: number,
  languages: Numbering,
  groups: Numbering,
): PlannedFile {
  // a header may turn out to be C++ when it is read
  if (language === "c") languages.of("cpp");
  const file = { name, tree, language: languages.of(language), group: groups.of(group), bytes };
  return license === undefined ? file : { ...file, license };
}

interface Numbering {
  readonly names: string[];
  of(name: string): number;
}

function numbering(): Numbering {
  const names: string[] = [];
  const numbers = new Map<string, number>();
  const of = (name: string) => {
    const known = numbers.get(name);
    if (known !== undefined) return known;
    numbers.set(name, names.length);
    return names.push(name) - 1;
  };
  return { names, of };
}

/** The plan of an earlier, interrupted build, or undefined when it was not finished. */
export function readPlan(work: string): Plan {
  return readJsonFile(join(work, planName), maxPlanBytes) as Plan;
}

/** The files of one unit. */
export function readUnit(work: string, plan: Plan, unit: number): PlannedFile[] {
  const start = plan.unitStarts[unit]!;
  const line = Buffer.alloc(plan.unitStarts[unit + 1]! - start);
  const file = openSync(join(work, unitsName), "r");
  try {
    readSync(file, line, 0, line.length, start);
  } finally {
    closeSync(file);
  }
  return JSON.parse(line.toString("utf8"));
}

/** Where a planned file lies. */
export function pathOf(plan: Plan, { tree, name }: PlannedFile): string {
  const { path, label } = plan.trees[tree]!;
  return join(path, name.slice(label.length + 1));
}
