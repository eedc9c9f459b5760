/** @file Warping by the definitions, and frequencies of what is drawn. */
import { expect, test } from "vitest";
import { Random } from "../../base/index.ts";
import type { Decoder } from "./decoder.ts";
import { generate } from "./generate.ts";
import type { GenerateOptions } from "./options.ts";
import { draw, drawCandidates, warp } from "./sampling.ts";

const probabilities = [0.1, 0.4, 0.05, 0.3, 0.15];
const row = () => Float32Array.from(probabilities, (p) => Math.log(p));
const all = { temperature: 1, topK: 0, topP: 1 };
const kept = (warping: Partial<typeof all>, values = row(), minTokens = 1) => [
  ...warp(values, { ...all, ...warping }, minTokens).tokens,
];

test("warp: top-k keeps the k likeliest and the equals of the last", () => {
  expect(kept({ topK: 2 })).toEqual([1, 3]);
  expect(kept({ topK: 9 })).toEqual([0, 1, 2, 3, 4]);
  expect(kept({ topK: 1 }, Float32Array.of(-1, -1, -2))).toEqual([0, 1]);
  expect(kept({ topK: 1 }, row(), 2)).toEqual([1, 3]);
});

test("warp: top-p keeps the fewest tokens that reach the probability", () => {
  expect(kept({ topP: 0.39 })).toEqual([1]);
  expect(kept({ topP: 0.65 })).toEqual([1, 3]);
  expect(kept({ topP: 0.71 })).toEqual([1, 3, 4]);
  expect(kept({ topP: 1e-9 })).toEqual([1]);
  expect(kept({ topP: 1e-9 }, row(), 2)).toEqual([1, 3]);
});

test("warp: top-p counts what top-k left, after the temperature", () => {
  // of 1 and 3 alone, token 1 has 0.57; at temperature 0.5 0.64
  expect(kept({ topK: 2, topP: 0.6 })).toEqual([1, 3]);
  expect(kept({ topK: 2, topP: 0.6, temperature: 0.5 })).toEqual([1]);
});

test("warp: top-p cuts only as many of equal tokens as it must", () => {
  const equal = new Float32Array(10).fill(Math.log(0.1));
  expect(kept({ topP: 0.35 }, equal).length).toBe(4);
});

test("warp: forbidden tokens are never a choice", () => {
  const values = row();
  values[1] = Number.NEGATIVE_INFINITY;
  expect(kept({}, values)).toEqual([0, 2, 3, 4]);
  expect(kept({ topK: 4 }, values)).toEqual([0, 2, 3, 4]);
});

test("draw: frequencies follow the probabilities at the temperature", () => {
  const random = new Random(1);
  const choice = warp(row(), { ...all, temperature: 2 }, 1);
  const counts = [0, 0, 0, 0, 0];
  for (let i = 0; i < 20_000; i++) counts[draw(choice, random)]!++;
  const weights = probabilities.map(Math.sqrt);
  const total = weights.reduce((a, b) => a + b);
  expect(counts.map((count) => count / 20_000)).toBeAllclose(
    weights.map((weight) => weight / total),
    { atol: 0.01 },
  );
});

test("drawCandidates: draws differ from each other, best first, likelier ones more often", () => {
  const choices = [warp(row(), all, 1), warp(row(), all, 1)];
  const random = new Random(2);
  const first = [0, 0];
  for (let i = 0; i < 4000; i++) {
    const drawn = drawCandidates(choices, [0, Math.log(3)], 4, random);
    expect(new Set(drawn.map(({ row: r, token }) => `${r} ${token}`)).size).toBe(4);
    const scores = drawn.map(({ score }) => score);
    expect(scores).toEqual([...scores].sort((a, b) => b - a));
    const [single] = drawCandidates(choices, [0, Math.log(3)], 1, random);
    first[single!.row]!++;
  }
  expect(first.map((count) => count / 4000)).toBeAllclose([0.25, 0.75], { atol: 0.03 });
  expect(() => drawCandidates(choices, [0, 0], 11, random)).toThrow("too few tokens");
});

/** Every row has the same probabilities at every step; token 2 ends. */
const start = (batchSize: number) => async (rowsPerExample: number) => {
  const decoder: Decoder = {
    vocabSize: 5,
    step: async (tokens) => Float32Array.from(tokens).reduce(concatRow, new Float32Array(0)),
    dispose: () => {},
  };
  expect(rowsPerExample * batchSize).toBeGreaterThan(0);
  return decoder;
};
const concatRow = (rows: Float32Array) => Float32Array.from([...rows, ...row()]);
const special = { eosTokenId: 2, padTokenId: 0 };
const starts = (examples: number) => ({ prompts: Array.from({ length: examples }, () => [0]) });
const sample = (batchSize: number, options: GenerateOptions) =>
  generate(
    start(batchSize),
    starts(batchSize),
    { doSample: true, maxLength: 12, ...options },
    special,
  );

test("sampling: the seed decides, sequences of one example differ", async () => {
  const options = { numReturnSequences: 4, seed: 5 };
  const { sequences } = await sample(2, options);
  expect(sequences.length).toBe(8);
  expect(new Set(sequences.map(String)).size).toBeGreaterThan(4);
  expect((await sample(2, options)).sequences).toEqual(sequences);
  expect((await sample(2, { ...options, seed: 6 })).sequences).not.toEqual(sequences);
});

test("sampling: a sequence does not depend on the rest of the batch", async () => {
  const [alone, together] = [await sample(1, { seed: 9 }), await sample(20, { seed: 9 })];
  const [sequence] = alone.sequences;
  expect(together.sequences[0]!.slice(0, sequence!.length)).toEqual(sequence);
});

test("sampling: top-k of 1 is greedy", async () => {
  const { sequences } = await sample(3, { topK: 1 });
  expect(new Set(sequences.flat().slice(1))).toEqual(new Set([0, 1]));
});

test("sampling: beams draw too, and return scores", async () => {
  const options = { numBeams: 3, numReturnSequences: 2, seed: 1 };
  const result = await sample(2, options);
  expect(result.sequences.length).toBe(4);
  expect(result.sequencesScores!.every((score) => score < 0)).toBe(true);
  expect(await sample(2, options)).toEqual(result);
  expect(await sample(2, { ...options, seed: 2 })).not.toEqual(result);
});

test("warp: top-p over a vocabulary is what sorting all of it gives", () => {
  const random = new Random(4);
  for (const topP of [0.01, 0.5, 0.9, 0.999]) {
    const values = Float32Array.from({ length: 3000 }, () => 4 * random.normal());
    const weights = Array.from(values, (score, token) => ({ token, weight: Math.exp(score) }));
    const total = weights.reduce((sum, { weight }) => sum + weight, 0);
    let below = 0;
    const left = weights
      .sort((a, b) => a.weight - b.weight)
      .filter(({ weight }) => {
        below += weight / total;
        return below > 1 - topP;
      });
    const want = left.map(({ token }) => token).sort((a, b) => a - b);
    expect(kept({ topP }, values)).toEqual(want);
  }
});
