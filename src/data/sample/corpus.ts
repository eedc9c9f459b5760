/** @file The sample corpus as files, in the layouts the tasks read. */
import { checkRange, type TranslationPair, translationPairs } from "./generate.ts";
import { generateLabelledSamples } from "./labelled.ts";

/** How much of what. */
export interface CorpusOptions {
  /** Any integer; the same seed gives the same files on every machine. */
  readonly seed: number;
  /** Translation pairs, per split. */
  readonly train: number;
  readonly valid: number;
  readonly test: number;
  /** Programs with a weakness; each gives two samples in each of four languages. */
  readonly programs: number;
  /** 1 short functions, 2 usual, 3 long; 2 if absent. */
  readonly difficulty?: 1 | 2 | 3;
}

/** The next pairs of which neither side occurred before. */
function take(
  pairs: Iterator<TranslationPair>,
  count: number,
  seen: Set<string>,
): TranslationPair[] {
  const taken: TranslationPair[] = [];
  while (taken.length < count) {
    const pair: TranslationPair = pairs.next().value;
    if (seen.has(pair.source) || seen.has(pair.target)) continue;
    seen.add(pair.source).add(pair.target);
    taken.push(pair);
  }
  return taken;
}

const linesOf = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join("");

/**
 * The corpus by relative path: `translate/{train,valid,test}.java-cs.txt.{java,cs}` as in CodeXGLUE,
 * no line in two places, and `vulnerability.jsonl` of labelled samples, to be split by group.
 * @throws ConfigError `sample.count`
 */
export function sampleCorpusFiles(options: CorpusOptions): Record<string, string> {
  const { seed, train, valid, test, programs, difficulty = 2 } = options;
  for (const count of [train, valid, test, programs]) checkRange({ seed, count });
  const endless = { seed, count: Number.MAX_SAFE_INTEGER, difficulty };
  const pairs = translationPairs({ ...endless, source: "java", target: "csharp" });
  const seen = new Set<string>();
  const files: Record<string, string> = {};
  for (const [split, count] of Object.entries({ train, valid, test })) {
    const taken = take(pairs, count, seen);
    files[`translate/${split}.java-cs.txt.java`] = linesOf(taken.map((pair) => pair.source));
    files[`translate/${split}.java-cs.txt.cs`] = linesOf(taken.map((pair) => pair.target));
  }
  const samples = generateLabelledSamples({ seed, count: programs, difficulty });
  files["vulnerability.jsonl"] = linesOf(samples.map((sample) => JSON.stringify(sample)));
  return files;
}
