/** @file `codet5 generate`: text in, text out, streamed on a terminal. */
import type { Readable } from "node:stream";
import { z } from "zod";
import { ConfigError } from "../../base/index.ts";
import { loadModel, type Model } from "../../model/index.ts";
import { loadTokenizer, type Tokenizer } from "../../tokenizer/index.ts";
import { modelField, quantizationField } from "../run-fields.ts";
import { readTexts } from "../text-input.ts";
import { defineVerb } from "../verb.ts";

const size = z.int().min(1);

const options = z.strictObject({
  files: z.array(z.string()).default([]).meta({
    description: "text files, each one input",
    defaultText: "standard input",
  }),
  model: modelField,
  quantization: quantizationField,
  lines: z.boolean().default(false).meta({ description: "every line is an input of its own" }),
  maxLength: size.default(256).meta({ description: "longest output", unit: "tokens" }),
  minNewTokens: z.int().min(0).default(0).meta({ description: "shortest output", unit: "tokens" }),
  maxSourceLength: size.default(512).meta({ description: "longest input", unit: "tokens" }),
  numBeams: size.default(1).meta({ description: "hypotheses kept while searching" }),
  numReturnSequences: size.default(1).meta({ description: "outputs per input" }),
  lengthPenalty: z.number().default(1).meta({ description: "beams: above 1 favours long outputs" }),
  noRepeatNgramSize: z.int().min(0).default(0).meta({ description: "no n-gram twice; 0: allowed" }),
  earlyStopping: z
    .boolean()
    .default(false)
    .meta({ description: "beams: end at num-beams outputs" }),
  doSample: z
    .boolean()
    .default(false)
    .meta({ description: "draw tokens instead of the likeliest" }),
  temperature: z
    .number()
    .positive()
    .default(1)
    .meta({ description: "sampling: above 1 is wilder" }),
  topK: z.int().min(0).default(50).meta({ description: "sampling: likeliest tokens only; 0: all" }),
  topP: z.number().positive().max(1).default(1).meta({
    description: "sampling: likeliest tokens with this probability together",
  }),
});

type Options = z.output<typeof options> & { readonly seed: number };

/** What came of one input. */
interface Generation {
  readonly input: number;
  readonly texts: readonly string[];
  readonly scores?: readonly number[];
  /** True when the input was longer than `maxSourceLength`. */
  readonly truncated: boolean;
}

async function generateOne(
  model: Model,
  tokenizer: Tokenizer,
  text: string,
  input: number,
  settings: Options,
  write: (piece: string) => void,
): Promise<Generation> {
  const { ids, truncated } = tokenizer.encode(text, { maxLength: settings.maxSourceLength });
  const isStreamed = settings.numReturnSequences === 1 && settings.numBeams === 1;
  const stream = tokenizer.decodeStream({ skipSpecialTokens: true });
  const {
    files: _files,
    model: _model,
    quantization: _quantization,
    lines: _lines,
    maxSourceLength: _max,
    ...decoding
  } = settings;
  const { sequences, sequencesScores } = await model.generate({
    ...decoding,
    inputIds: [ids],
    ...(isStreamed ? { onToken: (token: number) => write(stream.push(token)) } : {}),
  });
  const texts = sequences.map((ids) => tokenizer.decode(ids, { skipSpecialTokens: true }));
  write(isStreamed ? `${stream.end()}\n` : `${texts.join("\n")}\n`);
  return { input, texts, truncated, ...(sequencesScores ? { scores: sequencesScores } : {}) };
}

function requireGenerative({ head }: Model, where: string): void {
  if (head === "generation") return;
  throw new ConfigError("generate.head", "this model classifies, it does not generate", {
    expected: "a checkpoint without a classification head",
    got: `the head ${head}`,
    where,
    help: "codet5 evaluate scores it",
  });
}

async function readInputs({ files, lines }: Options, stdin: Readable): Promise<string[]> {
  const sources = files.length === 0 ? [undefined] : files;
  const texts: string[] = [];
  for (const file of sources) texts.push(...(await readTexts({ file, stdin, isByLine: lines })));
  return lines ? texts.filter((text) => text.trim() !== "") : texts;
}

export const verb = defineVerb({
  arguments: ["files"],
  options,
  examples: [
    {
      command: "codet5 generate --model runs/java-cs/best Method.java",
      text: "translate one file, greedy, tokens as they come",
    },
    {
      command: "codet5 generate --model runs/java-cs/best --lines --num-beams 10 --json",
      text: "one input per line of standard input, beam 10, JSON out",
    },
  ],
  async run(call) {
    const { options: settings, stdin, write, warn, log } = call;
    const { quantization } = settings;
    const model = await loadModel(settings.model, { quantization, onNews: log });
    requireGenerative(model, settings.model);
    const tokenizer = await loadTokenizer(settings.model);
    const inputs = await readInputs(settings, stdin);
    const results: Generation[] = [];
    for (const [index, text] of inputs.entries()) {
      results.push(await generateOne(model, tokenizer, text.trimEnd(), index, settings, write));
    }
    await model.release();
    const cut = results.filter(({ truncated }) => truncated).length;
    if (cut > 0) warn(`${cut} inputs were longer than ${settings.maxSourceLength} tokens and cut`);
    return { json: { results } };
  },
});
