/** @file `codet5 lab run`: an experiment over models, adaptations and languages never seen. */
import { z } from "zod";
import { readExperiment, runLabStage } from "../../lab/index.ts";
import { engineFlagsOf, labEngineOf, localEngineFields } from "../engine-fields.ts";
import { labTables } from "../lab-tables.ts";
import { runExperiment } from "../run-experiment.ts";
import { type Call, defineVerb } from "../verb.ts";

const options = z.strictObject({
  experiment: z.string().meta({ description: "experiment.json: models, data, languages, budget" }),
  out: z.string().meta({ description: "the lab's folder; what is done there is not done again" }),
  workers: z.int().min(1).max(64).default(1).meta({
    description: "processes that train and score at once, each with its share of the cores",
  }),
  only: z.string().optional().meta({
    description: "do one stage of a lab that is running: what its workers are called with",
    defaultText: "the whole lab",
  }),
  ...localEngineFields,
});

export const verb = defineVerb({
  arguments: ["experiment"],
  options,
  examples: [
    {
      command: "codet5 lab run experiment.json --out labs/first",
      text: "run an experiment, or what is missing of it",
    },
    {
      command: "codet5 lab run experiment.json --out labs/first --workers 2",
      text: "the same in two processes",
    },
    {
      command: "codet5 lab run experiment.json --out labs/fast --engine torch --precision bfloat16",
      text: "trainings on PyTorch, products in bfloat16; scores stay on ONNX Runtime",
    },
  ],
  async run(call) {
    const { experiment: path, out, workers, only } = call.options;
    const experiment = readExperiment(path);
    if (only !== undefined) return workOn(call, only);
    const engine = await labEngineOf(call.options);
    const engineFlags = engineFlagsOf(call.options);
    const run = { experiment, out, workers, engine, engineFlags };
    const summary = await runExperiment(call, run);
    if (summary === undefined) {
      return { json: { out, finished: false }, text: "stopped; run it again to continue" };
    }
    const { results, budget } = summary;
    return { json: { out, finished: true, budget, results }, text: labTables(results) };
  },
});

/** A worker: one stage, until the lab's end of the pipe is gone. */
async function workOn(call: Call<z.output<typeof options>>, stage: string) {
  const { experiment, out } = call.options;
  const controller = new AbortController();
  const stop = () => controller.abort();
  call.stopSignal().addEventListener("abort", stop);
  call.stdin.once("end", stop).once("close", stop).resume();
  const { signal } = controller;
  const engine = await labEngineOf(call.options);
  const lab = { experiment: readExperiment(experiment), out, engine };
  const isWhole = await runLabStage(lab, stage, { signal });
  call.stdin.destroy();
  return { json: { stage, finished: isWhole }, exitCode: isWhole ? 0 : 130 };
}
