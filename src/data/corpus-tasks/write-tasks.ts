/** @file A corpus to data for summarisation and clone detection, split as the corpus is: by project. */
import { join } from "node:path";
import { DataError, makeFolder, Random, writeFileAtomically } from "../../base/index.ts";
import { type Grammar, type Language, languageNames, loadGrammar } from "../../syntax/index.ts";
import { partNames } from "../codexglue/parts.ts";
import type { Corpus, CorpusSplit } from "../corpus/index.ts";
import { writeJsonLines } from "../json-lines.ts";
import type { SplitName } from "../split.ts";
import { type CloneCandidate, cloneCandidate, clonePairs, type MadePair } from "./clones.ts";
import { type DocumentedFunction, documentedFunction } from "./summaries.ts";

export interface CorpusTaskOptions {
  readonly out: string;
  /** Languages to take, all of the corpus by default. */
  readonly languages?: readonly string[] | undefined;
  /** Examples of each task, language and training part; validation and test have a tenth as many each. */
  readonly examples: number;
  readonly seed: number;
  /** Told after each language of each part. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** How many examples of a language were written. */
export interface CorpusTaskCounts {
  readonly language: string;
  readonly part: SplitName;
  readonly summaries: number;
  readonly clones: number;
}

const splitNames = Object.keys(partNames) as SplitName[];

/**
 * Write `summarize/<language>/{train,valid,test}.jsonl` and `clone/data.jsonl` with `clone/{train,valid,test}.txt`, as the
 * readers of CodeXGLUE's data take them. Examples are drawn from the seed without repetition.
 * @throws DataError `corpus.language` for a language the corpus lacks; `disk.full`, `file.unwritable`
 */
export async function writeCorpusTasks(
  corpus: Corpus,
  options: CorpusTaskOptions,
): Promise<readonly CorpusTaskCounts[]> {
  const languages = requireLanguages(corpus, options.languages);
  const counts: CorpusTaskCounts[] = [];
  const pairs: Record<SplitName, MadePair[]> = { train: [], validation: [], test: [] };
  for (const language of languages) {
    const grammar = await loadGrammar(language);
    for (const part of splitNames) {
      const wanted = part === "train" ? options.examples : Math.ceil(options.examples / 10);
      const drawn = drawExamples(corpus.split(part), grammar, {
        ...options,
        language,
        part,
        wanted,
      });
      const made = clonePairs(grammar, drawn.candidates);
      pairs[part].push(...made);
      writeSummaries(join(options.out, "summarize", language), part, drawn.summaries);
      counts.push({ language, part, summaries: drawn.summaries.length, clones: made.length });
      options.onProgress?.(counts.length, languages.length * splitNames.length);
    }
  }
  writeClones(join(options.out, "clone"), pairs);
  return counts;
}

function requireLanguages(
  { manifest }: Corpus,
  wanted: readonly string[] = manifest.languages,
): readonly Language[] {
  const unknown = wanted.find((name) => !manifest.languages.includes(name));
  if (unknown === undefined) return languageNames.filter((name) => wanted.includes(name));
  throw new DataError("corpus.language", "the corpus has no such language", {
    expected: manifest.languages.join(", "),
    got: unknown,
  });
}

interface Draw {
  readonly language: string;
  readonly part: SplitName;
  readonly seed: number;
  readonly wanted: number;
}

/** Functions in drawn order until there are enough of both kinds. */
function drawExamples(split: CorpusSplit, grammar: Grammar, draw: Draw) {
  const { language, part, seed, wanted } = draw;
  const ids = Array.from({ length: split.length }, (_, i) => i);
  const own = ids.filter((i) => split.language(i) === language);
  new Random(seed, "corpus tasks", language, part).shuffle(own);
  const summaries: DocumentedFunction[] = [];
  const candidates: CloneCandidate[] = [];
  for (const i of own) {
    const wantsSummary = summaries.length < wanted && split.hasDocstring(i);
    const wantsClone = candidates.length < wanted;
    if (!wantsSummary && !wantsClone) continue;
    const example = split.example(i);
    const summary = wantsSummary ? documentedFunction(grammar, example) : undefined;
    const candidate = wantsClone ? cloneCandidate(grammar, example.code) : undefined;
    if (summary !== undefined) summaries.push(summary);
    if (candidate !== undefined) candidates.push(candidate);
  }
  return { summaries, candidates };
}

function writeSummaries(
  folder: string,
  part: SplitName,
  summaries: readonly DocumentedFunction[],
): void {
  if (summaries.length === 0) return;
  makeFolder(folder);
  writeJsonLines(join(folder, `${partNames[part]}.jsonl`), summaries);
}

/** Functions are numbered as they come; the pairs name them. */
function writeClones(
  folder: string,
  pairs: Readonly<Record<SplitName, readonly MadePair[]>>,
): void {
  makeFolder(folder);
  const functions: { readonly idx: string; readonly func: string }[] = [];
  const numbered = (func: string) => {
    const idx = String(functions.length);
    functions.push({ idx, func });
    return idx;
  };
  for (const part of splitNames) {
    const lines = pairs[part].map(({ first, second, label }) => {
      return `${numbered(first)}\t${numbered(second)}\t${label}\n`;
    });
    if (lines.length > 0)
      writeFileAtomically(join(folder, `${partNames[part]}.txt`), lines.join(""));
  }
  writeJsonLines(join(folder, "data.jsonl"), functions);
}
