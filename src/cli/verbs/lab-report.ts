/** @file `codet5 lab report`: what a lab found, as one HTML file and as Markdown. */
import { join } from "node:path";
import { z } from "zod";
import { defineVerb } from "../verb.ts";
import { writeReport } from "../write-report.ts";

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
    const { markdown, verdicts, missing } = await writeReport({
      ...{ lab, html: out, numResamples: resamples, seed, log },
    });
    return {
      json: { lab, html: out, markdown, verdicts, missing },
      text: `${[...verdicts, `report: ${out}`].join("\n")}\n`,
    };
  },
});
