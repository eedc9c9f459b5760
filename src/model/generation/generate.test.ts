/** @file `generate` against a plain re-telling of the reference algorithm, exhaustive search and hand-worked cases. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatError, hash32 } from "../../base/index.ts";
import type { Decoder, SpecialTokens } from "./decoder.ts";
import { generate } from "./generate.ts";
import type { GenerateOptions } from "./options.ts";

/** Log-probabilities [V] of the token that follows a sequence of one example. */
type Model = (example: number, tokens: readonly number[]) => Float32Array;

const special: SpecialTokens = { eosTokenId: 2, padTokenId: 1 };

/** So many examples, each beginning with the start token 0. */
const starts = (examples: number) => ({ prompts: Array.from({ length: examples }, () => [0]) });

/** Pseudo-random probabilities that depend on the whole sequence: a row followed wrongly would show. */
function hashedModel(seed: number, vocabSize: number, spread = 3): Model {
  return (example, tokens) => {
    const key = tokens.reduce((h, token) => hash32(h, token + 1), hash32(seed, example));
    return logSoftmax(
      Array.from({ length: vocabSize }, (_, i) => (spread * hash32(key, i)) / 2 ** 32),
    );
  };
}

/** Markov chain: row t of the table gives the probabilities after token t. */
function markovModel(table: readonly (readonly number[])[]): Model {
  return (_, tokens) => Float32Array.from(table[tokens.at(-1)!]!, (p) => Math.log(p));
}

function logSoftmax(logits: readonly number[]): Float32Array {
  const norm = Math.log(logits.reduce((sum, x) => sum + Math.exp(x), 0));
  return Float32Array.from(logits, (x) => x - norm);
}

/** A decoder that remembers every row's sequence; `sizes` records the rows of each step. */
function decoderOf(model: Model, vocabSize: number, batchSize: number, sizes: number[] = []) {
  let disposed = 0;
  const start = async (rowsPerExample: number): Promise<Decoder> => {
    let rows = Array.from({ length: batchSize * rowsPerExample }, (_, i) => {
      return { example: Math.floor(i / rowsPerExample), tokens: [] as number[] };
    });
    return {
      vocabSize,
      async step(tokens, parents) {
        sizes.push(tokens.length);
        rows = Array.from(tokens, (token, i) => {
          const parent = rows[parents?.[i] ?? i]!;
          return { example: parent.example, tokens: [...parent.tokens, token] };
        });
        const out = new Float32Array(rows.length * vocabSize);
        for (const [i, row] of rows.entries())
          out.set(model(row.example, row.tokens), i * vocabSize);
        return out;
      },
      dispose() {
        disposed++;
      },
    };
  };
  return { start, disposals: () => disposed };
}

const run = (model: Model, vocabSize: number, batchSize: number, options: GenerateOptions) =>
  generate(decoderOf(model, vocabSize, batchSize).start, starts(batchSize), options, special);

interface Settings {
  readonly batchSize: number;
  readonly vocabSize: number;
  readonly numBeams: number;
  readonly maxLength: number;
  readonly minLength: number;
  readonly lengthPenalty: number;
  readonly earlyStopping: boolean | "never";
  readonly noRepeatNgramSize: number;
  readonly numReturnSequences: number;
}

/** Forbidden tokens by the definition: those that would repeat an n-gram, and the end before its time. */
function allowed(row: Float32Array, tokens: readonly number[], o: Settings): number[] {
  const n = o.noRepeatNgramSize;
  const grams = (sequence: readonly number[]) =>
    n === 0
      ? []
      : sequence
          .slice(0, Math.max(0, sequence.length - n + 1))
          .map((_, i) => sequence.slice(i, i + n).join());
  const old = new Set(grams(tokens));
  return Array.from(row, (value, token) => {
    const early = token === special.eosTokenId && tokens.length < o.minLength;
    const repeats = n > 0 && old.has(grams([...tokens, token]).at(-1) ?? "none");
    return early || repeats ? Number.NEGATIVE_INFINITY : value;
  });
}

