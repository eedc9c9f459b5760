/** @file `codet5 tokenizer train`: a new byte-level BPE vocabulary from text. */
import { z } from "zod";
import { makeFolder } from "../../base/index.ts";
import { trainTokenizer } from "../../tokenizer/index.ts";
import { requireFreeOutput, tokenizerOutputOptions, writeTokenizer } from "../tokenizer-output.ts";
import { readTrainingTexts } from "../training-texts.ts";
import { type Call, defineVerb } from "../verb.ts";

export const verb = defineVerb({
  arguments: ["files"],
  options: z.strictObject({
    files: z.array(z.string()).min(1).meta({ description: "text or JSON-lines files, or gzip" }),
    fields: z.array(z.string()).default([]).meta({
      description: "fields of JSON lines that hold the text",
      defaultText: "plain text",
    }),
    vocabSize: z.int().min(257).default(32_000).meta({
      description: "special tokens, 256 bytes and merges; sentinels come on top",
      unit: "tokens",
    }),
    minFrequency: z.int().min(0).default(3).meta({
      description: "a pair seen less often is not merged",
      unit: "times",
    }),
    specialTokens: z.array(z.string()).default(["<pad>", "<s>", "</s>", "<unk>", "<mask>"]).meta({
      description: "tokens that get the first ids",
    }),
    sentinels: z.int().min(0).max(10_000).default(100).meta({
      description: "<extra_id_*> tokens after the vocabulary",
      unit: "tokens",
    }),
    lines: z.boolean().default(true).meta({ description: "no token goes beyond a line end" }),
    ...tokenizerOutputOptions,
  }),
  examples: [
    {
      command: "codet5 tokenizer train code.txt docs.txt --out my-tokenizer",
      text: "CodeT5's settings: 32,000 tokens and 100 sentinels",
    },
    {
      command:
        "codet5 tokenizer train train.jsonl.gz --fields code --vocab-size 8000 --out my-tokenizer",
      text: "a small vocabulary from the code of labelled samples",
    },
  ],
  async run(call) {
    const { files, fields, lines, vocabSize, minFrequency, specialTokens, sentinels } =
      call.options;
    requireFreeOutput(call.options);
    const texts = await readTrainingTexts(files, { fields, isByLine: lines });
    // where nothing can be written is told before the work
    makeFolder(call.options.out);
    const tokenizer = trainTokenizer(texts, {
      vocabSize,
      minFrequency,
      specialTokens,
      numSentinels: sentinels,
      useLines: lines,
      onProgress: trainingProgress(call, totalMegabytes(texts), vocabSize),
    });
    const json = writeTokenizer(tokenizer, call.options);
    const numMissing = vocabSize + sentinels - json.vocabSize;
    if (numMissing > 0) {
      call.warn(`${numMissing} tokens fewer than asked: no more pairs seen ${minFrequency} times`);
    }
    return { json, text: `${json.vocabSize} tokens, written to ${json.out}` };
  },
});

const megabyte = 1e6;

function totalMegabytes(texts: readonly string[]): number {
  const bytes = texts.reduce((total, text) => total + Buffer.byteLength(text), 0);
  return Math.ceil(bytes / megabyte);
}

type Report = NonNullable<NonNullable<Parameters<typeof trainTokenizer>[1]>["onProgress"]>;

function trainingProgress(call: Pick<Call, "progress">, total: number, vocabSize: number): Report {
  const words = call.progress({ label: "reading", total, unit: "MB" });
  let merges: typeof words | undefined;
  return ({ stage, done }) => {
    if (stage === "words") return words.update(Math.ceil(done / megabyte));
    merges ??= call.progress({ label: "merging", total: vocabSize, unit: "token", start: done });
    merges.update(done);
  };
}
