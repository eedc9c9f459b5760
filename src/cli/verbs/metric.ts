/** @file `codet5 metric`: any of the project's metrics, on files of predictions and references. */
import { z } from "zod";
import { DataError, nearest, UsageError } from "../../base/index.ts";
import {
  bootstrapDifference,
  bootstrapInterval,
  type Direction,
  type Metric,
  mcnemar,
  metrics,
} from "../../metrics/index.ts";
import { formatTable } from "../table.ts";
import { defineVerb } from "../verb.ts";
import { pairNumbers, readNumbers, readTexts } from "./metric-inputs.ts";
import { type Score, type ScoreOf, type TextRow, textRows } from "./metric-rows.ts";

const kebab = (name: string) => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/** Metrics of classes and scores, by the names of the command line. */
const numberRows: ReadonlyMap<string, Metric> = new Map(
  Object.entries(metrics as Readonly<Record<string, Metric>>)
    .filter(([, { compares }]) => compares !== "texts")
    .map(([name, metric]) => [kebab(name), metric]),
);

const names = [...Object.keys(textRows), ...numberRows.keys()];
const otherNames: Readonly<Record<string, string>> = {
  em: "exact-match",
  auc: "roc-auc",
  ece: "calibration-error",
  "expected-calibration-error": "calibration-error",
  "matthews-correlation": "mcc",
  "average-precision": "pr-auc",
  "binary-f1": "f1",
};

/** The name as the tables have it: case, underscores and hyphens do not matter. */
function metricName(given: string): string {
  const bare = (name: string) => name.toLowerCase().replace(/[^a-z0-9]/g, "");
  const all = [...names, ...Object.keys(otherNames)];
  const found = all.find((name) => bare(name) === bare(given));
  if (found !== undefined) return otherNames[found] ?? found;
  throw new UsageError("usage.metric", `no metric named ${JSON.stringify(given.slice(0, 60))}`, {
    expected: names.join(", "),
    help: `did you mean ${nearest(given, all)}?`,
  });
}

/** A metric on its files, ready to score any selection of examples. */
interface Prepared {
  readonly numExamples: number;
  readonly direction: Direction;
  readonly range: readonly [number, number];
  readonly summary: string;
  readonly scoreOf: ScoreOf;
  /** For McNemar's test. */
  readonly right?: readonly boolean[];
  readonly strata?: readonly number[];
}

async function prepare(
  name: string,
  predictionPath: string,
  referencePaths: readonly string[],
  language: string | undefined,
): Promise<Prepared> {
  const row = textRows[name];
  if (row !== undefined) return prepareTexts(row, predictionPath, referencePaths, language);
  return prepareNumbers(numberRows.get(name)!, predictionPath, referencePaths);
}

async function prepareTexts(
  row: TextRow,
  predictionPath: string,
  referencePaths: readonly string[],
  language: string | undefined,
): Promise<Prepared> {
  const predictions = await readTexts(predictionPath);
  const files = await Promise.all(referencePaths.map(readTexts));
  for (const [i, texts] of files.entries()) {
    requireAlike(predictionPath, predictions.length, referencePaths[i]!, texts.length);
  }
  const references = predictions.map((_, i) => files.map((texts) => texts[i]!));
  const { isRight, ...facts } = row;
  return {
    ...facts,
    numExamples: predictions.length,
    scoreOf: await row.scorer({ predictions, references, language }),
    ...(isRight && { right: predictions.map((text, i) => isRight(text, references[i]!)) }),
  };
}

function requireAlike(
  predictionPath: string,
  numPredictions: number,
  referencePath: string,
  numReferences: number,
): void {
  const where = `${predictionPath}, ${referencePath}`;
  if (numPredictions !== numReferences) {
    throw new DataError("metric.length", "predictions and references do not pair up", {
      expected: `${numReferences} predictions, one for each reference`,
      got: `${numPredictions} predictions`,
      where,
    });
  }
  if (numPredictions > 0) return;
  throw new DataError("metric.empty", "nothing to score", {
    expected: "at least one line",
    got: "empty files",
    where,
  });
}

async function prepareNumbers(
  metric: Metric,
  predictionPath: string,
  referencePaths: readonly string[],
): Promise<Prepared> {
  const [referencePath, ...more] = referencePaths;
  if (more.length > 0 || metric.compares === "texts") {
    throw new UsageError("usage.references", "classes and scores have one reference file", {
      expected: "1",
      got: String(referencePaths.length),
    });
  }
  const fields = metric.compares === "scores" ? ["score"] : ["label", "target"];
  const { predictions, references } = pairNumbers(
    await readNumbers(predictionPath, fields),
    await readNumbers(referencePath!, ["label", "target"]),
  );
  requireAlike(predictionPath, predictions.length, referencePath!, references.length);
  const scoreOf: ScoreOf = (indexes) => {
    const chosen = Array.from(indexes);
    const value = metric.compute(
      chosen.map((i) => predictions[i]!),
      chosen.map((i) => references[i]!),
    );
    return { value };
  };
  const right = predictions.map((value, i) => value === references[i]);
  const { summary, direction, range } = metric;
  return {
    ...{ summary, direction, range, scoreOf, strata: references },
    numExamples: predictions.length,
    ...(metric.compares === "labels" && { right }),
  };
}