/** The reference's greedy search: the whole batch runs until every sequence has ended. */
function greedyReference(model: Model, o: Settings): number[][] {
  const sequences = Array.from({ length: o.batchSize }, () => [0]);
  const ended = sequences.map(() => false);
  while (sequences[0]!.length < o.maxLength && ended.includes(false)) {
    for (const [i, tokens] of sequences.entries()) {
      const row = allowed(model(i, tokens), tokens, o);
      const token = ended[i] ? special.padTokenId : row.indexOf(Math.max(...row));
      tokens.push(token);
      ended[i] ||= token === special.eosTokenId;
    }
  }
  return sequences;
}

/** The reference's beam search with sorted lists: no example leaves, nothing is pruned. */
function beamReference(model: Model, o: Settings) {
  const done = Array.from({ length: o.batchSize }, () => false);
  const finished = done.map((): { score: number; tokens: number[] }[] => []);
  let beams = done.map(() =>
    Array.from({ length: o.numBeams }, (_, i) => ({ tokens: [0], score: i === 0 ? 0 : -1e9 })),
  );
  const add = (i: number, tokens: number[], sum: number) => {
    const hypothesis = { score: sum / (tokens.length - 1) ** o.lengthPenalty, tokens };
    finished[i] = [...finished[i]!, hypothesis].sort((a, b) => b.score - a.score);
    finished[i] = finished[i]!.slice(0, o.numBeams);
  };
  for (let length = 1; length < o.maxLength && done.includes(false); length++) {
    beams = beams.map((own, i) => {
      if (done[i]) return own;
      const pairs = own.flatMap(({ tokens, score }) =>
        allowed(model(i, tokens), tokens, o).map((value, token) => {
          return { tokens, token, score: Math.fround(score + value) };
        }),
      );
      const top = pairs.sort((a, b) => b.score - a.score).slice(0, 2 * o.numBeams);
      for (const { tokens, token, score } of top.slice(0, o.numBeams)) {
        if (token === special.eosTokenId && length > 1) add(i, tokens, score);
      }
      const reach = o.earlyStopping === "never" && o.lengthPenalty > 0 ? o.maxLength : length;
      const attainable = top[0]!.score / reach ** o.lengthPenalty;
      const isFull = finished[i]!.length >= o.numBeams;
      done[i] = isFull && (o.earlyStopping === true || finished[i]!.at(-1)!.score >= attainable);
      const going = top.filter(({ token }) => token !== special.eosTokenId).slice(0, o.numBeams);
      return going.map(({ tokens, token, score }) => ({ tokens: [...tokens, token], score }));
    });
  }
  for (const [i, own] of beams.entries()) {
    if (!done[i]) for (const { tokens, score } of own) add(i, tokens, score);
  }
  const best = finished.flatMap((hypotheses) => hypotheses.slice(0, o.numReturnSequences));
  const width = Math.min(o.maxLength, Math.max(...best.map(({ tokens }) => tokens.length)) + 1);
  const sequences = best.map(({ tokens }) => {
    const closed = tokens.length < width ? [...tokens, special.eosTokenId as number] : tokens;
    return Array.from({ length: width }, (_, i) => closed[i] ?? special.padTokenId);
  });
  return { sequences, sequencesScores: best.map(({ score }) => Math.fround(score)) };
}

const settings = fc
  .record({
    seed: fc.nat(),
    batchSize: fc.integer({ min: 1, max: 9 }),
    vocabSize: fc.integer({ min: 6, max: 12 }),
    numBeams: fc.integer({ min: 2, max: 5 }),
    maxLength: fc.integer({ min: 2, max: 10 }),
    minLength: fc.integer({ min: 0, max: 2 }),
    lengthPenalty: fc.constantFrom(-1, 0, 0.6, 1, 2),
    earlyStopping: fc.constantFrom<boolean | "never">(true, false, "never"),
    noRepeatNgramSize: fc.constantFrom(0, 0, 2, 3),
    numReturnSequences: fc.integer({ min: 1, max: 2 }),
  })
  .map(({ seed, ...o }) => ({ model: hashedModel(seed, o.vocabSize), o }));

