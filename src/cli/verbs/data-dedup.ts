/** @file `codet5 data dedup`: labelled samples without copies. */
import { z } from "zod";
import {
  type CopyLevel,
  copyLevels,
  defaultNearness,
  readLabelledRows,
  removeCopies,
} from "../../data/index.ts";
import { requireWritable, writeLines } from "../output-file.ts";
import { formatTable } from "../table.ts";
import { defineVerb } from "../verb.ts";

export const verb = defineVerb({
  arguments: ["file"],
  options: z.strictObject({
    file: z.string().meta({ description: "labelled samples, JSON lines, plain or gzip" }),
    out: z.string().meta({ description: "file to write, JSON lines" }),
    level: z
      .enum(copyLevels as [CopyLevel, ...CopyLevel[]])
      .default("near")
      .meta({
        description: "what is a copy: the same code, the same but for names, nearly the same",
      }),
    nearness: z.number().gt(0).max(1).default(defaultNearness).meta({
      description: "share of 5-grams of tokens that near copies have in common",
    }),
  }),
  examples: [
    { command: "codet5 data dedup samples.jsonl --out clean.jsonl", text: "near copies go too" },
    {
      command: "codet5 data dedup samples.jsonl --out clean.jsonl --level exact",
      text: "the same code only, white space aside",
    },
  ],
  async run({ options, warn }) {
    const { file, out, level, nearness } = options;
    requireWritable(out);
    const rows = await readLabelledRows(file);
    const { kept, copies, contradictions, contradicted, otherHalves } = await removeCopies(rows, {
      level,
      nearness,
    });
    const exitCode = writeLines(out, kept, warn);
    const counts = { read: rows.length, ...copies, contradictions, otherHalves, kept: kept.length };
    const text = formatTable(
      ["", "samples"],
      [
        ["read", counts.read],
        ["the same code", copies.exact],
        ["the same but for names", copies.renamed],
        ["nearly the same", copies.near],
        ["the same code with both labels", contradictions],
        ["their other halves", otherHalves],
        ["kept", counts.kept],
      ],
    );
    return {
      json: { file, out, ...counts, contradicted: contradicted.slice(0, 100) },
      text,
      exitCode,
    };
  },
});
