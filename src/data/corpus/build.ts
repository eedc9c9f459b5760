/** @file `buildCorpus`: folders of source code to shards of tokens, in steps that survive a kill. */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import {
  DataError,
  discard,
  readJsonFile,
  syncFolder,
  writeFileAtomically,
} from "../../base/index.ts";
import { languageOfPath } from "../../syntax/index.ts";
import { loadTokenizerSync, type Tokenizer } from "../../tokenizer/index.ts";
import { addCounts, type CorpusCounts, emptyCounts } from "./counts.ts";
import type { ShardSummary } from "./encode-shard.ts";
import { type CorpusManifest, manifestName, tokenizerDigest } from "./manifest.ts";
import { assembleManifest } from "./manifest-of-build.ts";
import { finishedUnit, type UnitSummary } from "./mine-unit.ts";
import { deduplicate } from "./near-duplicates.ts";
import { makePlan, type Plan, readUnit } from "./plan.ts";
import { canUseThreads, type PoolOptions, runTasks } from "./pool.ts";
import type { CorpusSettings } from "./settings.ts";
import { readSketches } from "./sketch-files.ts";
import { splitGroups } from "./split-groups.ts";
import {
  keepTokenizer,
  shardSummaryPath,
  type TaskContext,
  type TokenizerSummary,
  tokenizerSummaryPath,
} from "./tasks.ts";
import { sourceTrees } from "./walk.ts";
import { openWorkFolder } from "./work-folder.ts";

/** How far a build is; `total` is 0 while it is not known. */
export interface BuildProgress {
  readonly stage: "walking" | "mining" | "comparing" | "words" | "merges" | "encoding";
  /** Files, bytes of source, functions, bytes of text, tokens, bytes of text. */
  readonly done: number;
  readonly total: number;
}

