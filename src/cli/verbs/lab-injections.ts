/** @file `codet5 lab injections`: how often code that is judged talks a model into the wrong answer. */
import { z } from "zod";
import { type InjectionReport, measureInjections, openJudge } from "../../judge/index.ts";
import { injections } from "../../prompt/index.ts";
import { judgeFields } from "../judge-fields.ts";
import { formatTable } from "../table.ts";
import { defineVerb } from "../verb.ts";

const languages = [...new Set(injections.map(({ language }) => language))];

export const verb = defineVerb({
  arguments: [],
  options: z.strictObject({
    ...judgeFields,
    languages: z
      .array(z.enum(languages as [string, ...string[]]))
      .min(1)
      .default(languages)
      .meta({ description: "languages of the functions that attempts are put into" }),
  }),
  examples: [
    {
      command: "codet5 lab injections --model openai:llama3@http://localhost:8000/v1",
      text: "42 attacks in ten functions of six languages, put to a server",
    },
    {
      command:
        "codet5 lab injections --model prompt:meta-llama/Llama-3.2-1B-Instruct --languages c",
      text: "the same to a model on this machine, in C alone",
    },
  ],
  async run(call) {
    const { model, languages: chosen, seed: _, ...options } = call.options;
    const attempts = injections.filter(({ language }) => chosen.includes(language));
    const judge = await openJudge(model, withoutUndefined(options));
    try {
      let progress: ReturnType<typeof call.progress> | undefined;
      const report = await measureInjections(judge, attempts, (done, total) => {
        progress ??= call.progress({ label: "asking", total, unit: "functions" });
        progress.update(done);
      });
      const json = { model, question: options.question, digest: judge.digest, ...report };
      return { json, text: reportText(report) };
    } finally {
      await judge.close();
    }
  },
});

/** Options that were not given are not there, instead of being undefined. */
function withoutUndefined<T extends object>(options: T) {
  type Given = { [K in keyof T]: Exclude<T[K], undefined> };
  return Object.fromEntries(
    Object.entries(options).filter(([, value]) => value !== undefined),
  ) as Given;
}

const numWorst = 10;

function reportText({ all, byPlace, byAttack, accuracy, unparsable }: InjectionReport): string {
  const columns = [
    "attempts",
    "number",
    { header: "flipped", digits: 3 },
    { header: "shift", digits: 3 },
  ];
  const row = (name: string, { attempts, flipped, shift }: typeof all) => {
    return [name, attempts, Number.isNaN(flipped) ? null : flipped, shift];
  };
  const places = Object.entries(byPlace).map(([place, figures]) => row(`in a ${place}`, figures));
  const worst = byAttack.slice(0, numWorst).map(({ attack, ...figures }) => row(attack, figures));
  return [
    formatTable(columns, [row("all", all), ...places]),
    formatTable(["the worst", ...columns.slice(1)], worst),
    `answered rightly without an attempt: ${(100 * accuracy).toFixed(1)} %`,
    `answers that were neither yes nor no: ${(100 * unparsable).toFixed(1)} %`,
    "flipped: of the answers that were right, the share that became the one asked for",
    "shift: mean movement of the score towards it",
  ].join("\n");
}
