/** @file `codet5 tokenizer decode`: ids to text. */
import { z } from "zod";
import { DataError } from "../../base/index.ts";
import { loadTokenizer, type Tokenizer } from "../../tokenizer/index.ts";
import { readTexts } from "../text-input.ts";
import { defineVerb } from "../verb.ts";

export const verb = defineVerb({
  arguments: ["folder", "ids"],
  options: z.strictObject({
    folder: z.string().meta({ description: "folder with the tokenizer's files" }),
    ids: z.array(z.int().min(0)).default([]).meta({
      description: "ids of one text",
      defaultText: "lines of --file or stdin",
    }),
    file: z.string().optional().meta({
      description: "file of ids, one text per line, apart by spaces or commas",
    }),
    skipSpecialTokens: z.boolean().default(false).meta({ description: "leave out <s>, </s>, …" }),
  }),
  examples: [
    { command: "codet5 tokenizer decode my-model 1 327 619 31 2", text: "text of five ids" },
    {
      command: "codet5 tokenizer encode my-model 'a = 1' | codet5 tokenizer decode my-model",
      text: "there and back",
    },
  ],
  async run({ options, stdin }) {
    const tokenizer = await loadTokenizer(options.folder);
    const { file, skipSpecialTokens } = options;
    const sequences =
      options.ids.length > 0
        ? [options.ids]
        : (await readTexts({ file, stdin, isByLine: true })).map((line, i) =>
            readIds(line, `${file ?? "standard input"}:${i + 1}`),
          );
    for (const ids of sequences) requireKnown(ids, tokenizer);
    const texts = sequences.map((ids) => tokenizer.decode(ids, { skipSpecialTokens }));
    return { json: { texts }, text: texts.map((text) => `${text}\n`).join("") };
  },
});

function readIds(line: string, where: string): number[] {
  const words = line.split(/[\s,[\]]+/).filter((word) => word !== "");
  return words.map((word) => {
    if (/^\d{1,9}$/.test(word)) return Number(word);
    const got = JSON.stringify(word.slice(0, 40));
    throw new DataError("tokenizer.id", "not an id", { expected: "an integer >= 0", got, where });
  });
}

function requireKnown(ids: readonly number[], tokenizer: Tokenizer): void {
  const unknown = ids.find((id) => tokenizer.idToToken(id) === undefined);
  if (unknown === undefined) return;
  throw new DataError("tokenizer.id", "id outside the vocabulary", {
    expected: `one of ${tokenizer.vocabSize} ids`,
    got: String(unknown),
  });
}