test("generate: beam search is the reference's, token for token and to the last bit of the scores", async () => {
  await fc.assert(
    fc.asyncProperty(settings, async ({ model, o: { batchSize, vocabSize, ...options } }) => {
      const want = beamReference(model, { batchSize, vocabSize, ...options });
      expect(await run(model, vocabSize, batchSize, options)).toEqual(want);
    }),
    { numRuns: 300 },
  );
});

test("generate: greedy search is the reference's", async () => {
  await fc.assert(
    fc.asyncProperty(settings, async ({ model, o }) => {
      const { maxLength, minLength, noRepeatNgramSize } = o;
      const options = { maxLength, minLength, noRepeatNgramSize };
      const { sequences } = await run(model, o.vocabSize, o.batchSize, options);
      expect(sequences).toEqual(greedyReference(model, o));
    }),
    { numRuns: 100 },
  );
});

test("generate: with beams for every sequence there is, the best of all is found", async () => {
  const model = hashedModel(7, 4);
  const all: { tokens: number[]; score: number }[] = [];
  const walk = (tokens: number[], sum: number): void => {
    model(0, tokens).forEach((value, token) => {
      const total = sum + value;
      const next = [...tokens, token];
      if (token === 2 && tokens.length > 1)
        all.push({ tokens: next, score: total / (tokens.length - 1) });
      else if (token !== 2 && next.length === 5) all.push({ tokens: next, score: total / 4 });
      else if (token !== 2) walk(next, total);
    });
  };
  walk([0], 0);
  const ranked = all.sort((a, b) => b.score - a.score).slice(0, 5);
  const result = await run(model, 4, 1, {
    ...{ numBeams: 300, numReturnSequences: 5, maxLength: 5, earlyStopping: "never" },
  });
  const trimmed = result.sequences.map((tokens) => tokens.join().replace(/(,1)+$/, ""));
  expect(trimmed).toEqual(ranked.map(({ tokens }) => tokens.join().replace(/(,1)+$/, "")));
  expect(result.sequencesScores).toBeAllclose(
    ranked.map(({ score }) => score),
    { rtol: 1e-5 },
  );
});

describe("generate: a hand-worked chain", () => {
  // after 0: 3 or 4; after 3: mostly 4; after 4: mostly the end
  const model = markovModel([
    [0, 0, 0.1, 0.5, 0.4],
    [0, 1, 0, 0, 0],
    [0, 1, 0, 0, 0],
    [0, 0, 0.3, 0.1, 0.6],
    [0, 0, 0.9, 0.1, 0],
  ]);

  test("greedy takes the likeliest token each time", async () => {
    expect(await run(model, 5, 1, {})).toEqual({ sequences: [[0, 3, 4, 2]] });
  });

  test("two beams find the likelier whole; its score leaves out start and end in the length", async () => {
    const options: GenerateOptions = { numBeams: 2, lengthPenalty: 1, numReturnSequences: 2 };
    const { sequences, sequencesScores } = await run(model, 5, 1, options);
    // ln(.5 x .6 x .9) / 2 = -0.655; ln(.4 x .9) / 1 = -1.022
    expect(sequences).toEqual([
      [0, 3, 4, 2],
      [0, 4, 2, 1],
    ]);
    expect(sequencesScores).toBeAllclose([Math.log(0.27) / 2, Math.log(0.36)], { rtol: 1e-6 });
  });

  test("without a length penalty the likelier, shorter sequence wins", async () => {
    const { sequences } = await run(model, 5, 1, { numBeams: 2, lengthPenalty: 0 });
    expect(sequences).toEqual([[0, 4, 2]]);
  });

  test("a minimum of new tokens holds back the end; maxNewTokens wins over maxLength", async () => {
    const options = { minNewTokens: 4, maxNewTokens: 5, maxLength: 3 };
    expect((await run(model, 5, 1, options)).sequences).toEqual([[0, 3, 4, 3, 4, 2]]);
  });

  test("no unigram occurs twice, the start token included", async () => {
    const { sequences } = await run(model, 5, 1, { noRepeatNgramSize: 1, minNewTokens: 3 });
    expect(sequences[0]!.slice(0, 3)).toEqual([0, 3, 4]);
  });
});

