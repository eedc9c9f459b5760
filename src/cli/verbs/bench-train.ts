/** @file `codet5 bench train`: the speed of training beside the machine's matrix-product rate. */
import { z } from "zod";
import { benchTrain } from "../../bench/index.ts";
import { defaultThreads, runtimeInfo } from "../../runtime/index.ts";
import { modelConfigOf, shapeFields } from "../bench-shape.ts";
import { formatBytes } from "../checks.ts";
import { formatTable } from "../table.ts";
import { defineVerb } from "../verb.ts";

const count = z.int().min(1).max(1_000_000);
const gemmSize = z.int().min(1).max(32_768);

/** What the project asks of itself: at least this ratio, at most this memory. */
const targets = { ratio: 0.75, peakRssBytes: 1.8e9 } as const;

export const verb = defineVerb({
  arguments: [],
  options: z.strictObject({
    ...shapeFields({ dModel: 256, numLayers: 4, numHeads: 4, dFf: 1024 }),
    batchSize: count.default(8).meta({ description: "examples of a step", unit: "examples" }),
    sourceLength: count.default(256).meta({ description: "source length", unit: "tokens" }),
    targetLength: count.default(64).meta({ description: "target length", unit: "tokens" }),
    steps: count.default(200).meta({
      description: "steps of the main part, over which memory is watched",
      unit: "steps",
    }),
    comparisonSteps: count.default(20).meta({
      description: "steps with dropout, and with either kind of dimensions",
      unit: "steps",
    }),
    dropoutRate: z.number().min(0).lt(1).default(0.1).meta({
      description: "dropout of the second part; the first has none",
    }),
    gemmRows: gemmSize.default(2048).meta({ description: "rows of the plain product" }),
    gemmInner: gemmSize.default(512).meta({ description: "its inner dimension" }),
    gemmColumns: gemmSize.default(2048).meta({ description: "its columns" }),
  }),
  examples: [
    { command: "codet5 bench train --json", text: "the full benchmark, some minutes" },
    { command: "codet5 bench train --steps 20", text: "a quick look" },
  ],
  async run({ options, progress }) {
    const { gemmRows: rows, gemmInner: inner, gemmColumns: columns, ...rest } = options;
    const total = options.steps + 2 * options.comparisonSteps;
    const display = progress({ label: "bench", total, unit: "step" });
    const bench = { ...rest, modelConfig: modelConfigOf(rest), gemm: { rows, inner, columns } };
    const figures = await benchTrain(bench, (done, _total, doing) =>
      display.update(done, { doing }),
    );
    display.stop();
    const machine = { threads: defaultThreads(), ...runtimeInfo() };
    const json = { options, machine, targets, ...figures };
    return { json, text: textOf(figures) };
  },
});

type Figures = Awaited<ReturnType<typeof benchTrain>>;

function textOf({ step, dropout, memory, dimensions, ...counts }: Figures): string {
  const giga = (flopsPerSecond: number) => (flopsPerSecond / 1e9).toFixed(1);
  const rows = (
    [
      ["dropout 0", step],
      [`dropout ${dropout.rate}`, dropout],
    ] as const
  ).map(([name, speed]) => {
    const { ms, msWithoutOptimizer, tokensPerSecond, flopsPerSecond, gemm } = speed;
    const rates = [giga(flopsPerSecond), giga(gemm.flopsPerSecond)];
    const ratios = [speed.ratio.toFixed(3), speed.ratioWithoutOptimizer.toFixed(3)];
    const times = [ms.toFixed(1), msWithoutOptimizer.toFixed(1), Math.round(tokensPerSecond)];
    return [name, ...times, ...rates, ...ratios];
  });
  const right = (header: string) => ({ header, align: "right" as const });
  const headers = [
    "ms/step",
    "without optimizer",
    "tokens/s",
    "GFLOP/s",
    "GEMM GFLOP/s",
    "ratio",
    "without optimizer",
  ];
  const { namedMs, fixedMs, ratio } = dimensions;
  const lines = [
    `model operations  ${giga(counts.modelFlopsPerStep)} GFLOP per step of ${counts.tokensPerStep} tokens`,
    `ratio             ${step.ratio.toFixed(3)} of the GEMM rate; the target is ${targets.ratio}`,
    `peak memory       ${formatBytes(memory.peakRssBytes)}; the target is ${formatBytes(targets.peakRssBytes)}`,
    `growth            ${formatBytes(Math.max(0, memory.growthBytes))} over ${memory.steps} steps`,
    `named dimensions  ${namedMs.toFixed(1)} ms, fixed ${fixedMs.toFixed(1)} ms: ${ratio.toFixed(3)}`,
  ];
  return `${formatTable(["", ...headers.map(right)], rows)}\n${lines.join("\n")}`;
}
