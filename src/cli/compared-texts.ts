/** @file The functions that tokenizers are compared on: of a corpus, or of a file. */
import { DataError, parseJson, UsageError } from "../base/index.ts";
import { forEachLine, normalizeLanguage, openCorpus, type SplitName } from "../data/index.ts";

/** Where the functions come from: one of `data` and `corpus`. */
export interface ComparedSource {
  readonly data?: string | undefined;
  readonly corpus?: string | undefined;
  readonly split: SplitName;
  /** Most functions of each language. */
  readonly maxFunctions: number;
}

/**
 * Code by language, in order.
 * @throws UsageError `usage.source`; DataError `data.empty`, `data.record` and those of the readers
 */
export async function readComparedTexts(source: ComparedSource): Promise<Map<string, string[]>> {
  const { data, corpus, maxFunctions } = source;
  if ((data === undefined) === (corpus === undefined)) {
    throw new UsageError("usage.source", "nothing to compare on, or two things", {
      expected: "--data FILE or --corpus FOLDER",
      got: data === undefined ? "neither" : "both",
    });
  }
  const texts = new Map<string, string[]>();
  const wants = (language: string) => (texts.get(language)?.length ?? 0) < maxFunctions;
  const add = (language: string, code: string) => {
    const known = texts.get(language);
    if (known === undefined) texts.set(language, [code]);
    else if (known.length < maxFunctions) known.push(code);
  };
  if (corpus !== undefined) readCorpus(corpus, source.split, wants, add);
  else await readFile(data!, add);
  if (texts.size > 0) return new Map([...texts].sort(([a], [b]) => (a < b ? -1 : 1)));
  throw new DataError("data.empty", "no function to compare on", {
    expected: "at least one",
    where: corpus === undefined ? data! : `${corpus}, ${source.split}`,
    ...(corpus === undefined ? {} : { help: "choose another --split" }),
  });
}

function readCorpus(
  folder: string,
  name: SplitName,
  wants: (language: string) => boolean,
  add: (language: string, code: string) => void,
): void {
  const corpus = openCorpus(folder, { verify: "index" });
  try {
    const split = corpus.split(name);
    for (let i = 0; i < split.length; i++) {
      const language = split.language(i);
      if (wants(language)) add(language, corpus.tokenizer.decode(split.codeTokens(i)));
    }
  } finally {
    corpus.close();
  }
}

/** JSON lines with `code` and maybe `language`; in any other file each line is a function. */
async function readFile(path: string, add: (language: string, code: string) => void) {
  const isJson = /\.jsonl?(?:\.gz)?$/.test(path);
  await forEachLine(path, { lineEnds: "lf" }, (line, number) => {
    if (line.trim() === "") return;
    if (!isJson) return add("text", line);
    const where = `${path}:${number}`;
    const { code, language } = (parseJson(line, where) ?? {}) as Record<string, unknown>;
    if (typeof code !== "string") {
      throw new DataError("data.record", 'no text in field "code"', {
        expected: "a string",
        where,
      });
    }
    add(typeof language === "string" ? normalizeLanguage(language) : "text", code);
  });
}
