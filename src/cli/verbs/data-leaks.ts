/** @file `codet5 data leaks`: does the wording of samples tell their labels? */
import { z } from "zod";
import { DataError } from "../../base/index.ts";
import {
  findLeaks,
  type LabelledRow,
  type LeakReport,
  readLabelledRows,
} from "../../data/index.ts";
import { formatTable } from "../table.ts";
import { defineVerb } from "../verb.ts";

export const verb = defineVerb({
  arguments: ["file"],
  options: z.strictObject({
    file: z.string().meta({ description: "labelled samples, JSON lines, plain or gzip" }),
    threshold: z.number().min(0.5).max(1).default(0.75).meta({
      description: "the baseline's ROC AUC above which the check fails",
    }),
    order: z.literal([1, 2]).default(1).meta({
      description: "1: words; 2: also which word follows which",
    }),
    folds: z.int().min(2).default(5).meta({
      description: "parts, each scored by a baseline that learned from the others",
    }),
    holdOut: z.string().default("group").meta({
      description: "field whose values are held out whole",
    }),
    words: z.int().min(0).default(20).meta({ description: "words listed", unit: "words" }),
  }),
  examples: [
    {
      command: "codet5 data leaks samples.jsonl",
      text: "a bag-of-words baseline, and the words most tied to a label",
    },
    {
      command: "codet5 data leaks parallel.jsonl --hold-out family --folds 11 --threshold 0.55",
      text: "fails (exit 1) when words tell more than that in a family held out",
    },
  ],
  async run({ options, warn }) {
    const { file, threshold, order, folds, holdOut, words, seed } = options;
    const rows = await readLabelledRows(file);
    const report = findLeaks(rows, {
      seed,
      folds,
      order: order as 1 | 2,
      numWords: words,
      partOf: (sample) => partOf(sample as LabelledRow, holdOut),
    });
    const isTold = report.auc > threshold;
    if (isTold) {
      warn(`words tell the label: AUC ${report.auc.toFixed(3)}, above ${threshold}`);
    }
    return {
      json: { file, threshold, passed: !isTold, ...report },
      text: reportText(report),
      exitCode: isTold ? 1 : 0,
    };
  },
});

function partOf(row: LabelledRow, field: string): string {
  const value = Object.hasOwn(row, field) ? row[field] : undefined;
  if (typeof value === "string" || typeof value === "number") return String(value);
  throw new DataError("data.holdOut", "a sample without the field to hold out", {
    expected: `a text or a number in the field "${field}"`,
    got: value === undefined ? "nothing" : JSON.stringify(value).slice(0, 60),
    where: `sample ${row.id}`,
  });
}

function reportText({ auc, order, languages, words, labelWords }: LeakReport): string {
  const kind = order === 2 ? "words and pairs of words" : "words";
  const parts = [
    `ROC AUC of naive Bayes over ${kind}: ${auc.toFixed(3)}\n`,
    formatTable(
      ["language", "samples", { header: "AUC", digits: 3 }],
      Object.entries(languages).map(([name, one]) => [name, one.samples, one.auc]),
    ),
  ];
  if (words.length > 0) {
    parts.push(
      formatTable(
        ["word", "safe", "vulnerable", { header: "z", digits: 1 }],
        words.map((one) => [one.word, one.safe, one.vulnerable, one.z]),
      ),
    );
  }
  const told = Object.entries(labelWords);
  if (told.length > 0) {
    parts.push(
      formatTable(
        ["label word in a name", "safe", "vulnerable"],
        told.map(([word, { safe, vulnerable }]) => [word, safe, vulnerable]),
      ),
    );
  }
  return parts.join("\n");
}
