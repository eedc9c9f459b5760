/** @file `codet5 corpus build`: folders of source code to a corpus for pre-training. */
import { availableParallelism } from "node:os";
import { z } from "zod";
import {
  type BuildProgress,
  buildCorpus,
  type CorpusManifest,
  corpusSettingsSchema,
} from "../../data/index.ts";
import { corpusReport, corpusTotals } from "../corpus-report.ts";
import { type Call, defineVerb } from "../verb.ts";

export const verb = defineVerb({
  arguments: ["folders"],
  options: z.strictObject({
    folders: z.array(z.string()).min(1).meta({
      description: "source trees; each repository or top folder in them stays in one split",
    }),
    out: z.string().meta({ description: "folder to write the corpus to" }),
    tokenizer: z.string().optional().meta({
      description: "folder of the tokenizer to use",
      defaultText: "a new one, trained on the corpus",
    }),
    workers: z.int().min(0).max(256).default(Math.min(availableParallelism(), 4)).meta({
      description: "threads; 0 runs everything in one",
      defaultText: "all cores, at most 4, so that memory stays below 1.5 GB",
    }),
    overwrite: z.boolean().default(false).meta({
      description: "replace a corpus, or an unfinished one with other settings",
    }),
    ...corpusSettingsSchema.shape,
  }),
  examples: [
    { command: "codet5 corpus build ~/projects --out corpus", text: "a corpus of what is there" },
    {
      command: "codet5 corpus build src-a src-b --out corpus --licenses MIT,Apache-2.0",
      text: "only files under these licences",
    },
    {
      command: "codet5 corpus build more --out corpus-2 --tokenizer corpus/tokenizer",
      text: "more of the same, for the same model",
    },
  ],
  async run(call) {
    const { folders, out, tokenizer, workers, overwrite, ...settings } = call.options;
    const manifest = await buildCorpus({
      ...{ folders, out, tokenizer, overwrite, settings },
      numThreads: workers,
      signal: call.stopSignal(),
      onProgress: buildProgress(call),
    });
    if (manifest === undefined) {
      return { json: { out, finished: false }, text: "stopped; run it again to finish" };
    }
    warnOfNothingHeldOut(manifest, call.warn);
    const { slices, counts, duplicates } = manifest;
    const json = { out, finished: true, ...corpusTotals(manifest), counts, duplicates, slices };
    return { json, text: `${corpusReport(manifest)}\n${leftOut(manifest)}` };
  },
});

/** A language with a single project is trained on only: projects are never divided. */
function warnOfNothingHeldOut({ slices, languages }: CorpusManifest, warn: Call["warn"]): void {
  const held = new Set(
    slices.filter(({ split }) => split !== "train").map((each) => each.language),
  );
  const missing = languages.filter(
    (name) => !held.has(name) && slices.some(({ language }) => language === name),
  );
  if (missing.length === 0) return;
  warn(`nothing of ${missing.join(", ")} is held out: too few projects, or one too large`);
}

/** How each stage is counted; bytes are shown as megabytes. */
const stages: Readonly<Record<BuildProgress["stage"], { unit: string; scale: number }>> = {
  walking: { unit: "file", scale: 1 },
  mining: { unit: "MB", scale: 1e6 },
  comparing: { unit: "function", scale: 1 },
  words: { unit: "MB", scale: 1e6 },
  merges: { unit: "token", scale: 1 },
  encoding: { unit: "MB", scale: 1e6 },
};

function buildProgress(call: Pick<Call, "progress">): (progress: BuildProgress) => void {
  let current: { stage: string; bar: ReturnType<Call["progress"]>; sinceMs: number; start: number };
  return ({ stage, done, total }) => {
    const { unit, scale } = stages[stage];
    const count = Math.round(done / scale);
    if (current?.stage !== stage) {
      const shape = { label: stage, total: Math.ceil(total / scale), unit, start: count };
      current = { stage, bar: call.progress(shape), sinceMs: performance.now(), start: done };
    }
    const seconds = (performance.now() - current.sinceMs) / 1000;
    const rate = (done - current.start) / scale / Math.max(seconds, 1e-3);
    current.bar.update(count, unit === "MB" ? { "MB/s": rate } : {});
  };
}

/** Everything that was left out, a line per kind. */
function leftOut({ counts }: CorpusManifest): string {
  const lines = Object.entries(counts).map(([kind, reasons]) => {
    const told = Object.entries(reasons)
      .sort(([, a], [, b]) => b - a)
      .map(([reason, number]) => `${number.toLocaleString("en-US")} ${reason}`);
    return `${kind} ${kind === "secrets" ? "replaced" : "left out"}: ${told.join(", ") || "none"}`;
  });
  return lines.join("\n");
}
