/** @file `codet5 graph stats`: nodes by operator, parameters, operations per token. */
import { z } from "zod";
import {
  type FlopsPerToken,
  flopsPerToken,
  matmulFlops,
  matmulFlopsOfModel,
} from "../../bench/index.ts";
import { type ModelStats, statsOf } from "../../onnx/index.ts";
import { formatBytes } from "../checks.ts";
import { type GraphSource, graphSourceFields, openGraph } from "../graph-source.ts";
import { formatTable, printable } from "../table.ts";
import { defineVerb } from "../verb.ts";

const tokens = z.int().min(1).max(1_000_000);

export const verb = defineVerb({
  arguments: ["path"],
  options: z.strictObject({
    ...graphSourceFields,
    batchSize: tokens.default(1).meta({ description: "examples in a batch", unit: "examples" }),
    sourceLength: tokens.default(256).meta({
      description: "source length at which operations per token are told",
      unit: "tokens",
    }),
    targetLength: tokens.default(64).meta({
      description: "target length, or cached steps of decoder-step",
      unit: "tokens",
    }),
  }),
  examples: [
    { command: "codet5 graph stats my-model", text: "the forward pass" },
    {
      command: "codet5 graph stats my-model --graph step --source-length 512",
      text: "a training step, at other lengths",
    },
    { command: "codet5 graph stats some.onnx", text: "any model file of ONNX" },
  ],
  async run({ options }) {
    const { path, graph, ...sizes } = options;
    const source = openGraph({ path, graph });
    const stats = statsOf(source.model);
    const formula = source.graph ? matmulFlops(source.graph) : matmulFlopsOfModel(source.model);
    // the cache holds targetLength steps, but one step makes one token
    const targetTokens = source.name === "decoder-step" ? 1 : sizes.targetLength;
    const perToken =
      formula === undefined ? undefined : flopsPerToken(formula, sizes, targetTokens);
    const flops = { formula: formula ?? null, ...sizes, ...(perToken ?? unknownFlops) };
    const json = { graph: source.name, ...stats, matmulFlops: flops };
    return { json, text: textOf(source, stats, perToken) };
  },
});

const unknownFlops = { total: null, perSourceToken: null, perTargetToken: null } as const;

function textOf({ name }: GraphSource, stats: ModelStats, flops: FlopsPerToken | undefined) {
  const { nodes, initializers, parameterInputs, operators } = stats;
  const parameters = (totals: typeof initializers) =>
    `${totals.elements.toLocaleString("en-US")} in ${totals.tensors} tensors, ${formatBytes(totals.bytes)}`;
  const mega = (count: number | undefined) =>
    count === undefined ? "unknown: a shape is not told" : `${(count / 1e6).toFixed(3)} MFLOP`;
  const lines = [
    `graph            ${name}, ${nodes} nodes`,
    `parameters fed   ${parameters(parameterInputs)}`,
    `constants        ${parameters(initializers)}`,
    `matrix products  ${mega(flops?.total)}`,
    `per source token ${mega(flops?.perSourceToken)}`,
    `per target token ${mega(flops?.perTargetToken)}`,
  ];
  const table = formatTable(["operator", "nodes"], Object.entries(operators));
  return `${lines.map(printable).join("\n")}\n\n${table}`;
}
