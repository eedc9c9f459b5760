/** @file `codet5 demo`: fine-tune the package's model on the sample corpus, and show what it learned. */
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { z } from "zod";
import { makeFolder, writeFileAtomically } from "../../base/index.ts";
import { sampleCorpusFiles } from "../../data/index.ts";
import { loadModel } from "../../model/index.ts";
import { evaluateTask, finetune, type Scored, type TaskName, tasks } from "../../tasks/index.ts";
import { loadTokenizer } from "../../tokenizer/index.ts";
import type { TrainConfig, TrainingResult } from "../../train/index.ts";
import { startFields, startOf } from "../run-fields.ts";
import { formatTable } from "../table.ts";
import { watchTraining } from "../training-display.ts";
import { type Call, defineVerb } from "../verb.ts";
import { packageVersion } from "../version.ts";

const size = z.int().min(1);

const options = z.strictObject({
  out: z.string().default("runs/demo").meta({ description: "folder for data and runs" }),
  pairs: size.default(8000).meta({ description: "translation pairs to train on", unit: "pairs" }),
  programs: size.default(800).meta({
    description: "programs with a weakness, each in 4 languages and 2 forms",
    unit: "programs",
  }),
  translateSteps: size.default(240).meta({ description: "steps of translation", unit: "steps" }),
  vulnerabilitySteps: size
    .default(60)
    .meta({ description: "steps of classification", unit: "steps" }),
  batchSize: size.default(16).meta({ description: "examples in a batch" }),
  ...startFields,
});

type Options = z.output<typeof options> & { readonly seed: number };
type DemoCall = Call<z.output<typeof options>>;

const testPairs = 200;
const numShown = 3;

/** Write the corpus once; the same seed gives the same files. */
function writeCorpus({ out, seed, pairs, programs }: Options): string {
  const folder = join(out, "data");
  const counts = { train: pairs, valid: testPairs, test: testPairs, programs };
  const files = sampleCorpusFiles({ seed, ...counts, difficulty: 1 });
  for (const [name, text] of Object.entries(files)) {
    makeFolder(dirname(join(folder, name)));
    writeFileAtomically(join(folder, name), text);
  }
  return folder;
}

/** Everything a run needs that the demo does not vary. */
function trainConfig(settings: Options, maxSteps: number, learningRate: number): TrainConfig {
  return {
    learningRate,
    schedule: "linear",
    warmupSteps: Math.min(40, Math.ceil(maxSteps / 5)),
    optimizer: "adafactor",
    weightDecay: 0,
    maxGradNorm: 1,
    batchSize: settings.batchSize,
    accumulation: 1,
    epochs: 1000,
    maxSteps,
    dropoutRate: 0,
    evaluateEvery: Math.ceil(maxSteps / 5),
    saveEvery: 100,
    logEvery: 5,
    patience: 0,
    patienceCounts: "score",
    seed: settings.seed,
  };
}

interface Stage {
  readonly task: TaskName;
  readonly data: string;
  readonly start: Awaited<ReturnType<typeof startOf>>;
  readonly steps: number;
  readonly learningRate: number;
}

/** Train one task; a run that was interrupted continues. */
async function runStage(
  call: DemoCall,
  signal: AbortSignal,
  stage: Stage,
): Promise<TrainingResult> {
  const { options: settings } = call;
  const { task, start, steps, learningRate } = stage;
  const out = join(settings.out, task);
  const display = watchTraining(call, task);
  const train = trainConfig(settings, steps, learningRate);
  const lengths = { maxSourceLength: 256, maxTargetLength: 192 };
  const job = {
    task: tasks[task],
    subTask: tasks[task].subTasks[0],
    data: stage.data,
    prompt: "",
    ...lengths,
    batchSize: train.batchSize,
    patience: 0,
  };
  const result = await finetune(
    {
      jobs: [job],
      samplingExponent: 1,
      ...start,
      out,
      resume: existsSync(join(out, "config.json")),
      head: "generation",
      learnsPadding: false,
      splitSeed: settings.seed,
      scoreExamples: 64,
      scoreBeams: 1,
      train,
      config: { ...start.config, data: stage.data, ...train, ...lengths },
      version: packageVersion(),
    },
    { signal, observe: display.observe },
  );
  await display.finish(out);
  return result;
}

