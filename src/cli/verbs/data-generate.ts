/** @file `codet5 data generate`: the parallel corpus, as labelled samples. */
import { z } from "zod";
import { writeFileAtomically } from "../../base/index.ts";
import {
  corpusCwes,
  corpusFamilies,
  corpusFlows,
  corpusLanguages,
  parallelPrograms,
} from "../../data/index.ts";
import { requireWritable } from "../output-file.ts";
import { formatTable } from "../table.ts";
import { defineVerb } from "../verb.ts";

type Names = [string, ...string[]];

export const verb = defineVerb({
  arguments: [],
  options: z.strictObject({
    out: z.string().meta({ description: "file to write, JSON lines" }),
    programs: z.int().min(1).default(1000).meta({
      description: "programs, each vulnerable and safe in every language that has its weakness",
      unit: "programs",
    }),
    start: z.int().min(0).default(0).meta({
      description: "first program of the seed's endless sequence",
    }),
    languages: z
      .array(z.enum(corpusLanguages as Names))
      .min(1)
      .optional()
      .meta({
        description: "languages to write",
        defaultText: "all 13",
      }),
    cwes: z
      .array(z.enum(corpusCwes as Names))
      .min(1)
      .optional()
      .meta({
        description: "weaknesses",
        defaultText: "all 13",
      }),
    families: z
      .array(z.enum(corpusFamilies as Names))
      .min(1)
      .optional()
      .meta({
        description: "in what vulnerable and safe differ; the easiest is beside-use",
        defaultText: "all 12",
      }),
    flows: z
      .array(z.enum(corpusFlows as Names))
      .min(1)
      .optional()
      .meta({
        description: "how the data flows",
        defaultText: "all 8",
      }),
  }),
  examples: [
    {
      command: "codet5 data generate --out parallel.jsonl --programs 2000",
      text: "some 46,000 samples in 13 languages",
    },
    {
      command: "codet5 data generate --out sql.jsonl --cwes CWE-89 --languages java,go --seed 7",
      text: "SQL injection in two languages",
    },
  ],
  async run({ options, progress }) {
    const { out, programs, start, seed, languages, cwes, families, flows } = options;
    requireWritable(out);
    const bar = progress({ label: "writing", total: programs, unit: "program" });
    const counts = new Map<string, { cwe: string; programs: number; samples: number }>();
    let total = 0;
    writeFileAtomically(out, (write) => {
      const wanted = { seed, count: programs, start };
      const drawn = parallelPrograms({
        ...wanted,
        ...(languages && { languages: languages as typeof corpusLanguages }),
        ...(cwes && { cwes }),
        ...(families && { families }),
        ...(flows && { flows }),
      });
      let done = 0;
      for (const samples of drawn) {
        write(Buffer.from(samples.map((sample) => `${JSON.stringify(sample)}\n`).join("")));
        const { cwe } = samples[0]!;
        const count = counts.get(cwe) ?? { cwe, programs: 0, samples: 0 };
        count.programs += 1;
        count.samples += samples.length;
        counts.set(cwe, count);
        total += samples.length;
        bar.update(++done);
      }
    });
    const rows = [...counts.values()];
    const text = formatTable(
      ["weakness", "programs", "samples"],
      rows.map((row) => [row.cwe, row.programs, row.samples]),
    );
    return {
      json: { out, samples: total, weaknesses: rows },
      text: `${text}\n${out}: ${total} samples`,
    };
  },
});
