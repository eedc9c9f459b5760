/** @file Greedy decoding and sampling: every row takes one token at a time and never looks back. */
import { Random } from "../../base/index.ts";
import { nextInput, occupantsOf } from "./batch.ts";
import { forbidTokens } from "./forbidden-tokens.ts";
import { draw, warp } from "./sampling.ts";
import { type Generated, padded, type Search } from "./search.ts";
import { argmax } from "./top-candidates.ts";

/** A sequence being generated. */
interface Row {
  readonly index: number;
  readonly tokens: number[];
  /** A stream of its own, so that no other sequence of the batch changes what is drawn. */
  readonly random: Random;
  isDone: boolean;
}

interface Example {
  readonly rows: readonly Row[];
  readonly isDone: boolean;
}

/**
 * One sequence per row, `numReturnSequences` rows per example.
 * Source: transformers 4.36 generation/utils.py `greedy_search`, `sample`.
 */
export async function searchTokens(search: Search): Promise<Generated> {
  const { decoder, decoding } = search;
  const examples = search.prompts.map((prompt, i) => createExample(search, prompt, i));
  let batch: readonly Example[] = examples;
  let input = nextInput(batch, batch, newestRows);
  for (
    let length = decoding.promptLength + 1;
    length <= decoding.maxLength && batch.length > 0;
    length++
  ) {
    const logProbs = await decoder.step(input.tokens, input.parents);
    const rows = batch.flatMap((example) => example.rows);
    for (const [place, row] of rows.entries()) {
      const first = place * decoder.vocabSize;
      extend(row, logProbs.subarray(first, first + decoder.vocabSize), search);
    }
    if (batch.every(({ isDone }) => isDone)) break;
    const kept = occupantsOf(batch);
    input = nextInput(batch, kept, newestRows);
    batch = kept;
  }
  const sequences = examples.flatMap(({ rows }) => rows.map(({ tokens }) => tokens));
  const width = sequences.reduce((most, { length }) => Math.max(most, length), 0);
  return { sequences: padded(sequences, width, search.padToken) };
}

function createExample({ decoding }: Search, prompt: readonly number[], example: number): Example {
  const { numReturnSequences, seed } = decoding;
  const rows = Array.from({ length: numReturnSequences }, (_, i): Row => {
    const index = example * numReturnSequences + i;
    const random = new Random(seed, "generate", index);
    return { index, tokens: [...prompt], random, isDone: false };
  });
  return {
    rows,
    get isDone() {
      return rows.every((row) => row.isDone);
    },
  };
}

/** Rows that are done are fed their last token again; what the model answers is not used. */
function newestRows({ rows }: Example) {
  return rows.map(({ tokens }, parent) => ({ token: tokens.at(-1)!, parent }));
}

function extend(row: Row, logProbs: Float32Array, { decoding, eosTokens }: Search): void {
  if (row.isDone) return;
  forbidTokens(logProbs, row.tokens, eosTokens, decoding);
  const token = decoding.doSample
    ? draw(warp(logProbs, decoding, 1), row.random)
    : argmax(logProbs);
  row.tokens.push(token);
  row.isDone = eosTokens.includes(token);
  decoding.onToken(token, row.index);
}
