/** @file Do words tell the label? A baseline's area under the curve, and the words most tied to a label. */
import { ConfigError, Random } from "../../base/index.ts";
import { rocAuc } from "../../metrics/index.ts";
import type { LabelledSample } from "../labelled-samples.ts";
import { scoreOf, trainNaiveBayes } from "./naive-bayes.ts";
import { type Bag, bagOf, Vocabulary, type WordOrder } from "./words.ts";

/** How to look. */
export interface LeakOptions {
  /** Any integer. */
  readonly seed: number;
  /** Parts of the data, each guessed by a baseline that learned from the others; at least 2, default 5. */
  readonly folds?: number;
  /** 1: words alone. 2: also which word follows which. Default 1. */
  readonly order?: WordOrder;
  /** Samples that share this are in one part; the sample's group if absent. */
  readonly partOf?: (sample: LabelledSample) => string;
  /** Words listed per label; default 20. */
  readonly numWords?: number;
}

/** A word that occurs with one label more than with the other. */
export interface TellingWord {
  readonly word: string;
  /** Samples of either label that hold it. */
  readonly safe: number;
  readonly vulnerable: number;
  /** Standard score of the log-odds ratio: above 0 when it goes with label 1. */
  readonly z: number;
}

/** How far words tell the label. */
export interface LeakReport {
  readonly numSamples: number;
  readonly order: WordOrder;
  /** ROC AUC of the baseline over held-out parts, in [0, 1]; NaN when a class is missing. */
  readonly auc: number;
  readonly languages: Readonly<Record<string, { readonly samples: number; readonly auc: number }>>;
  /** Most telling first. */
  readonly words: readonly TellingWord[];
  /** Samples with words such as `vulnerable` or `fixed` in their names, per word. */
  readonly labelWords: Readonly<
    Record<string, { readonly safe: number; readonly vulnerable: number }>
  >;
}

/**
 * Score every sample by a naive Bayes baseline that has not seen its part of the data.
 * @returns log-odds of label 1, one a sample
 * @throws ConfigError `leaks.folds` when there are fewer parts than folds
 */
export function baselineScores(
  samples: readonly LabelledSample[],
  options: LeakOptions,
): Float64Array {
  const vocabulary = new Vocabulary();
  const bags = samples.map(({ code }) => bagOf(code, vocabulary, options.order));
  return heldOutScores(samples, bags, vocabulary.size, options);
}

function heldOutScores(
  samples: readonly LabelledSample[],
  bags: readonly Bag[],
  numWords: number,
  { seed, folds = 5, partOf = ({ group }) => group }: LeakOptions,
): Float64Array {
  const parts = new Map<string, number[]>();
  for (const [index, sample] of samples.entries()) {
    const part = partOf(sample);
    const known = parts.get(part);
    if (known === undefined) parts.set(part, [index]);
    else known.push(index);
  }
  if (folds < 2 || parts.size < folds) throw tooFewParts(folds, parts.size);
  const names = new Random(seed, "leaks").shuffle([...parts.keys()].sort());
  const labels = samples.map(({ label }) => label);
  const scores = new Float64Array(samples.length);
  for (let fold = 0; fold < folds; fold++) {
    const held = new Set(names.filter((_, place) => place % folds === fold));
    const learned = names.filter((name) => !held.has(name)).flatMap((name) => parts.get(name)!);
    const model = trainNaiveBayes(bags, labels, learned, numWords);
    for (const name of held) {
      for (const index of parts.get(name)!) scores[index] = scoreOf(model, bags[index]!);
    }
  }
  return scores;
}

function tooFewParts(folds: number, parts: number): ConfigError {
  return new ConfigError("leaks.folds", "too few groups to hold some of them out", {
    expected: `at least 2 folds and as many groups (folds: ${folds})`,
    got: `${parts} groups`,
    help: "a group is what a split keeps together; see the samples' field group",
  });
}

