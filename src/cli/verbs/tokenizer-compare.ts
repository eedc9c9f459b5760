/** @file `codet5 tokenizer compare`: how many tokens several vocabularies need for the same code. */
import { basename, resolve } from "node:path";
import { z } from "zod";
import { loadTokenizer, type Tokenizer } from "../../tokenizer/index.ts";
import { readComparedTexts } from "../compared-texts.ts";
import { formatTable } from "../table.ts";
import { defineVerb } from "../verb.ts";

export const verb = defineVerb({
  arguments: ["folders"],
  options: z.strictObject({
    folders: z.array(z.string()).min(1).meta({
      description: "folders with tokenizers; the others are told relative to the first",
    }),
    data: z.string().optional().meta({
      description: "JSON lines with code and language, or text with a function a line; or gzip",
    }),
    corpus: z.string().optional().meta({ description: "a corpus to take functions from" }),
    split: z.enum(["train", "validation", "test"]).default("test").meta({
      description: "split of the corpus",
    }),
    maxFunctions: z.int().min(1).default(2_000).meta({
      description: "most functions of each language",
    }),
  }),
  examples: [
    {
      command: "codet5 tokenizer compare gpt2 corpus/tokenizer --corpus corpus",
      text: "how much shorter held-out code gets with a vocabulary of its own",
    },
    {
      command: "codet5 tokenizer compare a b --data samples.jsonl.gz --json",
      text: "the same on other code",
    },
  ],
  async run({ options }) {
    const { folders, ...source } = options;
    const tokenizers = await Promise.all(folders.map((folder) => loadTokenizer(folder)));
    const texts = await readComparedTexts(source);
    const languages = [...texts].map(([language, codes]) => compare(language, codes, tokenizers));
    const total = addUp(languages);
    const json = { tokenizers: folders, languages, total };
    return { json, text: tableOf(folders, [...languages, total]) };
  },
});

/** What one tokenizer makes of some functions. */
interface Measure {
  readonly tokens: number;
  readonly unknown: number;
}

interface Comparison {
  readonly language: string;
  readonly functions: number;
  /** By tokenizer, in the order given. */
  readonly results: readonly (Measure & {
    readonly tokensPerFunction: number;
    /** Share of tokens that stand for something the vocabulary lacks, in [0, 1]. */
    readonly unknownShare: number;
    /** Tokens for each token of the first tokenizer. */
    readonly relativeLength: number;
  })[];
}

function compare(
  language: string,
  codes: readonly string[],
  tokenizers: readonly Tokenizer[],
): Comparison {
  return comparison(
    language,
    codes.length,
    tokenizers.map((tokenizer) => measure(codes, tokenizer)),
  );
}

function measure(codes: readonly string[], tokenizer: Tokenizer): Measure {
  let tokens = 0;
  let unknown = 0;
  for (const code of codes) {
    const ids = tokenizer.encodeIds(code, { addSpecialTokens: false });
    tokens += ids.length;
    for (const id of ids) if (id === tokenizer.unkId) unknown++;
  }
  return { tokens, unknown };
}

function comparison(language: string, functions: number, measures: readonly Measure[]): Comparison {
  const results = measures.map(({ tokens, unknown }) => ({
    tokens,
    unknown,
    tokensPerFunction: tokens / functions,
    unknownShare: unknown / Math.max(1, tokens),
    relativeLength: tokens / Math.max(1, measures[0]!.tokens),
  }));
  return { language, functions, results };
}

function addUp(languages: readonly Comparison[]): Comparison {
  const functions = languages.reduce((total, each) => total + each.functions, 0);
  const measures = languages[0]!.results.map((_, i) => ({
    tokens: languages.reduce((total, { results }) => total + results[i]!.tokens, 0),
    unknown: languages.reduce((total, { results }) => total + results[i]!.unknown, 0),
  }));
  return comparison("all", functions, measures);
}

function tableOf(folders: readonly string[], comparisons: readonly Comparison[]): string {
  const names = folders.map((folder) => basename(resolve(folder)));
  const rows = comparisons.flatMap(({ language, functions, results }) =>
    results.map(({ tokensPerFunction, unknownShare, relativeLength }, i) => [
      language,
      functions,
      names[i]!,
      tokensPerFunction,
      `${(100 * unknownShare).toFixed(3)}%`,
      i === 0 ? undefined : `${(100 * (relativeLength - 1)).toFixed(1)}%`,
    ]),
  );
  const right = { align: "right" as const };
  return formatTable(
    [
      "language",
      "functions",
      "tokenizer",
      { header: "tokens per function", digits: 1 },
      { header: "unknown", ...right },
      { header: "against the first", ...right },
    ],
    rows,
  );
}
