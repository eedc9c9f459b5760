/** @file `codet5 data split`: labelled samples into train, validation and test, families whole. */
import { join } from "node:path";
import { z } from "zod";
import { makeFolder } from "../../base/index.ts";
import {
  type CopyLevel,
  copyLevels,
  type Division,
  dataStats,
  defaultNearness,
  defaultUnseen,
  divideByDate,
  divideByGroup,
  divideByLanguage,
  type LabelledRow,
  readLabelledRows,
} from "../../data/index.ts";
import { requireWritable, writeLines } from "../output-file.ts";
import { formatTable } from "../table.ts";
import { defineVerb } from "../verb.ts";

const options = z.strictObject({
  file: z.string().meta({ description: "labelled samples, JSON lines, plain or gzip" }),
  out: z.string().meta({
    description: "folder for train.jsonl, validation.jsonl and test.jsonl",
  }),
  by: z.enum(["group", "language", "date"]).default("group").meta({
    description: "what tells the test samples from the others",
  }),
  validation: z.number().min(0).lt(1).default(0.1).meta({ description: "share of the samples" }),
  test: z.number().min(0).lt(1).default(0.1).meta({
    description: "share of the samples; by language: of families that have both sides",
  }),
  unseen: z
    .array(z.string())
    .min(1)
    .default([...defaultUnseen])
    .meta({
      description: "languages to test on, by language",
    }),
  dateField: z.string().default("date").meta({ description: "where a sample has its date" }),
  tie: z
    .enum(["none", ...copyLevels] as [string, ...string[]])
    .default("near")
    .meta({
      description: "copies that must not be in two parts",
    }),
  nearness: z.number().gt(0).max(1).default(defaultNearness).meta({
    description: "share of 5-grams of tokens that near copies have in common",
  }),
});

const partNames = ["train", "validation", "test"] as const;

export const verb = defineVerb({
  arguments: ["file"],
  options,
  examples: [
    {
      command: "codet5 data split samples.jsonl --out splits",
      text: "80 / 10 / 10 by group; pairs, groups and near copies stay together",
    },
    {
      command: "codet5 data split samples.jsonl --out splits --by language --unseen go,rust",
      text: "test on languages whose labels training never sees",
    },
    {
      command: "codet5 data split samples.jsonl --out splits --by date --date-field committed",
      text: "test on what is newest",
    },
  ],
  async run({ options: given, warn }) {
    const { file, out, by } = given;
    const rows = await readLabelledRows(file);
    makeFolder(out);
    const paths = partNames.map((name) => join(out, `${name}.jsonl`));
    for (const path of paths) requireWritable(path);
    const { parts, dropped } = await divide(rows, given);
    const codes = partNames.map((name, index) => writeLines(paths[index]!, parts[name], warn));
    const counted = partNames.map((name) => {
      const { samples, labels, groups, languages } = dataStats(parts[name]);
      return { part: name, samples, vulnerable: labels.vulnerable, groups, languages };
    });
    const table = formatTable(
      ["part", "samples", "vulnerable", "groups", "languages"],
      counted.map((one) => [
        one.part,
        one.samples,
        one.vulnerable,
        one.groups,
        Object.keys(one.languages).join(" "),
      ]),
    );
    const losses = Object.entries(dropped).map(([why, count]) => `left out, ${why}: ${count}\n`);
    return {
      json: { file, out, by, parts: counted, dropped },
      text: table + losses.join(""),
      exitCode: Math.max(...codes),
    };
  },
});

function divide(
  rows: readonly LabelledRow[],
  given: z.output<typeof options> & { readonly seed: number },
): Promise<Division<LabelledRow>> {
  const { by, tie, validation, test, seed, nearness, unseen, dateField } = given;
  const shares = { validation, test, seed, nearness };
  const how = tie === "none" ? shares : { ...shares, level: tie as CopyLevel };
  if (by === "language") return divideByLanguage(rows, unseen, how);
  if (by === "date") return divideByDate(rows, dateField, how);
  return divideByGroup(rows, how);
}
