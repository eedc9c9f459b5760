/** @file The model card of a shipped checkpoint, every figure handed in or read off the run folders. */
import { lossCurveSvg } from "../../src/cli/plot.ts";
import type { CorpusManifest } from "../../src/data/index.ts";
import type {
  DenoisingScores,
  PretrainingReport,
  PretrainingScores,
} from "../../src/pretraining/index.ts";
import type { RunHistory } from "./run-history.ts";

export interface CardFacts {
  readonly name: string;
  readonly configJson: Readonly<Record<string, unknown>>;
  readonly numParameters: number;
  readonly manifest: CorpusManifest;
  readonly runs: readonly RunHistory[];
  readonly float32: PretrainingReport;
  readonly int8: PretrainingReport;
  /** Most functions scored of a language. */
  readonly limit: number;
}

const percent = (share: number) => (100 * share).toFixed(2);
const row = (cells: readonly (string | number)[]) => `| ${cells.join(" | ")} |`;
const table = (headers: readonly string[], rows: readonly (readonly (string | number)[])[]) =>
  [row(headers), row(headers.map(() => "---")), ...rows.map(row)].join("\n");

export async function modelCard(facts: CardFacts): Promise<{ text: string; curves: string }> {
  const text = [
    frontMatter,
    `# ${facts.name}`,
    introduction(facts),
    "## Use",
    use,
    "## Training",
    training(facts),
    "![losses on held-out functions](curves.svg)",
    "## Scores",
    scores(facts),
    "## Data",
    data(facts),
    "## Limits",
    limits(facts),
  ].join("\n\n");
  return { text: `${text}\n`, curves: await curvesOf(facts.runs) };
}

const frontMatter = `---
license: apache-2.0
library_name: codet5
tags: [code, t5, codet5, text2text-generation]
---`;

function introduction({ configJson: c, numParameters, manifest }: CardFacts): string {
  const millions = (numParameters / 1e6).toFixed(1);
  return `A CodeT5 (Wang et al., EMNLP 2021) of ${millions} M parameters, pre-trained from nothing in Node with
\`codet5 pretrain\`: ${c.num_layers} encoder and ${c.num_decoder_layers} decoder layers, width ${c.d_model}, feed-forward ${c.d_ff}, ${c.num_heads} heads of
${c.d_kv}, ${c.vocab_size} tokens. The weights are stored in 8 bits with a scale per row (compressed-tensors
"int-quantized") and are float32 in memory. The tokenizer was trained on the same corpus (${manifest.settings.vocabSize}
byte-level BPE tokens, minimum frequency ${manifest.settings.minFrequency}, and 100 sentinels).`;
}

const use = `It is the default of every verb that takes \`--model\`, and the start of every fine-tuning:

\`\`\`
codet5 summarize main.go
codet5 finetune vulnerability --data samples.jsonl --out runs/v
\`\`\`

The folder holds two heads: text (\`loadModel(folder)\`) and identifier tags (\`{ head: "tagging" }\`).`;

function training({ runs }: CardFacts): string {
  const rows = runs.map(({ name, config, steps, hours, tokens }) => [
    name,
    [config.objectives].flat().join(", "),
    steps,
    `${(tokens / 1e6).toFixed(1)} M`,
    `${config.optimizer} ${config.learningRate}, ${config.schedule}`,
    config.batchTokens as number,
    hours.toFixed(2),
  ]);
  const headers = ["run", "objectives", "steps", "tokens", "optimizer", "tokens a batch", "hours"];
  return `${table(headers, rows)}

Hours are wall-clock on two CPU cores. Each step draws one objective with equal probability. Settings as in each
run's \`config.json\`; the same corpus and seed give the same bits.`;
}

function scores({ float32, int8, runs, limit }: CardFacts): string {
  const leftOut = runs.flatMap(({ config }) => (config.leaveOut as string[] | undefined) ?? []);
  const names = [...Object.keys(float32.languages), "all"];
  const of = (report: PretrainingReport, name: string): PretrainingScores =>
    name === "all" ? report : report.languages[name]!;
  const cells = ({ accuracy, rightNumber, perplexity }: DenoisingScores) => [
    percent(accuracy),
    percent(rightNumber),
    perplexity.toFixed(1),
  ];
  const rows = names.map((name) => {
    const full = of(float32, name);
    const mark = leftOut.includes(name) ? " (never seen)" : "";
    return [
      `${name}${mark}`,
      full.functions,
      percent(full.taggingF1),
      percent(of(int8, name).taggingF1),
      ...cells(full.maskedSpanPrediction),
      ...cells(full.maskedIdentifierPrediction),
      percent(of(int8, name).maskedIdentifierPrediction.accuracy),
    ];
  });
  const headers = [
    ...["language", "functions", "tagging F1", "F1 in 8 bits"],
    ...["span acc.", "right number", "perplexity"],
    ...["identifier acc.", "right number", "perplexity", "acc. in 8 bits"],
  ];
  return `On the test part of the corpus: repositories and folders that training never saw, up to ${limit} functions a
language, greedy decoding; shares in percent. "Right number" is the share of functions for which as many sentinels
were answered as asked (CodeT5, Table 7).

${table(headers, rows)}`;
}

function data({ manifest }: CardFacts): string {
  const byLanguage = new Map<string, { functions: number; tokens: number }>();
  for (const { language, split, functions, codeTokens, docstringTokens } of manifest.slices) {
    if (split !== "train") continue;
    byLanguage.set(language, { functions, tokens: codeTokens + docstringTokens });
  }
  const rows = [...byLanguage].map(([language, { functions, tokens }]) => {
    return [language, functions, `${(tokens / 1e6).toFixed(1)} M`];
  });
  const trees = manifest.sources.map(({ label }) => label.replace(/^(debian|npm)-/, "")).join(", ");
  return `Functions of ${manifest.sources.length} source trees under permissive licences, from Debian's source packages and the npm
registry. \`scripts/corpus/sources.tsv\` names each with its version and licence, \`scripts/corpus-sources.ts\` fetches them
and leaves out files under other licences. Near-duplicates, generated and vendored code and what looks like a secret
were taken out by \`codet5 corpus build\`.

${table(["language", "functions to train on", "tokens"], rows)}

Trees: ${trees}.`;
}

function limits({ runs }: CardFacts): string {
  const tokens = runs.reduce((sum, run) => sum + run.tokens, 0);
  return `A small model, trained on about ${(tokens / 1e6).toFixed(0)} M tokens where CodeT5 read billions: a starting point for fine-tuning, not
a writer of code. It repeats what is common in its sources, errors included. What it says about security is worth
what an evaluation on your own data says.`;
}

async function curvesOf(runs: readonly RunHistory[]): Promise<string> {
  const series = ["maskedSpanPrediction", "maskedIdentifierPrediction", "identifierTagging"];
  let before = 0;
  const rows = runs.flatMap(({ validations, steps }) => {
    const shifted = validations.map((figures) => ({
      ...figures,
      step: Number(figures.step) + before,
    }));
    before += steps;
    return shifted as (Readonly<Record<string, unknown>> & { step: number })[];
  });
  return lossCurveSvg(
    series.map((name) => ({
      name,
      kind: "validation" as const,
      points: rows.map((figures) => [figures.step, Number(figures[`${name}Loss`])] as const),
    })),
    { title: "Losses on held-out functions" },
  );
}