/**
 * Look for words that tell the label.
 * @throws ConfigError `leaks.folds`
 */
export function findLeaks(samples: readonly LabelledSample[], options: LeakOptions): LeakReport {
  const { order = 1, numWords = 20 } = options;
  const vocabulary = new Vocabulary();
  const bags = samples.map(({ code }) => bagOf(code, vocabulary, order));
  const scores = heldOutScores(samples, bags, vocabulary.size, options);
  const aucOf = (indices: readonly number[]) =>
    rocAuc(
      indices.map((index) => scores[index]!),
      indices.map((index) => samples[index]!.label),
    );
  const languages = new Map<string, number[]>();
  for (const [index, { language }] of samples.entries()) {
    if (!languages.has(language)) languages.set(language, []);
    languages.get(language)!.push(index);
  }
  const byLanguage = [...languages].sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    numSamples: samples.length,
    order,
    auc: aucOf([...samples.keys()]),
    languages: Object.fromEntries(
      byLanguage.map(([name, indices]) => [name, { samples: indices.length, auc: aucOf(indices) }]),
    ),
    words: tellingWords(samples, bags, vocabulary, numWords),
    labelWords: countLabelWords(samples),
  };
}

/** Fewer samples than this say nothing about a word. */
const fewestSamples = 5;

/** The words whose log-odds ratio is most significant, in either direction. */
function tellingWords(
  samples: readonly LabelledSample[],
  bags: readonly Bag[],
  vocabulary: Vocabulary,
  numWords: number,
): TellingWord[] {
  const counts = [new Int32Array(vocabulary.size), new Int32Array(vocabulary.size)] as const;
  const totals: [number, number] = [0, 0];
  for (const [index, { label }] of samples.entries()) {
    totals[label] += 1;
    for (const id of bags[index]!.ids) counts[label][id]! += 1;
  }
  const words = vocabulary.words.map((word, id) => {
    const [safe, vulnerable] = [counts[0][id]!, counts[1][id]!];
    return { word, safe, vulnerable, z: standardScore(safe, vulnerable, totals) };
  });
  const frequent = words.filter(({ safe, vulnerable }) => safe + vulnerable >= fewestSamples);
  frequent.sort((a, b) => Math.abs(b.z) - Math.abs(a.z) || (a.word < b.word ? -1 : 1));
  return frequent.slice(0, numWords);
}

/** Log-odds ratio over its standard error, with half a sample added to each count (Haldane). */
function standardScore(
  safe: number,
  vulnerable: number,
  totals: readonly [number, number],
): number {
  const cells = [
    vulnerable + 0.5,
    totals[1] - vulnerable + 0.5,
    safe + 0.5,
    totals[0] - safe + 0.5,
  ] as const;
  const ratio = Math.log((cells[0] * cells[3]) / (cells[1] * cells[2]));
  return ratio / Math.sqrt(cells.reduce((sum, cell) => sum + 1 / cell, 0));
}

/** Words that say what the label is, as whole parts of a name. */
const labelWord =
  /^(?:vuln|vulns|vulnerable|vulnerability|vulnerabilities|unsafe|safe|insecure|secure|bad|good|fixed|patched|tainted|sanitized|exploit|attack|malicious|cwe|cve|flaw|benign|incident)$/;

function countLabelWords(samples: readonly LabelledSample[]) {
  const found = new Map<string, { safe: number; vulnerable: number }>();
  for (const { code, label } of samples) {
    const parts = code.match(/[A-Z]?[a-z]+|[A-Z]+(?![a-z])/g) ?? [];
    const words = new Set(parts.map((part) => part.toLowerCase()).filter((w) => labelWord.test(w)));
    for (const word of words) {
      const count = found.get(word) ?? { safe: 0, vulnerable: 0 };
      count[label === 1 ? "vulnerable" : "safe"] += 1;
      found.set(word, count);
    }
  }
  return Object.fromEntries([...found].sort(([a], [b]) => (a < b ? -1 : 1)));
}
