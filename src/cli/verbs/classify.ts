/** @file `codet5 classify`: how likely each function of some code is to be vulnerable. */
import { z } from "zod";
import { securityModel } from "../../hub/index.ts";
import { loadModel, type Model } from "../../model/index.ts";
import { languageNames } from "../../syntax/index.ts";
import {
  type ClassifierSettings,
  classifierSettings,
  classifyFunctions,
  type Verdict,
} from "../../tasks/index.ts";
import { loadTokenizer, type Tokenizer } from "../../tokenizer/index.ts";
import type { FunctionSource } from "../function-sources.ts";
import { requireWritable, writeLines } from "../output-file.ts";
import { modelField, quantizationField } from "../run-fields.ts";
import { type ScanCounts, scanSources } from "../scan-sources.ts";
import { formatTable } from "../table.ts";
import { defineVerb } from "../verb.ts";

/** Functions classified together: enough to put like lengths side by side, few enough to hold. */
const chunkSize = 512;

const options = z.strictObject({
  files: z.array(z.string()).default([]).meta({
    description: "source files, and folders of them",
    defaultText: "standard input",
  }),
  model: modelField.default(securityModel).meta({
    description: `model fine-tuned for vulnerability: a folder, ${securityModel}, or owner/name`,
    isModel: true,
  }),
  quantization: quantizationField.default("int8"),
  language: z.enum(languageNames).optional().meta({
    description: "of files and standard input; of folders, only files in it are read",
    defaultText: "by the file's name",
  }),
  threshold: z.number().min(0).max(1).optional().meta({
    description: "probability from which on a function counts as vulnerable",
    defaultText: "the model's, settled on validation",
  }),
  maxSourceLength: z.int().min(1).optional().meta({
    description: "longest function; more is cut",
    unit: "tokens",
    defaultText: "the model's",
  }),
  top: z.int().min(0).default(50).meta({ description: "rows of the table; 0: all" }),
  jsonLines: z.boolean().default(false).meta({
    description: "one JSON object per function on standard output, as they come",
  }),
  output: z.string().optional().meta({
    description: "write one JSON object per function to this file",
  }),
  fail: z.boolean().default(false).meta({
    description: "end with 1 when any function counts as vulnerable",
  }),
});

/** One function and what is said of it. */
type Finding = Omit<FunctionSource, "code"> & Verdict;

/** Everything a run needs of the model. */
interface Classifier {
  readonly model: Model;
  readonly tokenizer: Tokenizer;
  readonly settings: ClassifierSettings;
  /** Functions that were cut so far. */
  truncated: number;
}

export const verb = defineVerb({
  arguments: ["files"],
  options,
  examples: [
    { command: "codet5 classify src", text: "every function of a folder, the likeliest first" },
    {
      command: "codet5 classify src --json-lines --fail",
      text: "JSON lines for other tools; exit code 1 when something was found",
    },
    {
      command: "codet5 classify --language php --model runs/v/best --threshold 0.4 --json",
      text: "a function on standard input, by a model of your own",
    },
  ],
  async run({ options: asked, stdin, write, warn, progress, log }) {
    const { files, language, output, quantization } = asked;
    if (output !== undefined) requireWritable(output);
    const settings = classifierSettings(asked.model, asked);
    const tokenizer = await loadTokenizer(asked.model);
    const model = await loadModel(asked.model, { quantization, onNews: log });
    const classifier: Classifier = { model, tokenizer, settings, truncated: 0 };
    const counts: ScanCounts = { files: 0, skipped: {} };
    const display = progress({ label: "classifying", unit: "function" });
    const found: Finding[] = [];
    const sources = scanSources({ paths: files, language, stdin }, counts);
    for await (const chunk of inChunks(sources)) {
      const findings = await classifyChunk(classifier, chunk);
      found.push(...findings);
      if (asked.jsonLines) write(findings.map((one) => `${JSON.stringify(one)}\n`).join(""));
      display.update(found.length);
    }
    display.stop();
    await model.release();
    if (classifier.truncated > 0) {
      warn(`longer than ${settings.maxSourceLength} tokens and cut: ${classifier.truncated}`);
    }
    const written = output === undefined ? 0 : writeLines(output, found, warn);
    const summary = summaryOf(found, counts, settings);
    const isAlarm = asked.fail && summary.vulnerable > 0;
    return {
      json: { ...summary, truncated: classifier.truncated, results: likeliestFirst(found) },
      ...(asked.jsonLines ? {} : { text: textOf(found, summary, asked.top) }),
      exitCode: isAlarm ? 1 : written,
    };
  },
});

