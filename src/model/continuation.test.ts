/**
 * @file One graph for prompts and tokens against the graphs of their own: neither pieces of a prompt may show,
 * nor padding, nor a window, nor beams.
 */
import { expect, test } from "vitest";
import { toyOf, toyWriters } from "../../test/toy-families.ts";
import { compile } from "../runtime/index.ts";
import { continuationGraph } from "./continuation.ts";
import { continuationPasses } from "./continuation-passes.ts";
import { ContinuationSession } from "./continuation-session.ts";
import { familyOf } from "./family.ts";
import { generate } from "./generation/index.ts";
import type { Model } from "./model.ts";
import { withFedWeights } from "./weights.ts";

const writers = Object.entries(toyWriters).map(([name, config]) => [name, toyOf(config)] as const);
const inputIds = [[5, 9, 17, 33, 8, 21, 30, 6, 11, 14], [40], [11, 12, 13, 7, 7, 19]];
const close = { rtol: 1e-4, atol: 1e-4 };

async function open(model: Model, pieceLength: number) {
  const { decoding } = familyOf(model.modelType);
  const body = decoding!.body!(model.config);
  const graph = withFedWeights("continuation", model.architecture.parameters, (weight) =>
    continuationGraph(body, weight),
  );
  const session = await compile(graph);
  const weights = Object.fromEntries(model.weights);
  const run: typeof session.run = (feeds, fetches) =>
    session.run({ ...weights, ...feeds }, fetches);
  const release = () => session.release();
  return new ContinuationSession(body, { run, release }, pieceLength);
}

test.each(writers)("%s: logits, loss and right answers, whatever the pieces", async (_, model) => {
  const batch = { inputIds, labels: inputIds };
  const { arrays } = model.architecture.collate(batch);
  const { logits, loss } = await model.forward(batch);
  const counted = await model.evaluateLoss(batch);
  const scored = await model.scoredLogits(batch);
  for (const pieceLength of [512, 4, 1]) {
    const session = await open(model, pieceLength);
    const all = await continuationPasses["forward with loss"]!(session, arrays);
    inputIds.forEach((row, b) => {
      const from = b * 10 * logits.shape[2]!;
      const to = from + row.length * logits.shape[2]!;
      const own = (all.logits!.data as Float32Array).subarray(from, to);
      expect(own).toBeAllclose(logits.data.subarray(from, to), close);
    });
    expect(all.logits!.shape).toEqual(logits.shape);
    expect(Number(all.loss!.data[0]) / counted.count).toBeCloseTo(loss!, 4);
    const { num_correct } = await continuationPasses.loss!(session, arrays);
    expect(num_correct!.data[0]).toBe(counted.numCorrect);
    const { logits: own } = await continuationPasses["scored logits"]!(session, arrays);
    expect(own!.data).toBeAllclose(scored.data, close);
    await session.release();
  }
  await model.release();
});

test.each(writers)("%s: greedy and beam search write what two graphs write", async (_, model) => {
  const { decoding } = familyOf(model.modelType);
  const prompt = decoding!.prompt(model.config, { inputIds });
  const tokens = { eosTokenId: model.config.eosTokenId, padTokenId: model.config.padTokenId };
  for (const pieceLength of [512, 4]) {
    const session = await open(model, pieceLength);
    const sessions = session.decodingSessions();
    const start = (rows: number) => decoding!.start(sessions, model.config, prompt.source, rows);
    for (const numBeams of [1, 3]) {
      const settings = { maxNewTokens: 14, numBeams };
      const expected = await model.generate({ inputIds, ...settings });
      const got = await generate(start, prompt, settings, tokens);
      expect(got.sequences).toEqual(expected.sequences);
      expect(got.sequencesScores ?? []).toBeAllclose(expected.sequencesScores ?? [], close);
    }
    await session.release();
  }
  await model.release();
});
