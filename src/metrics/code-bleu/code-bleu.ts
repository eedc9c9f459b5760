/** @file CodeBLEU: BLEU of code with keywords, syntax and data flow as three further parts. */
import { DataError } from "../../base/index.ts";
import { type Grammar, loadGrammar } from "../../syntax/index.ts";
import { requirePairs } from "../pairing.ts";
import { pythonSplit, pythonStrip } from "../python-text.ts";
import { stripComments } from "./comments.ts";
import { countCommonFlows, dataFlows } from "./dataflow-match.ts";
import { flowTables } from "./flow-tables.ts";
import { type CodeBleuLanguage, keywords } from "./keywords.ts";
import { addNgrams, bleuOf, countNgrams, type NgramTotals, noNgrams } from "./ngram-match.ts";
import { referenceTree } from "./reference-trees.ts";
import { countCommonSubtrees, type SubtreeNumbers, subtreeNumbering } from "./syntax-match.ts";

/** CodeBLEU and its parts, each in [0, 1]; higher is better. */
export interface CodeBleuScore {
  /** The weighted sum of the four parts. */
  readonly codeBleu: number;
  /** Corpus BLEU-4 of white-space tokens, smoothed by method 1. */
  readonly ngram: number;
  /** The same as a recall whose unigrams weigh 1 for keywords, 0.2 for others. */
  readonly weightedNgram: number;
  /** Share of the references' sub-trees that the prediction has. */
  readonly syntax: number;
  /** Share of the references' data flows that the prediction has; 0 where there are none at all. */
  readonly dataFlow: number;
  readonly counts: CodeBleuCounts;
}

/** What the parts are quotients of, summed over all pairs. */
export interface CodeBleuCounts {
  readonly ngram: NgramTotals;
  readonly weightedNgram: NgramTotals;
  /** [matches, of the references]. */
  readonly syntax: readonly [number, number];
  readonly dataFlow: readonly [number, number];
}

/** The weights of n-gram, weighted n-gram, syntax and data flow. */
export type CodeBleuWeights = readonly [number, number, number, number];

/** As the reference; the paper's best are 0.1, 0.1, 0.4, 0.4. */
const equalWeights: CodeBleuWeights = [0.25, 0.25, 0.25, 0.25];

/** CodeBLEU of one language, its grammar loaded. */
export interface CodeBleu {
  readonly language: CodeBleuLanguage;
  /**
   * Count what each prediction shares with its references, for {@link codeBleuOf} of any selection.
   * @param references for each prediction one or more texts
   * @throws DataError `metric.length`, `metric.empty`; `metric.code` for a text of over 2 Mi characters
   */
  count(
    predictions: readonly string[],
    references: readonly (readonly string[])[],
  ): CodeBleuCounts[];
  /** Score a corpus; parameters and errors as of `count`. */
  score(
    predictions: readonly string[],
    references: readonly (readonly string[])[],
    weights?: CodeBleuWeights,
  ): CodeBleuScore;
}

/** Names by which others call the languages. */
const otherNames: Readonly<Record<string, CodeBleuLanguage>> = {
  c_sharp: "csharp",
  cs: "csharp",
  "c#": "csharp",
  js: "javascript",
  ts: "typescript",
  py: "python",
  golang: "go",
  "c++": "cpp",
  rb: "ruby",
  rs: "rust",
};

/**
 * The language of a name, ours or the reference's (`c_sharp`, `js`).
 * @throws DataError `metric.language` with the names
 */
export function codeBleuLanguage(name: string): CodeBleuLanguage {
  const known = name.toLowerCase();
  if (Object.hasOwn(keywords, known)) return known as CodeBleuLanguage;
  if (Object.hasOwn(otherNames, known)) return otherNames[known]!;
  throw new DataError("metric.language", "CodeBLEU has no rules for this language", {
    expected: Object.keys(keywords).join(", "),
    got: JSON.stringify(name),
  });
}

/**
 * CodeBLEU of a language, in [0, 1]; higher is better: the mean of n-gram match, weighted n-gram match,
 * syntax match and data-flow match over a corpus of white-space separated code.
 *
 * Source: Ren et al. 2020 (arXiv 2009.10297) as salesforce/CodeT5 evaluator/CodeBLEU at 7de7f69 computes it
 * (CodeXGLUE's is the same but for its keywords of Python), quirks included: comments are taken out by
 * Java's rules in every language; a sub-tree may match any number of times; of several references
 * each counts in syntax and data flow. Departures:
 * - Trees are those of today's grammars, rewritten to look like those of 2020 for java, csharp and
 *   python (java-tree.ts and its like list every difference); what the parsers make of broken code
 *   differs still, which moves syntax and data flow by up to 0.0032 on CodeXGLUE's files.
 * - Variables merge in order of first appearance, not of Python's hash seed.
 * - Several references per prediction are scored, where the reference's own assertion stops it.
 * - Code whose data flow takes over two million steps to extract, or whose tree is deeper than Python
 *   recurses, has none.
 * - The other languages have keywords of ours, and typescript, c, cpp and rust rules of data flow of
 *   ours; their trees are not rewritten.
 * @throws DataError `syntax.grammar` when the grammar's package is missing or damaged
 */
