/** @file `codet5 corpus stats`: the paper's Table 1 for a corpus. */
import { z } from "zod";
import { openCorpus } from "../../data/index.ts";
import { corpusReport, corpusTotals, totalsOf } from "../corpus-report.ts";
import { defineVerb } from "../verb.ts";

export const verb = defineVerb({
  arguments: ["folder"],
  options: z.strictObject({
    folder: z.string().meta({ description: "a corpus" }),
    verify: z.enum(["all", "index"]).default("all").meta({
      description: "what is digested: every byte, or the small files only",
    }),
  }),
  examples: [
    { command: "codet5 corpus stats corpus", text: "functions, docstrings, identifiers" },
    { command: "codet5 corpus stats corpus --json", text: "the same per language and split" },
  ],
  async run({ options }) {
    const corpus = openCorpus(options.folder, { verify: options.verify });
    corpus.close();
    const { manifest } = corpus;
    const { slices, sources, duplicates, counts } = manifest;
    const names = [...new Set(slices.map(({ language }) => language))].sort();
    const languages = Object.fromEntries(
      names.map((name) => [name, totalsOf(slices.filter(({ language }) => language === name))]),
    );
    const json = {
      ...corpusTotals(manifest),
      ...{ languages, slices, sources, duplicates, counts },
    };
    return { json, text: corpusReport(manifest) };
  },
});
