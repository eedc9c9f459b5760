/**
 * @file Decoding token by token against the whole decoder at once: the caches must not show, neither
 * when they grow, nor when beams change places, nor when examples leave the batch.
 */
import { afterAll, describe, expect, test, vi } from "vitest";
import { toyConfigV11, toyModel } from "../../test/toy-model.ts";
import { Random } from "../base/index.ts";
import { compile } from "../runtime/index.ts";
import type { DecodingSessions } from "./cached-decoder.ts";
import { families } from "./family.ts";
import type { Decoder } from "./generation/index.ts";
import type { Model } from "./model.ts";
import type { T5Config } from "./t5-config.ts";
import { startT5Decoder } from "./t5-decoder.ts";
import { withCompiledWeights, withFedWeights } from "./weights.ts";

const models = { "1.0, tied": toyModel(), "1.1, gated and untied": toyModel(toyConfigV11) };
const source = [
  [5, 9, 17, 33, 2],
  [40, 6, 2],
  [11, 12, 13, 14, 15, 16, 2],
];
const close = { rtol: 1e-4, atol: 1e-5 };
const opened: DecodingSessions[] = [];

afterAll(async () => {
  const sessions = opened.flatMap(({ encoder, step }) => [encoder, step]);
  await Promise.all(sessions.map((session) => session.release()));
  await Promise.all(Object.values(models).map((model) => model.release()));
});

/** Decoding sessions of a model, its weights compiled in or fed. */
async function sessionsOf(model: Model, isFed: boolean): Promise<DecodingSessions> {
  const { decoding } = families.t5;
  const bind = (name: "encoder" | "step") => {
    const build = (weight: Parameters<typeof decoding.step>[1]) =>
      decoding[name](model.config as T5Config, weight);
    const { parameters } = model.architecture;
    if (!isFed) return withCompiledWeights(name, parameters, model.weights, build);
    return {
      graph: withFedWeights(name, parameters, build),
      weights: Object.fromEntries(model.weights),
    };
  };
  const [encoder, step] = [bind("encoder"), bind("step")];
  const sessions = {
    encoder: await compile(encoder.graph),
    step: await compile(step.graph),
    weights: { ...encoder.weights, ...step.weights },
  };
  opened.push(sessions);
  return sessions;
}

async function start(model: Model, rowsPerExample: number, isFed = false): Promise<Decoder> {
  const { arrays } = model.architecture.collate({ inputIds: source });
  const encoded = { input_ids: arrays.input_ids!, attention_mask: arrays.attention_mask! };
  const config = model.config as T5Config;
  return startT5Decoder(await sessionsOf(model, isFed), config, encoded, rowsPerExample);
}

/** Log-probabilities after the last token of each row, by the whole decoder. */
async function byTeacherForcing(
  model: Model,
  rows: readonly number[][],
  examples: readonly number[],
) {
  const inputIds = examples.map((example) => source[example]!);
  const { logits } = await model.forward({ inputIds, decoderInputIds: rows });
  const vocab = model.config.vocabSize;
  return rows.flatMap((row, r) => {
    const last = logits.data.subarray(
      (r * row.length + row.length - 1) * vocab,
      (r + 1) * row.length * vocab,
    );
    const top = last.reduce((most, x) => Math.max(most, x), Number.NEGATIVE_INFINITY);
    const total = last.reduce((sum, x) => sum + Math.exp(x - top), 0);
    return Array.from(last, (x) => x - top - Math.log(total));
  });
}

describe.each(Object.entries(models))("T5 %s", (_name, model) => {
  test("step: each of seventy tokens is predicted as by the whole decoder", async () => {
    const random = new Random(3);
    const decoder = await start(model, 1);
    let rows = source.map(() => [] as number[]);
    for (let length = 1; length <= 70; length++) {
      const tokens = rows.map(() => (length === 1 ? 0 : 3 + random.below(38)));
      rows = rows.map((row, r) => [...row, tokens[r]!]);
      const logProbs = (await decoder.step(Int32Array.from(tokens))).slice();
      if (length > 3 && length % 11 !== 0 && length !== 33) continue;
      expect(logProbs).toBeAllclose(await byTeacherForcing(model, rows, [0, 1, 2]), close);
    }
    decoder.dispose();
  });

  test("step: rows that follow others of their example, and examples that leave, keep their own past", async () => {
    const random = new Random(4);
    const beams = 3;
    const decoder = await start(model, beams);
    let examples = [0, 1, 2];
    let rows = examples.flatMap(() => Array.from({ length: beams }, () => [0]));
    let parents: Int32Array | undefined;
    for (let step = 0; step < 40; step++) {
      const tokens = Int32Array.from(rows, (row) => row.at(-1)!);
      const logProbs = (await decoder.step(tokens, parents)).slice();
      if (step % 6 === 0 || step === 33) {
        const owners = rows.map((_, r) => examples[Math.floor(r / beams)]!);
        expect(logProbs, `step ${step}`).toBeAllclose(
          await byTeacherForcing(model, rows, owners),
          close,
        );
      }
      // two examples end, one after the other
      const kept = examples.filter(
        (example) => !(step === 9 && example === 1) && !(step === 20 && example === 0),
      );
      const places = kept.map((example) => examples.indexOf(example));
      parents = Int32Array.from(
        places.flatMap((place) =>
          Array.from({ length: beams }, () => place * beams + random.below(beams)),
        ),
      );
      rows = Array.from(parents, (parent) => [...rows[parent]!, 3 + random.below(38)]);
      examples = kept;
    }
    decoder.dispose();
  });
});