export const verb = defineVerb({
  arguments: ["name"],
  options: z.strictObject({
    name: z.string().meta({ description: `metric: ${names.join(", ")}` }),
    predictions: z.string().meta({
      description: "file of predictions: texts, or classes or scores, one a line; .jsonl: records",
    }),
    references: z.array(z.string()).min(1).meta({
      description: "file of references, line by line; several, apart by commas: alternatives",
    }),
    lang: z.string().optional().meta({
      description:
        "code-bleu: java, c_sharp, python, go, php, javascript, typescript, ruby, c, ...",
      defaultText: "none",
    }),
    bootstrap: z
      .int()
      .min(1)
      .max(1_000_000)
      .optional()
      .meta({ description: "give an interval, of so many resamples", defaultText: "no interval" }),
    confidence: z
      .number()
      .gt(0)
      .lt(1)
      .default(0.95)
      .meta({ description: "share of the resamples in the interval" }),
    stratify: z
      .boolean()
      .default(false)
      .meta({ description: "classes and scores: resample each label by itself" }),
    compare: z.string().optional().meta({
      description: "predictions of another system: its score, and tests of the difference",
      defaultText: "none",
    }),
  }),
  examples: [
    {
      command: "codet5 metric bleu --predictions test.output --references test.gold",
      text: "BLEU as CodeXGLUE prints it",
    },
    {
      command:
        "codet5 metric code-bleu --lang java --predictions test.output --references test.gold --json",
      text: "CodeBLEU with its four parts and their counts, as JSON",
    },
    {
      command:
        "codet5 metric f1 --predictions mine.jsonl --references test.jsonl --bootstrap 1000 " +
        "--compare theirs.jsonl",
      text: "F1 with an interval, and whether another system differs",
    },
  ],
  async run({ options }) {
    const name = metricName(options.name);
    const { references, lang } = options;
    const mine = await prepare(name, options.predictions, references, lang);
    const all = Uint32Array.from({ length: mine.numExamples }, (_, i) => i);
    const score = mine.scoreOf(all);
    const { direction, range, numExamples, summary } = mine;
    const other = options.compare;
    const theirs = other === undefined ? undefined : await prepare(name, other, references, lang);
    const report = {
      ...{ metric: name, value: score.value, numExamples, direction, range, ...score.parts },
      ...intervals(mine, theirs, options),
    };
    return { json: report, text: textOf(name, summary, score, report) };
  },
});

interface Sampling {
  readonly seed: number;
  readonly bootstrap?: number | undefined;
  readonly confidence: number;
  readonly stratify: boolean;
}

/** What resampling and the other system add to the report. */
function intervals(
  mine: Prepared,
  theirs: Prepared | undefined,
  { seed, bootstrap, confidence, stratify }: Sampling,
): Readonly<Record<string, unknown>> {
  const { numExamples } = mine;
  const options = {
    ...{ seed, confidence },
    ...(bootstrap !== undefined && { numResamples: bootstrap }),
    ...(stratify && mine.strata !== undefined && { strata: mine.strata }),
  };
  const figureOf = (from: Prepared) => (indexes: Uint32Array) => from.scoreOf(indexes).value;
  const isSampled = bootstrap !== undefined;
  return {
    ...(isSampled && { interval: bootstrapInterval(numExamples, figureOf(mine), options) }),
    ...(theirs && { other: { value: scoreOfAll(theirs).value } }),
    ...(theirs &&
      isSampled && {
        difference: bootstrapDifference(numExamples, figureOf(mine), figureOf(theirs), options),
      }),
    ...(theirs && mine.right && theirs.right && { mcnemar: mcnemar(mine.right, theirs.right) }),
  };
}

function scoreOfAll({ scoreOf, numExamples }: Prepared): Score {
  return scoreOf(Uint32Array.from({ length: numExamples }, (_, i) => i));
}

function textOf(
  name: string,
  summary: string,
  { value, parts = {} }: Score,
  report: Readonly<Record<string, unknown>>,
): string {
  const rows: [string, string | number][] = [[name, value]];
  for (const [part, number] of Object.entries(parts)) {
    if (typeof number === "number") rows.push([`  ${part}`, number]);
  }
  for (const [section, values] of Object.entries(report)) {
    if (!["interval", "difference", "other", "mcnemar"].includes(section)) continue;
    for (const [figure, number] of Object.entries(values as Record<string, number>)) {
      rows.push([`  ${section} ${figure}`, number]);
    }
  }
  const rounded = rows.map(([figure, number]) => [figure, Number(Number(number).toFixed(6))]);
  return `${summary}\n${formatTable(["figure", "value"], rounded)}`;
}
