/** @file `codet5 corpus tasks`: data for summarisation and clone detection, made from a corpus. */
import { z } from "zod";
import { openCorpus, writeCorpusTasks } from "../../data/index.ts";
import { formatTable } from "../table.ts";
import { defineVerb } from "../verb.ts";

export const verb = defineVerb({
  arguments: ["folder"],
  options: z.strictObject({
    folder: z.string().meta({ description: "a corpus" }),
    out: z.string().meta({ description: "folder for summarize/ and clone/" }),
    languages: z.array(z.string()).min(1).optional().meta({
      description: "languages to take",
      defaultText: "all of the corpus",
    }),
    examples: z.int().min(10).max(1_000_000).default(2000).meta({
      description:
        "of each task and language, to train on; a tenth as many to validate and to test",
    }),
    seed: z.int().min(0).default(1234).meta({ description: "which functions are drawn" }),
  }),
  examples: [
    { command: "codet5 corpus tasks corpus --out tasks", text: "in CodeXGLUE's layouts" },
    {
      command: "codet5 corpus tasks corpus --out tasks --languages python --examples 500",
      text: "of one language; then codet5 finetune clone --data tasks/clone",
    },
  ],
  async run(call) {
    const { folder, ...options } = call.options;
    const corpus = openCorpus(folder, { verify: "index" });
    let bar: ReturnType<typeof call.progress> | undefined;
    try {
      const counts = await writeCorpusTasks(corpus, {
        ...options,
        onProgress: (done, total) => {
          bar ??= call.progress({ label: "part", total, unit: "" });
          bar.update(done);
        },
      });
      const rows = counts.map(({ language, part, summaries, clones }) => {
        return [language, part, summaries, clones];
      });
      const text = formatTable(["language", "part", "summaries", "pairs"], rows);
      return { json: { out: options.out, counts }, text };
    } finally {
      corpus.close();
    }
  },
});