export async function loadCodeBleu(language: CodeBleuLanguage): Promise<CodeBleu> {
  const grammar = await loadGrammar(language);
  const count: CodeBleu["count"] = (predictions, references) => {
    requirePairs("codeBleu", predictions, references);
    return predictions.map((prediction, i) => {
      requirePairs("codeBleu", references[i]!, references[i]!);
      return countPair(grammar, language, prediction, references[i]!);
    });
  };
  return {
    language,
    count,
    score: (predictions, references, weights) =>
      codeBleuOf(count(predictions, references), weights),
  };
}

/**
 * CodeBLEU of counted pairs: their sums make the quotients, so a corpus is no mean of its pairs.
 * @throws DataError `metric.empty` without a pair
 */
export function codeBleuOf(
  pairs: readonly CodeBleuCounts[],
  weights: CodeBleuWeights = equalWeights,
): CodeBleuScore {
  requirePairs("codeBleu", pairs, pairs);
  return scoreOf(pairs.reduce(addCounts, noCounts), weights);
}

const noCounts: CodeBleuCounts = {
  ngram: noNgrams,
  weightedNgram: noNgrams,
  syntax: [0, 0],
  dataFlow: [0, 0],
};

function addCounts(a: CodeBleuCounts, b: CodeBleuCounts): CodeBleuCounts {
  return {
    ngram: addNgrams(a.ngram, b.ngram),
    weightedNgram: addNgrams(a.weightedNgram, b.weightedNgram),
    syntax: [a.syntax[0] + b.syntax[0], a.syntax[1] + b.syntax[1]],
    dataFlow: [a.dataFlow[0] + b.dataFlow[0], a.dataFlow[1] + b.dataFlow[1]],
  };
}

function scoreOf(counts: CodeBleuCounts, weights: CodeBleuWeights): CodeBleuScore {
  const share = ([matches, total]: readonly [number, number]) =>
    total === 0 ? 0 : matches / total;
  const parts = {
    ngram: bleuOf(counts.ngram),
    weightedNgram: bleuOf(counts.weightedNgram),
    syntax: share(counts.syntax),
    dataFlow: share(counts.dataFlow),
  };
  const [ngram, weightedNgram, syntax, dataFlow] = weights;
  const codeBleu =
    ngram * parts.ngram +
    weightedNgram * parts.weightedNgram +
    syntax * parts.syntax +
    dataFlow * parts.dataFlow;
  return { codeBleu, ...parts, counts };
}

/** What syntax and data-flow match compare of a text. */
interface CodeParts {
  readonly subtrees: SubtreeNumbers;
  readonly flows: readonly string[];
}

function countPair(
  grammar: Grammar,
  language: CodeBleuLanguage,
  predictionLine: string,
  referenceLines: readonly string[],
): CodeBleuCounts {
  const prediction = pythonStrip(predictionLine);
  const references = referenceLines.map(pythonStrip);
  const { plain, weighted } = countNgrams(
    pythonSplit(prediction),
    references.map(pythonSplit),
    keywords[language],
  );
  const partsOf = partsReader(grammar, language);
  const syntax: [number, number] = [0, 0];
  const dataFlow: [number, number] = [0, 0];
  let candidate = prediction;
  for (const reference of references) {
    candidate = stripComments(candidate); // once more for each reference, as the reference scorer does
    const own = partsOf(candidate);
    const theirs = partsOf(stripComments(reference));
    syntax[0] += countCommonSubtrees(own.subtrees, theirs.subtrees);
    syntax[1] += theirs.subtrees.length;
    dataFlow[0] += countCommonFlows(own.flows, theirs.flows);
    dataFlow[1] += theirs.flows.length;
  }
  return { ngram: plain, weightedNgram: weighted, syntax, dataFlow };
}

/** Parses each text once; sub-trees of all its texts are numbered alike. */
function partsReader(grammar: Grammar, language: CodeBleuLanguage): (code: string) => CodeParts {
  const numbersOf = subtreeNumbering();
  const known = new Map<string, CodeParts>();
  return (code) => {
    const before = known.get(code);
    if (before !== undefined) return before;
    const tree = referenceTree(grammar, code);
    const flows = dataFlows(tree, code, flowTables[language]);
    const parts = { subtrees: numbersOf(tree), flows };
    known.set(code, parts);
    return parts;
  };
}