async function scoreStage(call: DemoCall, task: TaskName, data: string): Promise<Scored> {
  const { out, seed } = call.options;
  const folder = join(out, task, "best");
  const model = await loadModel(folder);
  const tokenizer = await loadTokenizer(folder);
  let bar: ReturnType<typeof call.progress> | undefined;
  const settings = {
    data,
    splitSeed: seed,
    subTask: tasks[task].subTasks[0],
    prompt: "",
    split: "test",
    maxSourceLength: 256,
    maxTargetLength: 192,
    numBeams: 1,
    batchSize: 32,
  } as const;
  const scored = await evaluateTask(tasks[task], model, tokenizer, settings, {
    onProgress: (done, total) => {
      bar ??= call.progress({ label: `testing ${task}`, total, unit: "example" });
      bar.update(done);
    },
  });
  bar?.stop();
  await model.release();
  return scored;
}

/** Three held-out functions with what the model made of them. */
async function showOutputs(data: string, translated: Scored): Promise<string> {
  const { splits } = await tasks.translate.read({ data, subTask: "java-cs", splitSeed: 0 });
  const shown = splits.test.slice(0, numShown).map(({ source, target }, i) => {
    const { prediction } = translated.predictions[i]!;
    const verdict = prediction === target ? "equal to the reference" : `reference: ${target}`;
    return `Java       ${source}\nCodeT5     ${prediction}\n           ${verdict}`;
  });
  return shown.join("\n\n");
}

export const verb = defineVerb({
  arguments: [],
  options,
  examples: [
    { command: "codet5 demo", text: "train and test in under five minutes on two cores" },
    { command: "codet5 demo --translate-steps 1000", text: "longer, better" },
    {
      command: "codet5 demo --from-scratch --d-model 128 --translate-steps 700",
      text: "the same without pre-training",
    },
  ],
  async run(call) {
    const { options: settings, log } = call;
    const signal = call.stopSignal();
    const folder = writeCorpus(settings);
    const pairs = join(folder, "translate");
    const samples = join(folder, "vulnerability.jsonl");
    log(
      `sample corpus: ${settings.pairs} Java-C# pairs and ${settings.programs} weaknesses in ${folder}`,
    );
    const start = await startOf(settings);
    const learningRate = start.model === undefined ? 0.05 : 0.03;
    const common = { start, learningRate };
    const stages: readonly Stage[] = [
      { ...common, task: "translate", data: pairs, steps: settings.translateSteps },
      { ...common, task: "vulnerability", data: samples, steps: settings.vulnerabilitySteps },
    ];
    for (const stage of stages) {
      const { reason } = await runStage(call, signal, stage);
      if (reason === "interrupted") {
        return {
          json: { interrupted: stage.task },
          text: "interrupted; run the demo again to continue",
        };
      }
    }
    const translated = await scoreStage(call, "translate", pairs);
    const classified = await scoreStage(call, "vulnerability", samples);
    const { bleu, exactMatch } = translated.report as Record<string, number>;
    const { f1, f1Floor, rocAuc } = classified.report as Record<string, number>;
    const table = formatTable(
      ["task", "held-out", "figure", { header: "value", digits: 3 }, "beside it"],
      [
        ["translate", translated.predictions.length, "exact match %", exactMatch, ""],
        ["translate", "", "BLEU", bleu, ""],
        ["vulnerability", classified.predictions.length, "F1", f1, `floor ${f1Floor?.toFixed(3)}`],
        ["vulnerability", "", "ROC-AUC", rocAuc, "chance 0.500"],
      ],
    );
    const curves = stages.map(({ task }) => join(settings.out, task, "loss.svg"));
    const text = [
      table,
      await showOutputs(pairs, translated),
      `runs and models: ${settings.out}\nloss curves: ${curves.join(", ")}`,
    ].join("\n\n");
    const json = {
      translate: translated.report,
      vulnerability: classified.report,
      out: settings.out,
      curves,
    };
    return { json, text };
  },
});
