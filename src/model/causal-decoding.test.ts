/**
 * @file Decoder-only models token by token against all positions at once: neither the cache may show, nor padding
 * on the left, nor beams that change places, nor examples that leave the batch.
 */
import { afterAll, describe, expect, test } from "vitest";
import { toyLlama, toyMistral, toyOf, toyRoberta, toyWriters } from "../../test/toy-families.ts";
import { formatError, Random } from "../base/index.ts";
import { compile } from "../runtime/index.ts";
import type { DecodingSessions } from "./cached-decoder.ts";
import { familyOf } from "./family.ts";
import type { GenerateOptions } from "./generation/index.ts";
import type { Model } from "./model.ts";
import { withCompiledWeights, withFedWeights } from "./weights.ts";

const models = Object.entries(toyWriters).map(([name, config]) => [name, toyOf(config)] as const);
const opened: DecodingSessions[] = [];
afterAll(async () => {
  const sessions = opened.flatMap(({ encoder, step }) => [encoder, step]);
  await Promise.all(sessions.map((session) => session.release()));
  await Promise.all(models.map(([, model]) => model.release()));
});

const prompts = [[5, 9, 17, 33, 8, 21], [40], [11, 12, 13]];
const vocab = 43;
const close = { rtol: 1e-4, atol: 1e-4 };

async function start(model: Model, rowsPerExample: number, isFed = false) {
  const decoding = familyOf(model.modelType).decoding!;
  const { parameters } = model.architecture;
  const bind = (name: "encoder" | "step") => {
    const build = (weight: Parameters<typeof decoding.step>[1]) =>
      decoding[name](model.config, weight);
    if (!isFed) return withCompiledWeights(name, parameters, model.weights, build);
    const graph = withFedWeights(name, parameters, build);
    return { graph, weights: Object.fromEntries(model.weights) };
  };
  const [encoder, step] = [bind("encoder"), bind("step")];
  const weights = { ...encoder.weights, ...step.weights };
  const sessions = {
    encoder: await compile(encoder.graph),
    step: await compile(step.graph),
    weights,
  };
  opened.push(sessions);
  const { source } = decoding.prompt(model.config, { inputIds: prompts });
  return decoding.start(sessions, model.config, source, rowsPerExample);
}

/** Log-probabilities after each token of each text, all positions computed at once: [text][position][V]. */
async function everywhere(model: Model, texts: readonly (readonly number[])[]) {
  const { logits } = await model.forward({ inputIds: texts });
  const length = logits.shape[1]!;
  return texts.map((text, r) =>
    text.map((_, at) => {
      const from = (r * length + at) * vocab;
      const scores = [...logits.data.subarray(from, from + vocab)];
      const top = Math.max(...scores);
      const total = scores.reduce((sum, x) => sum + Math.exp(x - top), 0);
      return scores.map((x) => x - top - Math.log(total));
    }),
  );
}

/** Log-probabilities after the last token of each text. */
const atOnce = async (model: Model, texts: readonly (readonly number[])[]) =>
  (await everywhere(model, texts)).flatMap((text) => text.at(-1)!);

describe.each(models)("%s", (_name, model) => {
  test("step: each of thirty tokens is predicted as by all positions at once", async () => {
    const random = new Random(3);
    const decoder = await start(model, 1);
    let rows = prompts;
    for (let step = 0; step <= 30; step++) {
      const tokens = Int32Array.from(rows, (row) => row.at(-1)!);
      const logProbs = (await decoder.step(tokens)).slice();
      if (step < 3 || step % 14 === 2) {
        expect(logProbs, `step ${step}`).toBeAllclose(await atOnce(model, rows), close);
      }
      rows = rows.map((row) => [...row, 3 + random.below(40)]);
    }
    decoder.dispose();
  });

  test("step: rows that follow others of their example, and examples that leave, keep their own past", async () => {
    const random = new Random(4);
    const beams = 3;
    const decoder = await start(model, beams);
    let examples = [0, 1, 2];
    let rows = examples.flatMap((example) =>
      Array.from({ length: beams }, () => prompts[example]!),
    );
    let parents: Int32Array | undefined;
    for (let step = 0; step < 20; step++) {
      const tokens = Int32Array.from(rows, (row) => row.at(-1)!);
      const logProbs = (await decoder.step(tokens, parents)).slice();
      if (step % 8 === 3) {
        expect(logProbs, `step ${step}`).toBeAllclose(await atOnce(model, rows), close);
      }
      // two examples end, one after the other
      const kept = examples.filter((e) => !(step === 9 && e === 1) && !(step === 15 && e === 0));
      const places = kept.map((example) => examples.indexOf(example));
      parents = Int32Array.from(
        places.flatMap((place) =>
          Array.from({ length: beams }, () => place * beams + random.below(beams)),
        ),
      );
      rows = Array.from(parents, (parent) => [...rows[parent]!, 3 + random.below(40)]);
      examples = kept;
    }
    decoder.dispose();
  });

  test("generate: greedy takes the likeliest token, a batch gives what its examples give alone", async () => {
    const options = { maxNewTokens: 9 };
    const { sequences } = await model.generate({ inputIds: prompts, ...options });
    const length = prompts[0]!.length;
    for (const [i, prompt] of prompts.entries()) {
      const own = sequences[i]!.slice(length - prompt.length);
      expect(own.slice(0, prompt.length)).toEqual(prompt);
      const alone = (await model.generate({ inputIds: [prompt], ...options })).sequences[0]!;
      expect(own.slice(0, alone.length)).toEqual(alone);
      const next = await atOnce(model, [alone.slice(0, prompt.length + 1)]);
      if (alone.length > prompt.length + 1) {
        expect(next[alone[prompt.length + 1]!]).toBeCloseTo(Math.max(...next), 4);
      }
    }
  });

  test("generate: a beam's score is the mean log-probability of its new tokens", async () => {
    const options = { numBeams: 3, numReturnSequences: 3, maxNewTokens: 5 };
    const { sequences, sequencesScores } = await model.generate({ inputIds: prompts, ...options });
    const texts = sequences.map((padded, i) => {
      const prompt = prompts[Math.floor(i / 3)]!;
      const text = padded.slice(prompts[0]!.length - prompt.length);
      const end = text.indexOf(2, prompt.length);
      return { prompt, text: end < 0 ? text : text.slice(0, end + 1), hasEnd: end >= 0 };
    });
    const logProbs = await everywhere(
      model,
      texts.map(({ text }) => text),
    );
    for (const [i, { prompt, text, hasEnd }] of texts.entries()) {
      const fresh = text.slice(prompt.length);
      const own = fresh.map((token, at) => logProbs[i]![prompt.length + at - 1]![token]!);
      const sum = own.reduce((total, logProb) => total + logProb, 0);
      // the end token counts in the sum and not in the length
      expect(sequencesScores![i]).toBeCloseTo(sum / (fresh.length - Number(hasEnd)), 3);
    }
  });
});

