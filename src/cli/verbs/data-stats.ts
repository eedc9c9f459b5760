/** @file `codet5 data stats`: labelled samples in numbers. */
import { z } from "zod";
import { type DataStats, dataStats, readLabelledSamples } from "../../data/index.ts";
import { formatTable } from "../table.ts";
import { defineVerb } from "../verb.ts";

export const verb = defineVerb({
  arguments: ["file"],
  options: z.strictObject({
    file: z.string().meta({ description: "labelled samples, JSON lines, plain or gzip" }),
  }),
  examples: [
    { command: "codet5 data stats samples.jsonl", text: "labels, pairs, groups, languages" },
    { command: "codet5 data stats samples.jsonl.gz --json", text: "the same as one JSON object" },
  ],
  async run({ options }) {
    const stats = dataStats(await readLabelledSamples(options.file));
    return { json: { file: options.file, ...stats }, text: report(stats) };
  },
});

function report(stats: DataStats): string {
  const { samples, labels, groups, pairs, oddPairs, copies, contradictions, lengths } = stats;
  const summary = [
    `${samples} samples, ${labels.vulnerable} vulnerable and ${labels.safe} safe, in ${groups} groups`,
    `${pairs} pairs${oddPairs === 0 ? "" : `, ${oddPairs} incomplete`}`,
    `${copies} copies, ${contradictions} pieces of code with both labels`,
  ];
  const longs = (["safe", "vulnerable"] as const).map((label) => {
    const { median, p90, max } = lengths[label];
    return [label, median, p90, max];
  });
  const tables = [
    countTable("language", stats.languages),
    countTable("weakness", stats.cwes),
    countTable("source", stats.sources),
    formatTable(["length in words", "median", "90 %", "longest"], longs),
  ];
  return `${summary.join("\n")}\n\n${tables.join("\n")}`;
}

function countTable(name: string, counts: DataStats["languages"]): string {
  const rows = Object.entries(counts).map(([key, { safe, vulnerable }]) => {
    return [key, safe + vulnerable, vulnerable, vulnerable / (safe + vulnerable)];
  });
  return formatTable([name, "samples", "vulnerable", { header: "share", digits: 3 }], rows);
}