async function* inChunks(sources: AsyncIterable<FunctionSource>) {
  let chunk: FunctionSource[] = [];
  for await (const source of sources) {
    chunk.push(source);
    if (chunk.length < chunkSize) continue;
    yield chunk;
    chunk = [];
  }
  if (chunk.length > 0) yield chunk;
}

async function classifyChunk(
  classifier: Classifier,
  chunk: readonly FunctionSource[],
): Promise<Finding[]> {
  const { model, tokenizer, settings } = classifier;
  const verdicts = await classifyFunctions(model, tokenizer, chunk, settings, (count) => {
    classifier.truncated += count;
  });
  return chunk.map(({ code: _code, ...place }, i) => ({ ...place, ...verdicts[i]! }));
}

function summaryOf(found: readonly Finding[], counts: ScanCounts, settings: ClassifierSettings) {
  const skipped = Object.entries(counts.skipped).sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    functions: found.length,
    vulnerable: found.filter(({ vulnerable }) => vulnerable).length,
    files: counts.files,
    skipped: Object.fromEntries(skipped),
    threshold: settings.threshold,
    temperature: settings.temperature,
    trainLanguages: settings.trainLanguages ?? null,
    trust: trustOf(found, settings),
  };
}

/** Of every language found, what was measured of it on real or made samples. */
function trustOf(found: readonly Finding[], { measured }: ClassifierSettings) {
  const seenOf = new Map(found.map(({ language, seen }) => [language, seen]));
  const languages = [...seenOf.keys()].filter((language) => language !== undefined);
  return languages.sort().map((language) => ({
    language,
    seen: seenOf.get(language) ?? null,
    measured: measured
      .filter((one) => one.language === language)
      .map(({ source, samples, rocAuc }) => ({ source, samples, rocAuc })),
  }));
}

/** Of equals, as they came. */
function likeliestFirst(found: readonly Finding[]): Finding[] {
  return [...found].sort((a, b) => b.probability - a.probability);
}

const seenWords = new Map([
  [true, "seen"],
  [false, "unseen"],
]);

function textOf(
  found: readonly Finding[],
  { functions, vulnerable, files, skipped, threshold, trust }: ReturnType<typeof summaryOf>,
  top: number,
): string {
  const shown = likeliestFirst(found).slice(0, top === 0 ? found.length : top);
  const rows = shown.map((one) => [
    one.probability,
    one.vulnerable ? "yes" : "no",
    one.language ?? null,
    seenWords.get(one.seen as boolean) ?? null,
    `${one.file ?? "-"}:${one.line}`,
    one.name,
  ]);
  const probability = { header: "probability", digits: 3 };
  const columns = [probability, "vulnerable", "language", "in training", "place", "function"];
  const reasons = Object.entries(skipped).map(([reason, count]) => `${reason} ${count}`);
  const lines = [
    ...(shown.length === 0 ? [] : [formatTable(columns, rows)]),
    `${vulnerable} of ${functions} functions in ${files} files at or above ${Number(threshold.toFixed(3))}`,
    ...(shown.length < found.length ? [`${found.length - shown.length} more with --top 0`] : []),
    ...(reasons.length === 0 ? [] : [`left out: ${reasons.join(", ")}`]),
    ...trustLines(trust),
  ];
  return lines.join("\n");
}

/** AUC reads as: how often a vulnerable function comes before a safe one. */
function trustLines(trust: ReturnType<typeof trustOf>): readonly string[] {
  if (trust.every(({ measured }) => measured.length === 0)) return [];
  const lines = trust.map(({ language, seen, measured }) => {
    const figures = measured.map(({ source, samples, rocAuc }) => {
      return `${rocAuc.toFixed(2)} on ${samples} of ${source}`;
    });
    const known = figures.length === 0 ? "not measured" : figures.join(", ");
    return `  ${language} (${seenWords.get(seen as boolean) ?? "unknown"} in training): ${known}`;
  });
  return ["how often a vulnerable function comes before a safe one (0.50 is chance):", ...lines];
}
