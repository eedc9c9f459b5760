/** @file `codet5 bench llama`: a Llama in 4 bits beside llama.cpp's, prompts and decoding. */
import { z } from "zod";
import { benchLlama, type LlamaFigures } from "../../bench/index.ts";
import { requireLlamaCpp } from "../../gguf/index.ts";
import { defaultThreads, runtimeInfo } from "../../runtime/index.ts";
import { formatTable } from "../table.ts";
import { defineVerb } from "../verb.ts";

const size = (standard: number, description: string) =>
  z.int().min(1).max(1_000_000).default(standard).meta({ description });

/** What the project asks of itself: so many times llama.cpp's tokens/s. */
const wanted = { prompt: 1, decode: 1.3 } as const;

export const verb = defineVerb({
  arguments: [],
  options: z.strictObject({
    vocabSize: size(8000, "ids the model knows"),
    hiddenSize: size(512, "width of the model"),
    intermediateSize: size(2048, "width of the feed-forward layers"),
    numLayers: size(4, "layers"),
    numHeads: size(8, "heads of queries"),
    numKeyValueHeads: size(2, "heads of keys and values"),
    promptLength: size(512, "length of the prompt").meta({ unit: "tokens" }),
    newTokens: size(32, "tokens decoded after a short prompt").meta({ unit: "tokens" }),
    fastPrompts: z.boolean().default(true).meta({
      description: "read prompts by matrices of 8 bits, kept beside the blocks of 4",
    }),
    repeats: size(3, "turns of each"),
  }),
  examples: [
    { command: "codet5 bench llama --json", text: "a small Llama, a few seconds" },
    {
      command:
        "codet5 bench llama --hidden-size 2048 --intermediate-size 8192 --num-layers 16 --num-heads 32 --num-key-value-heads 8 --json",
      text: "a billion parameters: 5 GB of disk meanwhile, some minutes",
    },
  ],
  async run({ options, progress }) {
    await requireLlamaCpp();
    const display = progress({ label: "bench", total: options.repeats, unit: "turn" });
    display.update(0);
    const figures = await benchLlama(options, (done) => display.update(done));
    display.stop();
    const machine = { threads: defaultThreads(), ...runtimeInfo() };
    return { json: { options, machine, ...figures, wanted }, text: textOf(figures) };
  },
});

function textOf({ parameters, ours, llamaCpp, ratios }: LlamaFigures): string {
  const right = (header: string) => ({ header, align: "right" as const });
  const rows = (["prompt", "decode"] as const).map((kind) => [
    kind,
    ours[kind].toFixed(1),
    llamaCpp[kind].toFixed(1),
    `${ratios[kind].toFixed(2)} x`,
    `>= ${wanted[kind]} x`,
  ]);
  const headers = ["ours, int4", "llama.cpp, Q4_0", "ratio", "wanted"];
  const table = formatTable(["tokens/s", ...headers.map(right)], rows);
  return `${(parameters / 1e6).toFixed(0)} million parameters\n${table}`;
}
