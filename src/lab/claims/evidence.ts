/** @file Evidence for claims: what lies behind the paths of a command line, read and told apart. */
import { existsSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { z } from "zod";
import { ConfigError, DataError, parseJson, readJsonFile, readTextFile } from "../../base/index.ts";
import { labFiles } from "../records.ts";
import { analyse, type LabFolder, type PanelAnalysis, readLabFolder } from "../report/index.ts";

/** A lab with its figures. */
export interface LabEvidence {
  readonly path: string;
  readonly folder: LabFolder;
  readonly analyses: readonly PanelAnalysis[];
  /** Of each model, as its results say. */
  readonly familyOf: ReadonlyMap<string, string>;
}

/** Runs of several arms and seeds, as `scripts/compare-starts.ts` and `scripts/ablation.ts` leave them. */
export interface RunsEvidence {
  readonly path: string;
  /** `natural`: the checkpoint had read natural language only. */
  readonly kind: "runs" | "natural";
  readonly outcomes: readonly Outcome[];
  /** The task, where a run's folder lies beside its results. */
  readonly task: string | undefined;
}

/** One run. */
export interface Outcome {
  readonly arm: string;
  readonly seed: number;
  readonly report: Readonly<Record<string, number>>;
}

/** A shipped model: its card's scores by language. */
export interface CardEvidence {
  readonly path: string;
  readonly languages: readonly CardScores[];
}

/** In percent; NaN where the card does not say. */
export interface CardScores {
  readonly language: string;
  readonly taggingF1: number;
  readonly identifierAccuracy: number;
}

/** Everything that was named. */
export interface Evidence {
  readonly labs: readonly LabEvidence[];
  readonly runs: readonly RunsEvidence[];
  readonly cards: readonly CardEvidence[];
}

/** Resamples behind the intervals of labs, and the seed of every random choice. */
export interface EvidenceSettings {
  readonly numResamples: number;
  readonly seed: number;
}

/**
 * Read what paths hold: a lab's folder, a folder (or file) of runs, a model's folder with its card. `natural=PATH`
 * says that the runs' checkpoint had read natural language only.
 * @throws DataError `claims.evidence` for a path that holds none of these; those of the readers
 */
export async function readEvidence(
  paths: readonly string[],
  settings: EvidenceSettings,
): Promise<Evidence> {
  const labs: LabEvidence[] = [];
  const runs: RunsEvidence[] = [];
  const cards: CardEvidence[] = [];
  for (const given of paths) {
    const [kind, path] = splitKind(given);
    const results = statIsFolder(path) ? join(path, labFiles.results) : path;
    const card = join(path, "README.md");
    if (existsSync(join(path, labFiles.samples))) labs.push(await readLab(path, settings));
    else if (existsSync(results)) runs.push(readRuns(path, results, kind));
    else if (existsSync(card)) cards.push(readCard(path, card));
    else throw noEvidence(path);
  }
  return { labs, runs, cards };
}

function splitKind(given: string): readonly [RunsEvidence["kind"], string] {
  const natural = "natural=";
  return given.startsWith(natural) ? ["natural", given.slice(natural.length)] : ["runs", given];
}

function statIsFolder(path: string): boolean {
  return existsSync(path) && statSync(path).isDirectory();
}

function noEvidence(path: string): DataError {
  return new DataError("claims.evidence", "no evidence here", {
    expected: "a lab's folder, results.jsonl of runs, or a model's folder with README.md",
    got: existsSync(path) ? "neither" : "nothing at all",
    where: path,
  });
}

async function readLab(path: string, settings: EvidenceSettings): Promise<LabEvidence> {
  const folder = await readLabFolder(path);
  const results = join(path, labFiles.results);
  const rows = existsSync(results) ? jsonLines(results, familyRow) : [];
  const familyOf = new Map(rows.map(({ model, family }) => [model, family]));
  return { path, folder, analyses: analyse(folder, settings), familyOf };
}

const familyRow = z.object({ model: z.string(), family: z.string() });
const outcomeRow = z.object({
  arm: z.string(),
  seed: z.number(),
  report: z.record(z.string(), z.unknown()),
});

function readRuns(path: string, results: string, kind: RunsEvidence["kind"]): RunsEvidence {
  const outcomes = jsonLines(results, outcomeRow).map(({ arm, seed, report }) => {
    const figures = Object.entries(report).filter(([, value]) => typeof value === "number");
    return { arm, seed, report: Object.fromEntries(figures) as Readonly<Record<string, number>> };
  });
  return { path, kind, outcomes, task: taskOf(dirname(results), outcomes) };
}

/** What the first run's folder says that it was trained for. */
function taskOf(folder: string, outcomes: readonly Outcome[]): string | undefined {
  const { arm, seed } = outcomes[0] ?? {};
  const config = join(folder, `${arm}-${seed}`, "config.json");
  if (!existsSync(config)) return undefined;
  const read = z.object({ task: z.string() }).safeParse(readJsonFile(config));
  return read.success ? read.data.task : undefined;
}

function jsonLines<T>(path: string, schema: z.ZodType<T>): T[] {
  const lines = readTextFile(path).split("\n");
  return lines.flatMap((line, i) => {
    if (line.trim() === "") return [];
    const where = `${path}:${i + 1}`;
    const result = schema.safeParse(parseJson(line, where));
    if (result.success) return [result.data];
    const field = result.error.issues[0]?.path.join(".") || "object";
    throw new DataError("claims.record", "not a line of results", {
      expected: "arm, seed and report, or a lab's model and family",
      got: `a bad "${field}"`,
      where,
    });
  });
}

const columnsOfCard = {
  language: "language",
  taggingF1: "tagging F1",
  identifierAccuracy: "identifier acc.",
} as const;

/** The table of a card that has a column for tagging; other tables are passed over. */
function readCard(path: string, card: string): CardEvidence {
  const rows = readTextFile(card)
    .split("\n")
    .map((line) => (line.startsWith("|") ? line.split("|").map((cell) => cell.trim()) : []));
  const head = rows.findIndex((cells) => cells.includes(columnsOfCard.taggingF1));
  if (head < 0) {
    throw new ConfigError("claims.card", "a card without scores of identifier tagging", {
      expected: `a table with a column "${columnsOfCard.taggingF1}"`,
      where: card,
    });
  }
  const numberAt = (cells: readonly string[], column: string) =>
    Number.parseFloat(cells[rows[head]!.indexOf(column)] ?? "");
  const body = rows.slice(head + 2);
  const end = body.findIndex((cells) => cells.length === 0);
  const languages = body.slice(0, end < 0 ? body.length : end).map((cells) => ({
    language: cells[rows[head]!.indexOf(columnsOfCard.language)] ?? "",
    taggingF1: numberAt(cells, columnsOfCard.taggingF1),
    identifierAccuracy: numberAt(cells, columnsOfCard.identifierAccuracy),
  }));
  return { path, languages: languages.filter(({ language }) => language !== "all") };
}