test("step: weights too large to compile in are fed, with the same result", async () => {
  const [, model] = models[2]!;
  const tokens = Int32Array.of(21, 40, 13);
  const [compiled, fed] = [await start(model, 1), await start(model, 1, true)];
  for (let step = 0; step < 3; step++) {
    const wanted = (await compiled.step(tokens)).slice();
    expect((await fed.step(tokens)).slice()).toBeAllclose(wanted, close);
  }
});

test("generate: padding is masked wherever it stands", async () => {
  const [, model] = models[0]!;
  const options = { maxNewTokens: 6 };
  const { sequences } = await model.generate({ inputIds: prompts, ...options });
  const fresh = sequences.map((sequence) => sequence.slice(6));
  // by its id, on the left
  const inputIds = prompts.map((row) => [...Array<number>(7 - row.length).fill(0), ...row]);
  const byId = await model.generate({ inputIds, ...options });
  expect(byId.sequences.map((sequence) => sequence.slice(7))).toEqual(fresh);
  // by the mask, on the right, with an id that is no padding
  const right = prompts.map((row) => [...row, ...Array<number>(7 - row.length).fill(33)]);
  const attentionMask = prompts.map((row) => right[0]!.map((_, c) => Number(c < row.length)));
  const byMask = await model.generate({ inputIds: right, attentionMask, ...options });
  expect(byMask.sequences.map((sequence) => sequence.slice(7))).toEqual(fresh);
});

test("generate: a window shorter than the text hides what is before it", async () => {
  const { sliding_window: _, ...open } = toyMistral;
  const [near, far] = [toyOf(toyMistral), toyOf({ ...open, sliding_window: null })];
  // two layers that see 3 tokens each see 5
  const texts = [7, 8].map((first) => [first, 20, 30, 12, 25, 36]);
  const [a, b] = texts.map((text) => [text]);
  const lastOf = async (model: Model, inputIds: number[][]) =>
    (await model.forward({ inputIds })).logits.data.slice(5 * vocab);
  expect(await lastOf(near, a!)).toEqual(await lastOf(near, b!));
  expect(await lastOf(far, a!)).not.toEqual(await lastOf(far, b!));
  const options = { numBeams: 2, maxNewTokens: 8 };
  const { sequences } = await near.generate({ inputIds: texts, ...options });
  expect(sequences[0]!.slice(1)).toEqual(sequences[1]!.slice(1));
  await Promise.all([near.release(), far.release()]);
});

test("generate: other ends and padding than the configuration's, as generation_config.json may have them", async () => {
  const [, model] = models[0]!;
  const { sequences } = await model.generate({ inputIds: [prompts[0]!], maxNewTokens: 8 });
  const end = sequences[0]![8]!;
  const inputIds = [prompts[0]!, prompts[2]!];
  const stopped = await model.generate({
    inputIds,
    maxNewTokens: 8,
    eosTokenId: [2, end],
    padTokenId: 42,
  });
  const at = sequences[0]!.indexOf(end, 6);
  expect(stopped.sequences[0]!.slice(0, at + 1)).toEqual(sequences[0]!.slice(0, at + 1));
  expect(stopped.sequences[0]!.slice(at + 1).every((id) => id === 42)).toBe(true);
});

describe("generate: refusals are one clear line", () => {
  const model = models[0]![1];
  const refusal = (inputIds: number[][], options: GenerateOptions = {}) =>
    model.generate({ inputIds, ...options }).then(() => "none", formatError);

  test.each<[string, number[][], GenerateOptions]>([
    ["longer than the model's context; expected: at most 64", [[5]], { maxNewTokens: 64 }],
    ["the prompt leaves no room for a token", [Array<number>(20).fill(5)], {}],
    ["a prompt without a token", [[5], []], {}],
    ["a prompt without a token", [[0, 0]], {}],
    ["token id outside the vocabulary", [[5, 43]], {}],
    ["eosTokenId is not in the vocabulary", [[5]], { eosTokenId: 43 }],
  ])("%s", async (text, inputIds, options) => {
    expect(await refusal(inputIds, options)).toContain(text);
  });

  test("a model that reads does not write", async () => {
    const reader = toyOf(toyRoberta);
    const refused = expect.objectContaining({ code: "generate.head" });
    await expect(reader.generate({ inputIds: [[5]] })).rejects.toThrow(refused);
    const classifier = toyOf(toyLlama, { head: "classification" });
    await expect(classifier.generate({ inputIds: [[5]] })).rejects.toThrow(refused);
  });
});
