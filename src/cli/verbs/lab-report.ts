/** @file `codet5 lab report`: what a lab found, as one HTML file and as Markdown. */
import { join } from "node:path";
import { z } from "zod";
import { writeFileAtomically } from "../../base/index.ts";
import { readLabFolder, reportOf } from "../../lab/index.ts";
import { requireWritable } from "../output-file.ts";
import { defineVerb } from "../verb.ts";

export const verb = defineVerb({
  arguments: ["lab"],
  options: z.strictObject({
    lab: z.string().meta({ description: "folder of `codet5 lab run`, finished or not" }),
    out: z.string().optional().meta({
      description: "HTML file to write; Markdown goes beside it, .md",
      defaultText: "report.html in the lab's folder",
    }),
    resamples: z.int().min(100).max(100_000).default(2000).meta({
      description: "resamples of groups behind every interval",
    }),
  }),
  examples: [
    { command: "codet5 lab report labs/first", text: "labs/first/report.html and report.md" },
    {
      command: "codet5 lab report labs/first --out first.html --resamples 10000",
      text: "elsewhere, with steadier intervals",
    },
  ],
  async run({ options, log }) {
    const { lab, resamples, seed } = options;
    const out = options.out ?? join(lab, "report.html");
    const markdownPath = out.replace(/(\.html?)?$/i, ".md");
    const folder = await readLabFolder(lab);
    for (const path of [out, markdownPath]) requireWritable(path);
    const { cells, missing } = folder;
    log(`${cells.length} cells read${missing.length > 0 ? `, ${missing.length} missing` : ""}`);
    const { html, markdown, verdicts } = reportOf(folder, { numResamples: resamples, seed });
    writeFileAtomically(out, html);
    writeFileAtomically(markdownPath, markdown);
    return {
      json: { lab, html: out, markdown: markdownPath, verdicts, missing },
      text: `${[...verdicts, `report: ${out}`].join("\n")}\n`,
    };
  },
});