test("step: beams that share their past take few slots, used again and again, and nothing shows", async () => {
  const model = models["1.0, tied"];
  const random = new Random(5);
  const beams = 6;
  const decoder = await start(model, beams);
  const { step: session } = opened.at(-1)!;
  const run = vi.spyOn(session, "run");
  let rows = source.flatMap(() => Array.from({ length: beams }, () => [0]));
  let parents: Int32Array | undefined;
  for (let step = 0; step < 60; step++) {
    const tokens = Int32Array.from(rows, (row) => row.at(-1)!);
    const logProbs = (await decoder.step(tokens, parents)).slice();
    if (step % 15 === 14) {
      const owners = rows.map((_, r) => Math.floor(r / beams));
      expect(logProbs, `step ${step}`).toBeAllclose(
        await byTeacherForcing(model, rows, owners),
        close,
      );
    }
    // two of six go on
    const chosen = source.map((_, example) => example * beams + random.below(beams - 1));
    parents = Int32Array.from(rows, (_, r) => chosen[Math.floor(r / beams)]! + random.below(2));
    rows = Array.from(parents, (parent) => [...rows[parent]!, 3 + random.below(38)]);
  }
  const sizes = run.mock.calls.map(([feeds]) => feeds["past_key.0"]!.shape[2]!);
  expect(sizes[0]).toBe(32);
  // 60 steps of six rows are 360 tokens
  expect(sizes.at(-1)).toBeGreaterThan(60);
  expect(sizes.at(-1)).toBeLessThan(130);
  decoder.dispose();
});

test("step: weights too large to compile in are fed, with the same result", async () => {
  const model = models["1.0, tied"];
  const [compiled, fed] = [await start(model, 2), await start(model, 2, true)];
  const tokens = Int32Array.of(0, 0, 0, 0, 0, 0);
  expect((await fed.step(tokens)).slice()).toBeAllclose(
    (await compiled.step(tokens)).slice(),
    close,
  );
});

test("generate: greedy takes the likeliest token of the whole decoder, again and again", async () => {
  const model = models["1.1, gated and untied"];
  const { sequences } = await model.generate({ inputIds: source, maxNewTokens: 12 });
  for (const [example, sequence] of sequences.entries()) {
    for (let length = 1; length < sequence.length; length++) {
      if (sequence[length - 1] === 2) break;
      const [row] = [sequence.slice(0, length)];
      const logProbs = await byTeacherForcing(model, [row!], [example]);
      expect(logProbs[sequence[length]!]).toBeCloseTo(Math.max(...logProbs), 4);
    }
  }
});

test("generate: a beam's score is the mean log-probability that the whole decoder gives its tokens", async () => {
  const model = models["1.0, tied"];
  const options = { numBeams: 4, numReturnSequences: 4, maxNewTokens: 10 };
  const { sequences, sequencesScores } = await model.generate({ inputIds: source, ...options });
  for (const [i, padded] of sequences.entries()) {
    const end = padded.indexOf(2);
    const sequence = end < 0 ? padded : padded.slice(0, end + 1);
    let sum = 0;
    for (let length = 1; length < sequence.length; length++) {
      const example = Math.floor(i / 4);
      sum += (await byTeacherForcing(model, [sequence.slice(0, length)], [example]))[
        sequence[length]!
      ]!;
    }
    // the end token counts in the sum and not in the length
    const tokens = end < 0 ? sequence.length - 1 : sequence.length - 2;
    expect(sequencesScores![i]).toBeCloseTo(sum / tokens, 4);
  }
});

test("generate: a batch gives what its examples give alone, with greedy search and with beams", async () => {
  const model = models["1.0, tied"];
  for (const options of [{ maxNewTokens: 15 }, { numBeams: 3, maxNewTokens: 15 }]) {
    const batch = await model.generate({ inputIds: source, ...options });
    for (const [example, ids] of source.entries()) {
      const alone = await model.generate({ inputIds: [ids], ...options });
      const own = alone.sequences[0]!;
      const together = batch.sequences[example]!;
      expect(together.slice(0, own.length)).toEqual(own);
      expect(together.slice(own.length).every((id) => id === 0)).toBe(true);
    }
  }
});

test("generate: padding in the ids is masked when no mask is given", async () => {
  const model = models["1.0, tied"];
  const plain = await model.generate({ inputIds: source, maxNewTokens: 8 });
  const inputIds = source.map((ids) => [...ids, ...Array<number>(9 - ids.length).fill(0)]);
  expect(await model.generate({ inputIds, maxNewTokens: 8 })).toEqual(plain);
});

test("generate: sampling repeats with its seed, and differs with another", async () => {
  const model = models["1.0, tied"];
  const sample = (seed: number) =>
    model.generate({ inputIds: source, doSample: true, topK: 0, maxNewTokens: 12, seed });
  const first = await sample(7);
  expect(await sample(7)).toEqual(first);
  expect(await sample(8)).not.toEqual(first);
});

test("generate: new weights are used once the model is told", async () => {
  const model = toyModel();
  const before = await model.generate({ inputIds: source, numBeams: 2 });
  for (const { data } of model.weights.values()) data.reverse();
  await model.weightsChanged();
  const after = await model.generate({ inputIds: source, numBeams: 2 });
  expect(after.sequencesScores).not.toEqual(before.sequencesScores);
  await model.release();
});

test("generate: a model that classifies does not generate, and says so", async () => {
  const model = toyModel({}, { head: "defect" });
  await expect(model.generate({ inputIds: [[5, 2]] })).rejects.toMatchObject({
    name: "ConfigError",
    code: "generate.head",
  });
});
