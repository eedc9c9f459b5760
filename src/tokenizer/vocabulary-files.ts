/** @file `vocab.json` and `merges.txt`, the older pair of vocabulary files. */
import { DataError, readJsonFile, readTextFile } from "../base/index.ts";
import { checkMerges, checkVocabulary } from "./definition.ts";

/** Twice the largest tokenizer.json in use. */
export const maxVocabularyBytes = 64e6;

/** The two files of a byte-pair vocabulary. */
export interface VocabularyFiles {
  readonly vocabFile: string;
  readonly mergesFile: string;
}

/** A byte-pair vocabulary: tokens with ids, merges in rank order. */
export interface BytePairs {
  readonly vocabulary: ReadonlyMap<string, number>;
  readonly merges: readonly (readonly [string, string])[];
}

/**
 * Read and check both files.
 * @throws DataError `file.missing`, `json.syntax`, `tokenizer.vocab` or `tokenizer.merges`, naming the line
 */
export function readVocabularyFiles({ vocabFile, mergesFile }: VocabularyFiles): BytePairs {
  const vocabulary = checkVocabulary(readJsonFile(vocabFile, maxVocabularyBytes), vocabFile);
  const lines = readTextFile(mergesFile, maxVocabularyBytes).split(/\r?\n/);
  if (lines.at(-1) === "") lines.pop();
  const numbered = lines
    .map((text, i) => ({ text, where: `${mergesFile}:${i + 1}` }))
    .filter(({ text }) => !text.startsWith("#version"));
  const pairs = numbered.map(({ text, where }) => splitMerge(text, where));
  return { vocabulary, merges: checkMerges(pairs, vocabulary, (i) => numbered[i]!.where) };
}

function splitMerge(line: string, where: string): readonly [string, string] {
  const [left, right, ...rest] = line.split(" ");
  if (left && right && rest.length === 0) return [left, right];
  throw new DataError("tokenizer.merges", "bad merge", {
    expected: "two tokens with one space between",
    got: JSON.stringify(line.slice(0, 60)),
    where,
  });
}