export interface BuildOptions {
  readonly folders: readonly string[];
  readonly out: string;
  readonly settings: CorpusSettings;
  /** Folder of a tokenizer to use; without one a new one is trained. */
  readonly tokenizer?: string | undefined;
  /** Replace a corpus, or an unfinished build with other settings. */
  readonly overwrite?: boolean;
  /** Threads; ignored, none, where the sources run uncompiled. */
  readonly numThreads: number;
  /** Stop at the next chance; the build is finished by running it again. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: BuildProgress) => void;
}

/** A shard is closed when its mined text reaches this. */
const shardTextBytes = 32_000_000;

/**
 * Build a corpus. Every function is mined, compared with all others, put into the split of its
 * repository or top folder, and encoded; the manifest, written last, makes it a corpus. The same folders
 * and settings give the same bytes, whatever the threads and interruptions.
 * @returns the manifest, or undefined when the signal stopped the build
 * @throws DataError `corpus.exists`, `corpus.locked`, `corpus.otherSettings`, `corpus.empty`,
 *   `corpus.thread`, `disk.full`, `file.missing` and others that name the place
 */
export async function buildCorpus(options: BuildOptions): Promise<CorpusManifest | undefined> {
  const trees = sourceTrees(options.folders);
  const given = options.tokenizer === undefined ? undefined : loadTokenizerSync(options.tokenizer);
  const { settings, out, onProgress = () => {} } = options;
  const digest = digestOf([1, trees, settings, given === undefined ? "" : tokenizerDigest(given)]);
  const { work, plan: known, release } = openWorkFolder(out, digest, options.overwrite ?? false);
  try {
    const onFiles = (done: number) => onProgress({ stage: "walking", done, total: 0 });
    const walk = { ...settings, languageOf: languageOfPath, isTreeGroup: trees.length > 1 };
    const plan = known ?? (await makePlan({ work, digest, trees }, walk, onFiles, options.signal));
    if (plan === undefined) return undefined;
    return await runSteps({ work, out, plan, settings }, given, options);
  } finally {
    release();
  }
}

function digestOf(value: unknown): string {
  return createHash("sha256").update(JSON.stringify(value)).digest("hex");
}

async function runSteps(
  context: TaskContext,
  given: Tokenizer | undefined,
  options: BuildOptions,
): Promise<CorpusManifest | undefined> {
  const { work, out, plan, settings } = context;
  const { signal, onProgress = () => {} } = options;
  const units = await mineUnits(context, options);
  if (units === undefined) return undefined;
  const counts = emptyCounts();
  for (const each of [plan, ...units]) addCounts(counts, each.counts);
  const unitSizes = units.map(({ numFunctions }) => numFunctions);
  onProgress({ stage: "comparing", done: 0, total: sum(unitSizes) });
  const chosen = await chooseFunctions(context, unitSizes, signal);
  if (chosen === undefined) return undefined;
  if (chosen.numKept === 0) {
    discard(work);
    throw nothingFound(plan, counts);
  }
  const firsts = prefixSums(unitSizes);
  const textBytes = sum(units.map((unit) => unit.textBytes));
  const tokenizer = await settleTokenizer(
    context,
    given,
    { firsts, textBytes, ...chosen },
    options,
  );
  if (tokenizer === undefined || signal?.aborted) return undefined;
  const split = { splits: chosen.splits, firsts, tokenizer };
  const shards = await encodeUnits(context, units, split, options);
  if (shards === undefined) return undefined;
  const manifest = assembleManifest({ plan, settings, counts, units, chosen, tokenizer, shards });
  writeFileAtomically(join(out, manifestName), `${JSON.stringify(manifest, null, 1)}\n`);
  syncFolder(out);
  discard(work);
  return manifest;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}

function prefixSums(sizes: readonly number[]): number[] {
  const firsts = [0];
  for (const size of sizes) firsts.push(firsts.at(-1)! + size);
  return firsts;
}

function poolOptions({ work, plan }: TaskContext, options: BuildOptions): PoolOptions {
  return {
    numThreads: canUseThreads ? options.numThreads : 0,
    signal: options.signal,
    filesOf: (unit) => readUnit(work, plan, unit).map(({ name }) => name),
  };
}

/** Mine what is not mined yet; undefined when stopped. */
async function mineUnits(
  context: TaskContext,
  options: BuildOptions,
): Promise<readonly UnitSummary[] | undefined> {
  const { work, plan } = context;
  const { onProgress = () => {} } = options;
  const units = plan.unitBytes.map((_, unit) => finishedUnit(work, unit));
  const missing = [...units.keys()].filter((unit) => units[unit] === undefined);
  const total = sum(plan.unitBytes);
  let done = total - sum(missing.map((unit) => plan.unitBytes[unit]!));
  onProgress({ stage: "mining", done, total });
  const tasks = missing.map((unit) => ({ kind: "mine" as const, unit, skip: [] }));
  await runTasks<"mine">(context, tasks, poolOptions(context, options), ({ unit }, summary) => {
    units[unit] = summary;
    done += plan.unitBytes[unit]!;
    onProgress({ stage: "mining", done, total });
  });
  return units.some((unit) => unit === undefined) ? undefined : (units as UnitSummary[]);
}

/** What became of every mined function. */
export interface ChosenFunctions {
  /** Code of `splitCodes`, 0 for a duplicate. */
  readonly splits: Uint8Array;
  readonly numKept: number;
  /** Code of `splitCodes` per group. */
  readonly groups: Uint8Array;
  readonly duplicates: CorpusManifest["duplicates"];
}

async function chooseFunctions(
  { work, plan, settings }: TaskContext,
  unitSizes: readonly number[],
  signal: AbortSignal | undefined,
): Promise<ChosenFunctions | undefined> {
  const sketches = readSketches(work, unitSizes);
  const threshold = settings.duplicateThreshold;
  const deduplication = await deduplicate(sketches, threshold, signal);
  if (deduplication === undefined) return undefined;
  const { isKept, numExact, numNear, bands, rows } = deduplication;
  const { languages } = plan;
  const sizes = new Uint32Array(plan.groups.length * languages.length);
  for (let i = 0; i < sketches.numFunctions; i++) {
    sizes[sketches.groups[i]! * languages.length + sketches.languages[i]!]! += isKept[i]!;
  }
  const groups = splitGroups({ groups: plan.groups, languages, sizes }, settings);
  const splits = new Uint8Array(new SharedArrayBuffer(sketches.numFunctions));
  let numKept = 0;
  for (let i = 0; i < splits.length; i++) {
    splits[i] = isKept[i] === 1 ? groups[sketches.groups[i]!]! : 0;
    numKept += isKept[i]!;
  }
  const duplicates = { threshold, exact: numExact, near: numNear, bands, rows };
  return { splits, numKept, groups, duplicates };
}

function nothingFound(plan: Plan, counts: CorpusCounts): DataError {
  const reasons = { ...counts.files, ...counts.functions, ...counts.folders };
  const told = Object.entries(reasons).map(([reason, number]) => `${number} ${reason}`);
  return new DataError("corpus.empty", "no function was found", {
    expected: "source code in a language with a grammar",
    got: `${plan.numFiles} source files; left out: ${told.join(", ") || "nothing"}`,
    where: plan.trees.map(({ path }) => path).join(", "),
  });
}

/** The given tokenizer, the one an interrupted build made, or a new one; undefined when stopped. */
async function settleTokenizer(
  context: TaskContext,
  given: Tokenizer | undefined,
  text: Pick<ChosenFunctions, "splits"> & {
    readonly firsts: readonly number[];
    readonly textBytes: number;
  },
  options: BuildOptions,
): Promise<TokenizerSummary | undefined> {
  const path = tokenizerSummaryPath(context.work);
  if (existsSync(path)) return readJsonFile(path) as TokenizerSummary;
  if (given !== undefined) return keepTokenizer(given, false, context);
  const { splits, firsts, textBytes } = text;
  const { onProgress = () => {} } = options;
  const { vocabSize, tokenizerMegabytes } = context.settings;
  const totals = { words: Math.min(textBytes, tokenizerMegabytes * 1e6), merges: vocabSize };
  const pool: PoolOptions = {
    ...poolOptions(context, options),
    onProgress(stage, done) {
      if (stage !== "encoded") onProgress({ stage, done, total: totals[stage] });
    },
  };
  let made: TokenizerSummary | undefined;
  const task = { kind: "tokenizer" as const, firsts, splits, textBytes };
  await runTasks<"tokenizer">(context, [task], pool, (_, summary) => {
    made = summary;
  });
  return made;
}

interface SplitFunctions {
  readonly splits: Uint8Array;
  readonly firsts: readonly number[];
  readonly tokenizer: TokenizerSummary;
}

/** Encode the shards that are not encoded yet; undefined when stopped. */
async function encodeUnits(
  context: TaskContext,
  units: readonly UnitSummary[],
  { splits, firsts, tokenizer }: SplitFunctions,
  options: BuildOptions,
): Promise<readonly ShardSummary[] | undefined> {
  const { onProgress = () => {} } = options;
  const { tokenBytes } = tokenizer;
  const tasks = shardsOf(units).map(({ name, from, to }) => ({
    kind: "encode" as const,
    name,
    tokenBytes,
    units: Array.from({ length: to - from }, (_, i) => from + i),
    splits: splits.subarray(firsts[from]!, firsts[to]!),
  }));
  const total = sum(units.map(({ textBytes }) => textBytes));
  const bytesOf = (task: { readonly units: readonly number[] }) =>
    sum(task.units.map((unit) => units[unit]!.textBytes));
  let done = 0;
  const shards = new Map<string, ShardSummary>();
  for (const { name } of tasks) {
    const path = shardSummaryPath(context.work, name);
    if (existsSync(path)) shards.set(name, readJsonFile(path) as ShardSummary);
  }
  const missing = tasks.filter(({ name }) => !shards.has(name));
  done = total - sum(missing.map(bytesOf));
  onProgress({ stage: "encoding", done, total });
  const pool = poolOptions(context, options);
  await runTasks<"encode">(context, missing, pool, (task, summary) => {
    shards.set(task.name, summary);
    done += bytesOf(task);
    onProgress({ stage: "encoding", done, total });
  });
  if (shards.size < tasks.length) return undefined;
  return tasks.map(({ name }) => shards.get(name)!);
}

/** Runs of units that make a shard each. */
function shardsOf(units: readonly UnitSummary[]) {
  const shards: { readonly name: string; readonly from: number; readonly to: number }[] = [];
  let from = 0;
  let bytes = 0;
  for (const [unit, { textBytes }] of units.entries()) {
    bytes += textBytes;
    if (bytes < shardTextBytes && unit + 1 < units.length) continue;
    shards.push({ name: String(shards.length).padStart(5, "0"), from, to: unit + 1 });
    from = unit + 1;
    bytes = 0;
  }
  return shards;
}
