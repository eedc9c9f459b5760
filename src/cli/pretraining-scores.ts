/** @file `codet5 evaluate pretraining`: the paper's Table 7 for a checkpoint, by language. */
import { openCorpus, type SplitName } from "../data/index.ts";
import { loadModel } from "../model/index.ts";
import {
  evaluatePretraining,
  type PretrainingReport,
  type PretrainingScores,
  poolOf,
} from "../pretraining/index.ts";
import { loadTokenizer } from "../tokenizer/index.ts";
import { formatTable } from "./table.ts";
import type { Call, Result } from "./verb.ts";

export interface PretrainingScoreOptions {
  /** Folder of a pre-trained model. */
  readonly model: string;
  /** Corpus folder. */
  readonly data: string;
  readonly split: SplitName;
  readonly batchSize: number;
  readonly maxSourceLength?: number | undefined;
  readonly maxTargetLength?: number | undefined;
  readonly limit?: number | undefined;
}

/** Score a checkpoint on a corpus's held-out functions. */
export async function scorePretraining(
  options: PretrainingScoreOptions,
  { progress }: Pick<Call, "progress">,
): Promise<Result> {
  const { model: folder, maxSourceLength = 512, maxTargetLength = 256 } = options;
  const tagging = await loadModel(folder, { head: "tagging" });
  const generation = tagging.withWeights(tagging.weights, "generation");
  const tokenizer = await loadTokenizer(folder);
  const corpus = openCorpus(options.data);
  let bar: ReturnType<typeof progress> | undefined;
  try {
    const pool = poolOf([{ split: corpus.split(options.split), weight: 1 }]);
    const limits = { ...options, maxSourceLength, maxTargetLength };
    const subject = { models: { tagging, generation }, tokenizer, pool, options: limits };
    const report = await evaluatePretraining(subject, (done, total) => {
      bar ??= progress({ label: "evaluating", total, unit: "function" });
      bar.update(done);
    });
    return { json: report, text: tableOf(report) };
  } finally {
    bar?.stop();
    corpus.close();
    await tagging.release();
    await generation.release();
  }
}

function tableOf(report: PretrainingReport): string {
  const rows = Object.entries({ ...report.languages, all: report });
  return formatTable(
    [
      "language",
      "functions",
      { header: "tagging F1", digits: 4 },
      { header: "span acc.", digits: 4 },
      { header: "right number", digits: 4 },
      { header: "perplexity", digits: 2 },
      { header: "identifier acc.", digits: 4 },
      { header: "right number", digits: 4 },
      { header: "perplexity", digits: 2 },
    ],
    rows.map(([language, scores]) => [language, ...figuresOf(scores)]),
  );
}

function figuresOf({
  functions,
  taggingF1,
  maskedSpanPrediction: span,
  maskedIdentifierPrediction: identifier,
}: PretrainingScores): number[] {
  return [
    functions,
    taggingF1,
    ...[span, identifier].flatMap((s) => [s.accuracy, s.rightNumber, s.perplexity]),
  ];
}
