/** @file `codet5 lab claims`: the ten claims about CodeT5 against the evidence at hand. */
import { z } from "zod";
import { writeFileAtomically } from "../../base/index.ts";
import {
  claimBlocks,
  claimHeaders,
  claimRows,
  judgeClaims,
  readEvidence,
  toMarkdown,
} from "../../lab/index.ts";
import { requireWritable } from "../output-file.ts";
import { formatTable } from "../table.ts";
import { defineVerb } from "../verb.ts";

export const verb = defineVerb({
  arguments: ["evidence"],
  options: z.strictObject({
    evidence: z.array(z.string()).default([]).meta({
      description:
        "labs, results of scripts/compare-starts.ts and scripts/ablation.ts, model folders with a card",
      defaultText: "none: shows what to run",
    }),
    out: z.string().optional().meta({
      description: "write the table as Markdown to this file",
      defaultText: "no file",
    }),
    resamples: z.int().min(100).max(100_000).default(1000).meta({
      description: "resamples of groups behind the intervals of labs",
    }),
  }),
  examples: [
    {
      command: "codet5 lab claims labs/first runs/starts runs/ablation models/codet5-mini",
      text: "claim, test, figure, interval, verdict",
    },
    {
      command: "codet5 lab claims natural=runs/from-text --out claims.md",
      text: "runs whose checkpoint had read natural language only",
    },
  ],
  async run({ options }) {
    const { evidence: paths, out, resamples, seed } = options;
    if (out !== undefined) requireWritable(out);
    const evidence = await readEvidence(paths, { numResamples: resamples, seed });
    const judged = judgeClaims(evidence, seed);
    if (out !== undefined) writeFileAtomically(out, toMarkdown(claimBlocks(judged)));
    const verdicts = judged.map(({ number, verdict, text }) => [number, verdict, text]);
    return {
      json: { evidence: paths, claims: judged },
      text: [
        formatTable(["claim", "verdict", "text"], verdicts),
        formatTable(claimHeaders, claimRows(judged)),
      ].join("\n"),
    };
  },
});
