/** @file `codet5 tokenizer encode`: text to ids, or to a table of tokens with their offsets. */
import { z } from "zod";
import { type Encoding, loadTokenizer, type Tokenizer } from "../../tokenizer/index.ts";
import { formatTable } from "../table.ts";
import { readTexts } from "../text-input.ts";
import { defineVerb } from "../verb.ts";

export const verb = defineVerb({
  arguments: ["folder", "text"],
  options: z.strictObject({
    folder: z.string().meta({ description: "folder with the tokenizer's files" }),
    text: z.string().optional().meta({ description: "text; without it --file or stdin is read" }),
    file: z.string().optional().meta({ description: "file to read, plain or gzip with --lines" }),
    lines: z.boolean().default(false).meta({ description: "each line is a text of its own" }),
    maxLength: z.int().min(1).optional().meta({
      description: "cut longer texts, special tokens included",
      unit: "tokens",
      defaultText: "no limit",
    }),
    specialTokens: z.boolean().default(true).meta({ description: "put <s> and </s> around" }),
    show: z.enum(["ids", "tokens"]).default("ids").meta({ description: "what to print" }),
  }),
  examples: [
    { command: "codet5 tokenizer encode my-model 'return x;'", text: "ids of a line of code" },
    {
      command: "codet5 tokenizer encode my-model --file Main.java --show tokens",
      text: "every token of a file with its place",
    },
    {
      command: "cat functions.txt | codet5 tokenizer encode my-model --lines --json",
      text: "ids and offsets of every line",
    },
  ],
  async run({ options, stdin, warn }) {
    const { text, file, lines, maxLength, specialTokens, show } = options;
    const tokenizer = await loadTokenizer(options.folder);
    const texts = await readTexts({ text, file, stdin, isByLine: lines });
    const settings = { addSpecialTokens: specialTokens, ...(maxLength ? { maxLength } : {}) };
    const encodings = texts.map((each) => tokenizer.encode(each, settings));
    const numTruncated = encodings.filter(({ truncated }) => truncated).length;
    if (numTruncated > 0) {
      warn(`${numTruncated} of ${texts.length} texts were cut to ${maxLength} tokens`);
    }
    const numTokens = encodings.reduce((total, { ids }) => total + ids.length, 0);
    const print = show === "ids" ? idLine : tokenTable;
    return {
      json: { numTexts: texts.length, numTokens, numTruncated, encodings },
      text: encodings.map((each, i) => print(each, tokenizer, texts[i]!)).join("\n"),
    };
  },
});

function idLine({ ids }: Encoding): string {
  return ids.join(" ");
}

function tokenTable({ ids, offsets }: Encoding, tokenizer: Tokenizer, text: string): string {
  const rows = ids.map((id, i) => {
    const [start, end] = offsets[i]!;
    return [id, tokenizer.idToToken(id), start, end, JSON.stringify(text.slice(start, end))];
  });
  return formatTable(["id", "token", "start", "end", "text"], rows);
}