test("generate: finished examples leave the batch", async () => {
  const stopAfter = [1, 5, 3, 5];
  const model: Model = (example, tokens) =>
    logSoftmax(tokens.length > stopAfter[example]! ? [0, 0, 9, 0] : [0, 0, 0, 9]);
  const sizes: number[] = [];
  const { start } = decoderOf(model, 4, 4, sizes);
  const { sequences } = await generate(start, starts(4), { maxLength: 9 }, special);
  expect(sizes).toEqual([4, 4, 3, 3, 2, 2]);
  expect(sequences).toEqual([
    [0, 3, 2, 1, 1, 1, 1],
    [0, 3, 3, 3, 3, 3, 2],
    [0, 3, 3, 3, 2, 1, 1],
    [0, 3, 3, 3, 3, 3, 2],
  ]);
});

test("generate: tokens stream as they come, up to the end token", async () => {
  const events: string[] = [];
  const model: Model = (_, tokens) => {
    events.push(`step ${tokens.length}`);
    return logSoftmax(tokens.length === 3 ? [0, 0, 9, 0] : [0, 0, 0, 9]);
  };
  const onToken = (token: number, sequence: number) => events.push(`${sequence}: ${token}`);
  await run(model, 4, 1, { onToken });
  expect(events).toEqual(["step 1", "0: 3", "step 2", "0: 3", "step 3", "0: 2"]);
});

test("generate: a beam search streams its sequences when it is over", async () => {
  const streamed: number[][] = [[0], [0]];
  const onToken = (token: number, sequence: number) => streamed[sequence]!.push(token);
  const options = { numBeams: 3, numReturnSequences: 2, maxLength: 7, onToken };
  const { sequences } = await run(hashedModel(3, 6), 6, 1, options);
  expect(streamed.map((tokens, i) => sequences[i]!.slice(0, tokens.length))).toEqual(streamed);
});

test("generate: any of several end tokens ends a sequence", async () => {
  const { start } = decoderOf(hashedModel(5, 6), 6, 3);
  const tokens = { ...special, eosTokenId: [2, 4, 4] };
  const { sequences } = await generate(start, starts(3), { maxLength: 30 }, tokens);
  for (const sequence of sequences) {
    const end = sequence.findIndex((token) => token === 2 || token === 4);
    expect(sequence.slice(end + 1).every((token) => token === 1)).toBe(true);
  }
  const beams = await generate(start, starts(3), { maxLength: 30, numBeams: 2 }, tokens);
  // whichever ended it, the first of them closes a sequence
  expect(beams.sequences.flat()).not.toContain(4);
});

test("generate: an empty batch gives no sequences", async () => {
  const model = hashedModel(1, 6);
  expect(await run(model, 6, 0, {})).toEqual({ sequences: [] });
  expect(await run(model, 6, 0, { numBeams: 2 })).toEqual({ sequences: [], sequencesScores: [] });
});

test("generate: NaN from the model is an error, and the decoder is freed", async () => {
  for (const numBeams of [1, 2]) {
    const decoder = decoderOf(() => new Float32Array(6).fill(Number.NaN), 6, 2);
    await expect(generate(decoder.start, starts(2), { numBeams }, special)).rejects.toThrow("NaN");
    expect(decoder.disposals()).toBe(1);
  }
});

test("generate: special tokens outside the vocabulary are named", async () => {
  const { start } = decoderOf(hashedModel(1, 6), 6, 1);
  const failure = (bad: Partial<SpecialTokens>, prompts = starts(1)) =>
    generate(start, prompts, {}, { ...special, ...bad }).then(() => "none", formatError);
  expect(await failure({ eosTokenId: 6 })).toContain("eosTokenId is not in the vocabulary");
  expect(await failure({}, { prompts: [[3, -1]] })).toContain("got: -1; where: prompt");
  expect(await failure({ padTokenId: 0.5 })).toContain("expected: a token id from 0 to 5");
});
