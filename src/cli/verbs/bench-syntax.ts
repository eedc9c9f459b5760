/** @file `codet5 bench syntax`: the speed of analyzing source code, per language. */
import { z } from "zod";
import { DataError } from "../../base/index.ts";
import { benchSyntax, type SyntaxFigures } from "../../bench/index.ts";
import { languageNames } from "../../syntax/index.ts";
import { formatBytes } from "../checks.ts";
import { formatTable } from "../table.ts";
import { defineVerb } from "../verb.ts";

/** What a core should do at least, in 10^6 bytes a second. */
const wantedMegabytesPerSecond = 3;

export const verb = defineVerb({
  arguments: ["folders"],
  options: z.strictObject({
    folders: z.array(z.string()).default(["."]).meta({ description: "folders with source code" }),
    languages: z.array(z.enum(languageNames)).default([]).meta({
      description: "languages to measure",
      defaultText: "all that are found",
    }),
    maxMegabytes: z.number().positive().max(1000).default(4).meta({
      description: "source read per language at most",
      unit: "MB",
    }),
    repeats: z.int().min(1).max(1000).default(3).meta({ description: "passes measured" }),
  }),
  examples: [
    { command: "codet5 bench syntax node_modules --json", text: "on code that is at hand" },
    { command: "codet5 bench syntax /usr/lib/python3 --languages python", text: "one language" },
  ],
  async run({ options, log }) {
    const { folders, languages, maxMegabytes, repeats } = options;
    const bench = { folders, languages, repeats, maxBytes: 1e6 * maxMegabytes };
    const { languages: figures, peakRssBytes } = await benchSyntax(bench, (language) =>
      log(`bench ${language}`),
    );
    const rows = Object.entries(figures);
    if (rows.length === 0) {
      const where = folders.join(", ");
      throw new DataError("bench.source", "no source in a known language", { where });
    }
    const json = { options, languages: figures, wantedMegabytesPerSecond, peakRssBytes };
    return { json, text: `${tableOf(rows)}\npeak memory ${formatBytes(peakRssBytes)}` };
  },
});

function tableOf(rows: readonly [string, SyntaxFigures][]): string {
  const right = (header: string) => ({ header, align: "right" as const });
  const headers = ["MB/s per core", "wanted", "MB", "files", "functions", "documented", "clean"];
  const cells = rows.map(([language, one]) => [
    language,
    one.megabytesPerSecond.toFixed(2),
    `>= ${wantedMegabytesPerSecond}`,
    (one.bytes / 1e6).toFixed(2),
    one.files,
    one.functions,
    one.documented,
    `${(100 * one.cleanShare).toFixed(1)} %`,
  ]);
  return formatTable(["language", ...headers.map(right)], cells);
}
