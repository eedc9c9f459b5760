/** @file `codet5 data import`: a data set on disk into labelled samples. */
import { z } from "zod";
import { UsageError } from "../../base/index.ts";
import { type ImportReport, importers, importSamples } from "../../data/index.ts";
import { requireWritable } from "../output-file.ts";
import { formatTable } from "../table.ts";
import { defineVerb } from "../verb.ts";

const sources = Object.keys(importers) as [string, ...string[]];
const fields = ["code", "label", "language", "cwe", "pair", "group", "date"];

export const verb = defineVerb({
  arguments: ["source", "folder"],
  options: z.strictObject({
    source: z.enum(sources).meta({ description: "data set" }),
    folder: z.string().meta({ description: "folder of the data set, or its file" }),
    out: z.string().meta({ description: "file to write, JSON lines" }),
    language: z.string().optional().meta({
      description: "language of samples whose data set does not tell",
      defaultText: "C or C++ by the look of it, or none",
    }),
    columns: z
      .array(z.string().regex(/^\w+=./, "expected field=column"))
      .default([])
      .meta({
        description: `for tables: which column holds ${fields.join(", ")}`,
        defaultText: "columns of those names",
      }),
  }),
  examples: [
    {
      command: "codet5 data import primevul PrimeVul --out primevul.jsonl",
      text: "pairs, groups by commit, comments stripped",
    },
    {
      command:
        "codet5 data import table my.csv --columns code=func,label=target --language c --out my.jsonl",
      text: "any table: JSON lines, CSV, Parquet",
    },
  ],
  async run({ options, log }) {
    const { source, folder, out, language } = options;
    const columns = columnsOf(options.columns);
    requireWritable(out);
    const report = await importSamples({
      source,
      folder,
      out,
      columns,
      ...(language && { language }),
      onProgress: (count) => {
        if (count % 20_000 === 0) log(`${count} samples`);
      },
    });
    return { json: { source, folder, out, ...report }, text: reportText(report) };
  },
});

function columnsOf(pairs: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const [field, ...column] = pair.split("=");
      if (fields.includes(field!)) return [field!, column.join("=")];
      throw new UsageError("usage.columns", "a sample has no such field", {
        expected: `one of ${fields.join(", ")}`,
        got: field!,
      });
    }),
  );
}

function reportText(report: ImportReport): string {
  const { samples, vulnerable, safe, pairs, groups, copies, conflicts } = report;
  const lines = [
    `${samples} samples, ${vulnerable} vulnerable and ${safe} safe; ${pairs} pairs, ${groups} groups`,
    `${copies} copies, ${conflicts} pieces of code with both labels; see codet5 data dedup`,
    `${report.comments} comments taken out, names replaced in ${report.renamed} samples`,
  ];
  const tables = [
    formatTable(["language", "samples"], Object.entries(report.languages)),
    ...(["dropped", "keptNames"] as const)
      .filter((part) => Object.keys(report[part]).length > 0)
      .map((part) => {
        const header = part === "dropped" ? "left out" : "name of a library, kept";
        return formatTable([header, "samples"], Object.entries(report[part]).slice(0, 40));
      }),
  ];
  return `${lines.join("\n")}\n\n${tables.join("\n")}`;
}
