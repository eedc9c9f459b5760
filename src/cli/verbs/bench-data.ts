/** @file `codet5 bench data`: import, removal of copies and split at scale, timed. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { benchData } from "../../bench/index.ts";
import { formatBytes } from "../checks.ts";
import { formatTable } from "../table.ts";
import { defineVerb } from "../verb.ts";

/** What 100,000 samples may take, all stages together. */
const wanted = { seconds: 180, peakRssBytes: 2 * 2 ** 30 };

export const verb = defineVerb({
  arguments: [],
  options: z.strictObject({
    samples: z.int().min(100).max(10_000_000).default(100_000).meta({
      description: "samples to import",
    }),
    from: z.string().optional().meta({
      description: "labelled samples to make variants of, JSON lines",
      defaultText: "the parallel corpus",
    }),
  }),
  examples: [
    { command: "codet5 bench data --json", text: "100,000 variants of the parallel corpus" },
    { command: "codet5 bench data --from samples.jsonl --samples 20000", text: "of your own" },
  ],
  async run({ options, log }) {
    const { samples, seed, from } = options;
    const folder = mkdtempSync(join(tmpdir(), "codet5-bench-"));
    try {
      const { inputBytes, stages } = await benchData(
        { samples, seed, folder, ...(from && { from }) },
        log,
      );
      const seconds = stages.reduce((sum, stage) => sum + stage.seconds, 0);
      const peakRssBytes = Math.max(...stages.map((stage) => stage.peakRssBytes));
      const right = (header: string) => ({ header, align: "right" as const });
      const rows = stages.map((one) => [
        one.stage,
        one.samples,
        one.seconds.toFixed(1),
        one.processorSeconds.toFixed(1),
        formatBytes(one.peakRssBytes),
      ]);
      const headers = ["samples left", "s", "s of processor", "peak memory so far"].map(right);
      const text = `${formatTable(["stage", ...headers], rows)}\n${seconds.toFixed(1)} s for ${formatBytes(inputBytes)}`;
      return { json: { options, inputBytes, stages, seconds, peakRssBytes, wanted }, text };
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
});
