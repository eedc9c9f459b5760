/** @file `codet5 bench torch`: when is it worth training on PyTorch, and what does interpreting the graph cost there? */
import { z } from "zod";
import { benchTorch } from "../../bench/index.ts";
import { defaultThreads } from "../../runtime/index.ts";
import { modelConfigOf, shapeFields } from "../bench-shape.ts";
import { formatTable } from "../table.ts";
import { defineVerb } from "../verb.ts";

const count = z.int().min(1).max(1_000_000);

/** What the project asks of itself: at most so much longer than by hand, and shorter than ours. */
const targets = { toHandWritten: 1.1, bfloat16ToOnnxRuntime: 1 } as const;

export const verb = defineVerb({
  arguments: [],
  options: z.strictObject({
    ...shapeFields({ dModel: 256, numLayers: 4, numHeads: 4, dFf: 1024 }),
    batchSize: count.default(8).meta({ description: "examples of a step", unit: "examples" }),
    sourceLength: count.default(256).meta({ description: "source length", unit: "tokens" }),
    targetLength: count.default(64).meta({ description: "target length", unit: "tokens" }),
    steps: count.default(20).meta({ description: "turns of each", unit: "steps" }),
    device: z.enum(["cpu", "cuda"]).default("cpu").meta({ description: "where PyTorch computes" }),
  }),
  examples: [
    { command: "codet5 bench torch --json", text: "the project's benchmark shape on CPU" },
    {
      command:
        "codet5 bench torch --d-model 768 --num-layers 12 --num-heads 12 --d-ff 3072 --batch-size 64 --device cuda",
      text: "220M parameters on a GPU",
    },
  ],
  async run({ options, progress }) {
    const display = progress({ label: "bench", total: options.steps, unit: "step" });
    const { vocabSize, dModel, numLayers, numHeads, dKv, dFf } = options;
    const shape = { vocabSize, dModel, numLayers, numHeads, dKv, dFf };
    const modelConfig = modelConfigOf(options);
    const figures = await benchTorch({ ...options, modelConfig, shape }, (done) =>
      display.update(done, {}),
    );
    display.stop();
    const json = { options, threads: defaultThreads(), targets, ...figures };
    return { json, text: textOf(figures) };
  },
});

type Figures = Awaited<ReturnType<typeof benchTorch>>;

function textOf({ torch, ms, tokensPerSecond, flopsPerSecond, ratios }: Figures): string {
  const rows = Object.entries(ms).map(([name, value]) => {
    const giga = flopsPerSecond[name]! / 1e9;
    return [name, value.toFixed(1), Math.round(tokensPerSecond[name]!), giga.toFixed(1)];
  });
  const right = (header: string) => ({ header, align: "right" as const });
  const table = formatTable(["", ...["ms/step", "tokens/s", "GFLOP/s"].map(right)], rows);
  const lines = Object.entries(ratios).map(
    ([name, value]) => `${name}: ${value.toFixed(3)} of the time`,
  );
  return [table, `torch ${torch}`, ...lines].join("\n");
}
