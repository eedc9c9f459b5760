/** @file Reads what a lab left: samples, events, predictions. Cells may be missing; the rest is read and they are named. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { CodeT5Error, DataError, formatError, parseJson, readJsonFile } from "../../base/index.ts";
import { forEachLine, readPredictions } from "../../data/index.ts";
import {
  type Adaptation,
  adaptations,
  type Cell,
  type FoldName,
  type LabEvent,
  type LabSample,
  labFiles,
  type PredictionFacts,
  predictionPath,
} from "../records.ts";

/** A trained model's scores on the samples of a fold, and what was chosen before. */
export interface CellAnswers extends Cell {
  readonly facts: PredictionFacts;
  readonly scoreOf: ReadonlyMap<string, number>;
}

/** What a lab was, as far as reports tell it; read leniently, since labs of other versions are read too. */
export interface LabDescription {
  readonly name: string;
  readonly version: string;
  readonly models: readonly { readonly name: string; readonly model: string }[];
}

/** A lab's folder in memory. */
export interface LabFolder {
  readonly path: string;
  readonly description: LabDescription;
  readonly events: readonly LabEvent[];
  readonly samples: readonly LabSample[];
  readonly cells: readonly CellAnswers[];
  /** Cells that were planned and cannot be read, with the reason. */
  readonly missing: readonly { readonly cell: Cell; readonly reason: string }[];
}

const text = z.string();
const description = z.object({
  name: text.catch("lab"),
  $version: text.catch("unknown"),
  models: z.array(z.object({ name: text, model: text.catch("unknown") })).catch([]),
});

const fold = z.custom<FoldName>(
  (value) => value === "default" || (typeof value === "string" && value.startsWith("leave-out:")),
);

const sample: z.ZodType<LabSample> = z.object({
  id: text,
  language: text,
  part: z.enum(["validation", "seen-test", "unseen"]),
  fold: fold.exactOptional(),
  label: z.literal([0, 1]),
  cwe: text.nullable(),
  pair: text.nullable(),
  group: text,
  source: text,
  data: text,
  code: text,
  tokens: z.number(),
});

const event = z.looseObject({ event: text });

const facts: z.ZodType<PredictionFacts> = z.object({
  threshold: z.number(),
  strictThreshold: z.number(),
  temperature: z.number().gt(0),
  stepsRun: z.number(),
  tokensRead: z.number(),
  trainCwes: z.array(text),
  trainLanguages: z.array(text),
  truncatedIds: z.array(text),
});

const cell: z.ZodType<Cell> = z.object({
  model: text,
  adaptation: z.enum(adaptations as [Adaptation]),
  fold,
  seed: z.int(),
});

/**
 * Read a lab's folder, finished or not.
 * @throws DataError `lab.unfinished` when no samples were written yet, `lab.record` for a line that is none of
 * its file's; those of the readers
 */
export async function readLabFolder(path: string): Promise<LabFolder> {
  const samplesPath = join(path, labFiles.samples);
  if (!existsSync(samplesPath)) throw unfinished(path);
  const experiment = join(path, labFiles.experiment);
  const events = await readLines(join(path, labFiles.log), event);
  const samples = await readLines(samplesPath, sample);
  const planned = events.filter((one) => one.event === "budget").map((one) => cell.safeParse(one));
  const cells: CellAnswers[] = [];
  const missing: { cell: Cell; reason: string }[] = [];
  for (const one of distinct(planned.flatMap(({ data }) => (data ? [data] : [])))) {
    const found = await readCell(path, one, samples);
    if (typeof found === "string") missing.push({ cell: one, reason: found });
    else cells.push(found);
  }
  const described = description.parse(existsSync(experiment) ? readJsonFile(experiment) : {});
  const { name, models, $version: version } = described;
  return { path, description: { name, models, version }, events, samples, cells, missing };
}

function unfinished(path: string): DataError {
  return new DataError("lab.unfinished", "no samples of a lab here", {
    expected: `a lab's folder with ${labFiles.samples}`,
    got: existsSync(path) ? "a folder without it" : "no such folder",
    where: path,
    help: "codet5 lab run EXPERIMENT --out FOLDER begins a lab, or finishes it",
  });
}

/** A lab that was continued has planned its cells again. */
function distinct(cells: readonly Cell[]): readonly Cell[] {
  return [...new Map(cells.map((one) => [predictionPath(one), one])).values()];
}

/** The cell, or why it cannot be used. */
async function readCell(
  folder: string,
  one: Cell,
  samples: readonly LabSample[],
): Promise<CellAnswers | string> {
  const path = join(folder, predictionPath(one));
  const factsPath = path.replace(/\.jsonl$/, ".json");
  if (!existsSync(path) || !existsSync(factsPath)) return "not run yet";
  try {
    const read = facts.safeParse(readJsonFile(factsPath));
    if (!read.success) return `${factsPath}: not what a lab writes`;
    const predictions = await readPredictions(path);
    const scoreOf = new Map(predictions.map(({ id, score }) => [id, score]));
    const lacking = samples.find((each) => isOfFold(each, one.fold) && !scoreOf.has(each.id));
    if (lacking !== undefined) return `no prediction for sample ${lacking.id}`;
    return { ...one, facts: read.data, scoreOf };
  } catch (error) {
    if (error instanceof CodeT5Error) return formatError(error);
    throw error;
  }
}

/** Whether a sample was scored in a fold. */
export function isOfFold(one: LabSample, name: FoldName): boolean {
  return one.fold === undefined || one.fold === name;
}

/** The lines of a file, none if it is not there. */
async function readLines<T>(path: string, schema: z.ZodType<T>): Promise<T[]> {
  const rows: T[] = [];
  if (!existsSync(path)) return rows;
  await forEachLine(path, { lineEnds: "lf" }, (line, number) => {
    const where = `${path}:${number}`;
    const result = schema.safeParse(parseJson(line, where));
    if (result.success) rows.push(result.data);
    else throw badLine(result.error, where);
  });
  return rows;
}

function badLine(error: z.ZodError, where: string): DataError {
  const field = error.issues[0]?.path.join(".");
  return new DataError("lab.record", "not a line that a lab writes", {
    expected: "the fields of src/lab/records.ts",
    got: field ? `a bad "${field}"` : "another value",
    where,
  });
}
