/** @file `codet5 tokenizer import`: CodeT5's pair of vocabulary files to a tokenizer folder. */
import { z } from "zod";
import { loadCodeT5Tokenizer } from "../../tokenizer/index.ts";
import { requireFreeOutput, tokenizerOutputOptions, writeTokenizer } from "../tokenizer-output.ts";
import { defineVerb } from "../verb.ts";

export const verb = defineVerb({
  arguments: ["vocab", "merges"],
  options: z.strictObject({
    vocab: z.string().meta({ description: "JSON file from token to id" }),
    merges: z.string().meta({ description: "text file of merges, one per line" }),
    sentinels: z.int().min(0).max(10_000).default(100).meta({
      description: "<extra_id_*> tokens to add after the vocabulary",
      unit: "tokens",
    }),
    ...tokenizerOutputOptions,
  }),
  examples: [
    {
      command: "codet5 tokenizer import codet5-vocab.json codet5-merges.txt --out codet5-tokenizer",
      text: "CodeT5's own tokenizer, 32,100 tokens",
    },
  ],
  async run({ options }) {
    requireFreeOutput(options);
    const files = { vocabFile: options.vocab, mergesFile: options.merges };
    const tokenizer = loadCodeT5Tokenizer(files, options.sentinels);
    const json = writeTokenizer(tokenizer, options);
    return { json, text: `${json.vocabSize} tokens, written to ${json.out}` };
  },
});
