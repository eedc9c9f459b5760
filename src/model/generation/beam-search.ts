/**
 * @file Beam search, and beam sampling.
 * Source: transformers 4.36 generation/utils.py `beam_search`, `beam_sample` and beam_search.py `BeamSearchScorer`.
 */
import { Random } from "../../base/index.ts";
import { nextInput, occupantsOf } from "./batch.ts";
import { BeamHypotheses, type Hypothesis } from "./beam-hypotheses.ts";
import { forbidTokens } from "./forbidden-tokens.ts";
import { drawCandidates, warp } from "./sampling.ts";
import { type Generated, padded, type Search } from "./search.ts";
import { type Candidate, topCandidates } from "./top-candidates.ts";

/** A running hypothesis. */
interface Beam {
  readonly tokens: readonly number[];
  /** Sum of log-probabilities, rounded to float32 at every step as in the reference. */
  readonly score: number;
  /** Beam of the previous step that it continues. */
  readonly parent: number;
}

interface Example {
  readonly hypotheses: BeamHypotheses;
  readonly random: Random;
  beams: readonly Beam[];
  isDone: boolean;
}

/** Beams start out equal; this keeps the search from returning the same sequence `numBeams` times. */
const sameAsFirst = -1e9;

/** `numBeams` rows per example; returns the best `numReturnSequences` of each with their scores. */
export async function searchBeams(search: Search): Promise<Generated> {
  const { decoder, decoding } = search;
  const examples = search.prompts.map((prompt, i) => createExample(search, prompt, i));
  const groupSize = decoding.numBeams * decoder.vocabSize;
  let batch: readonly Example[] = examples;
  let input = nextInput(batch, batch, newestRows);
  for (
    let length = decoding.promptLength + 1;
    length <= decoding.maxLength && batch.length > 0;
    length++
  ) {
    const logProbs = await decoder.step(input.tokens, input.parents);
    for (const [place, example] of batch.entries()) {
      if (example.isDone) continue;
      const group = logProbs.subarray(place * groupSize, (place + 1) * groupSize);
      advance(example, candidatesOf(example, group, search), search);
    }
    if (batch.every(({ isDone }) => isDone)) break;
    const kept = occupantsOf(batch);
    input = nextInput(batch, kept, newestRows);
    batch = kept;
  }
  for (const { hypotheses, beams, isDone } of examples) {
    if (!isDone) for (const { tokens, score } of beams) hypotheses.add(tokens, score);
  }
  return collect(
    examples.flatMap(({ hypotheses }) => hypotheses.best()),
    search,
  );
}

function createExample({ decoding }: Search, prompt: readonly number[], index: number): Example {
  const beams = Array.from({ length: decoding.numBeams }, (_, parent): Beam => {
    const score = parent === 0 || decoding.doSample ? 0 : sameAsFirst;
    return { tokens: prompt, score, parent };
  });
  const random = new Random(decoding.seed, "generate", index);
  return { hypotheses: new BeamHypotheses(decoding), random, beams, isDone: false };
}

function newestRows({ beams }: Example) {
  return beams.map(({ tokens, parent }) => ({ token: tokens.at(-1)!, parent }));
}

/** Enough continuations that, whichever of them end, `numBeams` go on. */
function candidatesOf(
  { beams, random }: Example,
  logProbs: Float32Array,
  { decoder: { vocabSize }, decoding, eosTokens }: Search,
): Candidate[] {
  const rows = beams.map(({ tokens }, row) => {
    const values = logProbs.subarray(row * vocabSize, (row + 1) * vocabSize);
    forbidTokens(values, tokens, eosTokens, decoding);
    return values;
  });
  const scores = beams.map(({ score }) => score);
  const count = Math.max(2, 1 + eosTokens.length) * decoding.numBeams;
  if (!decoding.doSample) return topCandidates(logProbs, scores, vocabSize, count);
  const choices = rows.map((row) => warp(row, decoding, eosTokens.length + 1));
  return drawCandidates(choices, scores, count, random);
}

/** Candidates with an end token become hypotheses if among the best `numBeams`; the others go on. */
function advance(example: Example, candidates: readonly Candidate[], search: Search): void {
  const { numBeams, promptLength } = search.decoding;
  const { beams, hypotheses } = example;
  const newTokens = beams[0]!.tokens.length + 1 - promptLength;
  const next: Beam[] = [];
  for (const [rank, { score, row, token }] of candidates.entries()) {
    const { tokens } = beams[row]!;
    if (!search.eosTokens.includes(token)) {
      next.push({ tokens: [...tokens, token], score, parent: row });
      // a sequence that ends at once has no length to be scored by: the reference skips it
    } else if (rank < numBeams && newTokens > 1) {
      hypotheses.add(tokens, score);
    }
    if (next.length === numBeams) break;
  }
  example.beams = next;
  example.isDone = hypotheses.isDone(candidates[0]!.score, newTokens);
}

/** Close every sequence with an end token where it fits, and pad. */
function collect(best: readonly Hypothesis[], search: Search): Generated {
  const { decoding, eosTokens, padToken } = search;
  const longest = best.reduce((most, { tokens }) => Math.max(most, tokens.length), 0);
  const width = Math.min(longest + 1, decoding.maxLength);
  const closed = best.map(({ tokens }) =>
    tokens.length < width ? [...tokens, ...eosTokens.slice(0, 1)] : tokens,
  );
  for (const [sequence, tokens] of closed.entries()) {
    for (const token of tokens.slice(decoding.promptLength)) decoding.onToken(token, sequence);
  }
  const sequencesScores = best.map(({ score }) => Math.fround(score));
  return { sequences: padded(closed, width, padToken), sequencesScores };
}
