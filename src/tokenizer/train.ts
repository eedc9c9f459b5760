/** @file Trains a byte-level BPE vocabulary as Hugging Face's ByteLevelBPETokenizer does. */
import { ConfigError } from "../base/index.ts";
import { byteCharacters } from "./byte-alphabet.ts";
import { codeT5SpecialFiles, codeT5SpecialTokens, numCodeT5Sentinels } from "./codet5.ts";
import { Corpus } from "./corpus.ts";
import { countWords, type WordCounts } from "./count-words.ts";
import { maxVocabularyIds } from "./definition.ts";
import { definitionFromVocabulary } from "./from-vocabulary.ts";
import { PairQueue } from "./pair-queue.ts";
import { PairTable } from "./pair-table.ts";
import { specialToken } from "./special-files.ts";
import { Tokenizer } from "./tokenizer.ts";
import type { BytePairs } from "./vocabulary-files.ts";

/** How far training is. */
export interface TrainProgress {
  /** `words`: reading texts; `merges`: building the vocabulary. */
  readonly stage: "words" | "merges";
  /** UTF-8 bytes read, or tokens in the vocabulary. */
  readonly done: number;
  /** Tokens wanted; unknown while reading. */
  readonly total?: number;
}

/** What to train; the defaults are CodeT5's. */
export interface TrainOptions {
  /** Tokens: special tokens, 256 bytes and merges; sentinels come on top. Default 32,000. */
  readonly vocabSize?: number;
  /** A pair seen less often is not merged. Default 3. */
  readonly minFrequency?: number;
  /** Get the first ids, in this order. Default `<pad> <s> </s> <unk> <mask>`. */
  readonly specialTokens?: readonly string[];
  /** `<extra_id_*>` tokens after the vocabulary. Default 100. */
  readonly numSentinels?: number;
  /** End every word at a line end, as Hugging Face's training from files does. Default false. */
  readonly useLines?: boolean;
  /** Called now and then, from inside the training. */
  readonly onProgress?: (progress: TrainProgress) => void;
}

const progressMerges = 100;

/**
 * Train a tokenizer: repeatedly merge the most frequent adjacent pair, ties going to the smaller left
 * id, then the smaller right id. Deterministic; one thread; memory grows with distinct words only.
 * Source: huggingface/tokenizers models/bpe/trainer.rs at 3ba8ad00. Deviation: counts do not overflow.
 * @param texts read once, in order
 * @throws ConfigError `tokenizer.train` when the options leave no room for the 256 bytes
 */
export function trainTokenizer(texts: Iterable<string>, options: TrainOptions = {}): Tokenizer {
  const {
    vocabSize = 32_000,
    minFrequency = 3,
    specialTokens = codeT5SpecialTokens,
    numSentinels = numCodeT5Sentinels,
    useLines = false,
    onProgress,
  } = options;
  checkOptions(vocabSize, minFrequency, specialTokens, numSentinels);
  const counted = countWords(texts, useLines, (done) => onProgress?.({ stage: "words", done }));
  const bytePairs = learnMerges(counted, { vocabSize, minFrequency, specialTokens }, (done) =>
    onProgress?.({ stage: "merges", done, total: vocabSize }),
  );
  const special = codeT5SpecialFiles(numSentinels);
  const known = Object.entries(special.roles).filter(([, spec]) =>
    specialTokens.includes(spec.content),
  );
  const others = [...specialTokens.map(specialToken), ...special.others];
  const files = { ...special, roles: Object.fromEntries(known), others };
  return new Tokenizer(definitionFromVocabulary(bytePairs, files, "the trained vocabulary"));
}

function checkOptions(
  vocabSize: number,
  minFrequency: number,
  specialTokens: readonly string[],
  numSentinels: number,
): void {
  const fail = (name: string, expected: string, got: unknown) => {
    throw new ConfigError("tokenizer.train", `bad ${name}`, { expected, got: String(got) });
  };
  const isCount = (value: number, least: number) =>
    Number.isInteger(value) && value >= least && value < maxVocabularyIds;
  const least = specialTokens.length + 256;
  const sizes = `an integer from ${least} (special tokens and 256 bytes) to ${maxVocabularyIds - 1}`;
  if (!isCount(vocabSize, least)) fail("vocabSize", sizes, vocabSize);
  if (!(minFrequency >= 0)) fail("minFrequency", "a number of at least 0", minFrequency);
  if (!isCount(numSentinels, 0)) fail("numSentinels", "an integer of at least 0", numSentinels);
  const repeated = specialTokens.find((token, i) => specialTokens.indexOf(token) !== i);
  if (repeated !== undefined) fail("specialTokens", "each token once", repeated);
  if (specialTokens.includes("")) fail("specialTokens", "tokens that are not empty", '""');
}

interface MergeLimits {
  readonly vocabSize: number;
  readonly minFrequency: number;
  readonly specialTokens: readonly string[];
}

/**
 * Special tokens, then the bytes in order of their characters, then merges until the vocabulary is
 * full or no pair is frequent enough.
 * @param onTokens told the size of the vocabulary now and then
 */
function learnMerges(
  counted: WordCounts,
  { vocabSize, minFrequency, specialTokens }: MergeLimits,
  onTokens: (size: number) => void,
): BytePairs {
  const tokens = [...new Set([...specialTokens, ...byteCharacters.toSorted()])];
  const vocabulary = new Map(tokens.map((token, id) => [token, id]));
  const byteIds = Int32Array.from(byteCharacters, (token) => vocabulary.get(token)!);
  const lengths = new Int32Array(Math.max(vocabSize, tokens.length)).fill(1);
  const pairs = new PairTable();
  const corpus = new Corpus(counted, byteIds, lengths, pairs);
  const queue = new PairQueue(pairs);
  const merges: [string, string][] = [];
  for (let queued = 0; vocabulary.size < vocabSize; ) {
    // every pair that a merge creates holds the new token, so pairs are queued once, complete
    for (; queued < pairs.size; queued++) queue.push(queued, pairs.counts[queued]!);
    const pair = nextPair(queue, pairs, Math.max(minFrequency, 1));
    if (pair === undefined) break;
    const left = pairs.lefts[pair]!;
    const right = pairs.rights[pair]!;
    const token = tokens[left]! + tokens[right]!;
    // only a special token can have this string: all its places merge at once
    const result = vocabulary.get(token) ?? tokens.push(token) - 1;
    vocabulary.set(token, result);
    merges.push([tokens[left]!, tokens[right]!]);
    corpus.merge(left, right, result, pairs.takePlaces(pair));
    if (merges.length % progressMerges === 0) onTokens(vocabulary.size);
  }
  onTokens(vocabulary.size);
  return { vocabulary, merges };
}

/** The pair to merge, or undefined when none is frequent enough; counts that fell are queued anew. */
function nextPair(queue: PairQueue, pairs: PairTable, least: number): number | undefined {
  while (queue.size > 0 && queue.topCount >= least) {
    const queued = queue.topCount;
    const pair = queue.pop();
    const count = pairs.counts[pair]!;
    if (count === queued) return pair;
    if (count >= least) queue.push(pair, count);
  }
  return undefined;
}
