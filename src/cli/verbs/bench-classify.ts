/** @file `codet5 bench classify`: functions per second, and whether memory stays flat. */
import { z } from "zod";
import { benchClassify } from "../../bench/index.ts";
import { loadModel } from "../../model/index.ts";
import { defaultThreads, runtimeInfo } from "../../runtime/index.ts";
import { loadTokenizer } from "../../tokenizer/index.ts";
import { formatBytes } from "../checks.ts";
import { modelField, quantizationField } from "../run-fields.ts";
import { formatTable } from "../table.ts";
import { defineVerb } from "../verb.ts";

/** With codet5-mini's shape, 256 tokens, 8 bits, two cores. */
const wantedFunctionsPerSecond = 100;

const count = z.int().min(1).max(1_000_000);

export const verb = defineVerb({
  arguments: [],
  options: z.strictObject({
    model: modelField,
    quantization: quantizationField.default("int8"),
    functions: count.default(2000).meta({ description: "functions classified" }),
    sourceLength: count.max(10_000).default(256).meta({
      description: "tokens of each function",
      unit: "tokens",
    }),
  }),
  examples: [
    { command: "codet5 bench classify --json", text: "the shipped model's shape, in 8 bits" },
    { command: "codet5 bench classify --functions 20000", text: "does memory stay flat?" },
    { command: "codet5 bench classify --quantization none --functions 200", text: "in 32 bits" },
  ],
  async run({ options, progress }) {
    const { functions, sourceLength, quantization, seed } = options;
    const model = await loadModel(options.model, { quantization });
    const tokenizer = await loadTokenizer(options.model);
    const display = progress({ label: "bench", total: functions, unit: "function" });
    const bench = { model, tokenizer, functions, sourceLength, seed };
    const figures = await benchClassify(bench, (done) => display.update(done));
    display.stop();
    await model.release();
    const machine = { threads: defaultThreads(), ...runtimeInfo() };
    const rows = [
      ["functions/s", figures.functionsPerSecond.toFixed(1)],
      ["wanted at codet5-mini's shape", wantedFunctionsPerSecond],
      ["functions per CPU second", figures.functionsPerCpuSecond.toFixed(1)],
      ["share of the tokenizer", `${(100 * figures.tokenizingShare).toFixed(1)} %`],
      ["memory after the first tenth", formatBytes(figures.earlyRssBytes)],
      ["memory at the end", formatBytes(figures.lateRssBytes)],
      ["peak memory", formatBytes(figures.peakRssBytes)],
    ];
    const text = formatTable(["figure", { header: "value", align: "right" }], rows);
    return { json: { options, machine, ...figures, wantedFunctionsPerSecond }, text };
  },
});
