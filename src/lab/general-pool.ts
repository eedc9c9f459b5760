/** @file Code to learn from without labels: the training samples' own, or a corpus. */
import { DataError } from "../base/index.ts";
import { type LabelledSample, openCorpus } from "../data/index.ts";
import { type ExamplePool, poolOf } from "../pretraining/index.ts";
import { extractIdentifiers, type Language, languages, loadGrammar } from "../syntax/index.ts";
import type { Tokenizer } from "../tokenizer/index.ts";

/** Code of samples as a pool of examples, each once an epoch. */
export async function poolOfSamples(
  samples: readonly LabelledSample[],
  tokenizer: Tokenizer,
): Promise<ExamplePool> {
  const grammars = new Map(
    await Promise.all(
      [...new Set(samples.map(({ language }) => language))]
        .filter((name) => Object.hasOwn(languages, name))
        .map(async (name) => [name, await loadGrammar(name as Language)] as const),
    ),
  );
  // parsed once, whatever the number of passes
  const parsed: Int32Array[] = [];
  const identifiersOf = (i: number) => {
    const { language, code } = samples[i]!;
    const grammar = grammars.get(language);
    parsed[i] ??=
      grammar === undefined
        ? new Int32Array(0)
        : extractIdentifiers(grammar, code, { timeoutMs: 1000 }).identifiers;
    return parsed[i];
  };
  const lengths = samples.map(({ code }) => {
    return tokenizer.encodeIds(code, { addSpecialTokens: false }).length;
  });
  const all = [...samples.keys()];
  return {
    length: samples.length,
    numTokens: (i) => lengths[i]!,
    hasDocstring: () => false,
    language: (i) => samples[i]!.language,
    example: (i) => {
      const { language, code, id } = samples[i]!;
      return { language, docstring: "", code, identifiers: identifiersOf(i), path: id };
    },
    epoch: () => all,
  };
}

/** Pools of a corpus's training and validation functions, in some languages only; close it at the end. */
export function poolsOfCorpus(
  folder: string,
  names: readonly string[],
  tokenizer: Tokenizer,
): { readonly train: ExamplePool; readonly validation: ExamplePool; close(): void } {
  const corpus = openCorpus(folder, { verify: "index", tokenizer });
  const leaveOut = corpus.manifest.languages.filter((name) => !names.includes(name));
  const pool = (part: "train" | "validation") =>
    poolOf([{ split: corpus.split(part), weight: 1 }], { leaveOut });
  const pools = { train: pool("train"), validation: pool("validation") };
  const empty = (["train", "validation"] as const).find((part) => pools[part].length === 0);
  if (empty === undefined) return { ...pools, close: corpus.close };
  corpus.close();
  throw new DataError("lab.empty", `the corpus has no ${empty} functions in the fold's languages`, {
    expected: `functions in ${names.join(", ")}`,
    got: "none",
    where: folder,
  });
}
