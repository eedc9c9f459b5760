/** @file `codet5 demo`: the lab in some minutes, on the parallel corpus with the package's model. */
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { corpusLanguages } from "../../data/index.ts";
import { defaultModel } from "../../hub/index.ts";
import { type Experiment, parseExperiment } from "../../lab/index.ts";
import { labTables } from "../lab-tables.ts";
import { runExperiment } from "../run-experiment.ts";
import { defineVerb } from "../verb.ts";
import { writeReport } from "../write-report.ts";

const size = z.int().min(1);

const options = z.strictObject({
  out: z.string().default("runs/demo").meta({ description: "folder of the lab" }),
  model: z.string().default(defaultModel).meta({ description: "model that is adapted" }),
  programs: size.default(500).meta({
    description: `programs, each vulnerable and safe in ${corpusLanguages.length} languages`,
    unit: "programs",
  }),
  steps: size.default(90).meta({ description: "steps of each adaptation", unit: "steps" }),
  batchSize: size.default(24).meta({ description: "examples in a batch" }),
  testSamples: size.default(50).meta({ description: "samples of an unseen language, about" }),
  workers: size.max(64).default(Math.min(2, availableParallelism())).meta({
    description: "processes that train and score at once",
    defaultText: "2, or 1 on one core",
  }),
});

type Options = z.output<typeof options> & { readonly seed: number };

/** Of the programs: these are not trained on, so their forms in unseen languages may be tested. */
const testShare = 0.3;

/** One seed, four weaknesses, the easiest family: what fits into minutes. */
function experimentOf(settings: Options): Experiment {
  const { model, programs, steps, batchSize, testSamples, seed } = settings;
  const easiest = { cwes: ["CWE-89", "CWE-78", "CWE-22", "CWE-79"], families: ["beside-use"] };
  return parseExperiment(
    {
      name: "demo",
      models: [{ name: "codet5", model }],
      data: [{ name: "parallel", parallel: { programs, ...easiest } }],
      seeds: [seed],
      budget: { steps, batchSize },
      maxSourceLength: 160,
      limits: { test: Math.ceil(testSamples / testShare) },
      training: { learningRate: 0.005, dropoutRate: 0, warmupSteps: Math.ceil(steps / 10) },
      validations: 2,
      validationShare: 0.05,
      testShare,
    },
    "the demo",
  );
}

export const verb = defineVerb({
  arguments: [],
  options,
  examples: [
    { command: "codet5 demo", text: "the whole experiment in under five minutes on two cores" },
    { command: "codet5 demo --steps 400 --test-samples 400", text: "longer, surer" },
  ],
  async run(call) {
    const { out, workers, seed } = call.options;
    const summary = await runExperiment(call, {
      experiment: experimentOf(call.options),
      out,
      workers,
    });
    if (summary === undefined) {
      return { json: { out, finished: false }, text: "stopped; run the demo again to continue" };
    }
    const report = join(out, "report.html");
    const { verdicts } = await writeReport({
      ...{ lab: out, html: report, numResamples: 1000, seed, log: call.log },
    });
    const { results } = summary;
    const text = [labTables(results), ...verdicts, `report: ${report}`].join("\n");
    return { json: { out, finished: true, results, verdicts, report }, text };
  },
});
