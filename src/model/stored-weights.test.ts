/** @file Weights read when they are asked for: sessions over the file, until somebody may have changed them. */
import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { toyOf, toyWriters } from "../../test/toy-families.ts";
import { readCheckpoint } from "../checkpoint/index.ts";
import { createModel, Model, saveModel } from "./index.ts";
import { lazyWeights, storageOf } from "./stored-weights.ts";

const folder = mkdtempSync(join(tmpdir(), "codet5-lazy-"));
afterAll(() => rmSync(folder, { recursive: true }));

const config = { vocab_size: 61, d_model: 16, d_kv: 4, d_ff: 24, num_layers: 2, num_heads: 4 };
const inputIds = [
  [5, 9, 17, 33, 8, 21, 2],
  [40, 2],
];
const settings = { inputIds, maxNewTokens: 8, numBeams: 2 };

const toyT5 = () => createModel("t5", { ...config, eos_token_id: 2 }, { seed: 6 });

async function opened(name: string, eager = toyT5()) {
  const path = join(folder, name);
  mkdirSync(path);
  await saveModel(eager, path);
  const { tensors } = readCheckpoint(path);
  const weights = lazyWeights([...eager.weights.keys()], tensors);
  return { eager, path, weights, lazy: new Model(eager, weights) };
}

test.each([
  ["an encoder and a decoder, of two sessions", toyT5],
  ["a decoder alone, of one", () => toyOf(toyWriters.llama!)],
])(
  "lazyWeights: decoding reads the file, and leaves every weight unread: %s",
  async (name, make) => {
    const { eager, lazy, weights } = await opened(name, make());
    const expected = await eager.generate(settings);
    const { sequences, sequencesScores } = await lazy.generate(settings);
    expect(sequences).toEqual(expected.sequences);
    expect(sequencesScores!).toBeAllclose(expected.sequencesScores!, { rtol: 1e-5, atol: 1e-5 });
    expect(storageOf(weights)!.available().size).toBe(weights.size);
    await lazy.release();
  },
);

test("lazyWeights: what was read may have been changed, and comes from memory", async () => {
  const { eager, lazy, weights } = await opened("changed");
  const before = await lazy.generate(settings);
  for (const model of [eager, lazy]) {
    const { data } = model.weights.get("encoder.block.0.layer.0.SelfAttention.q.weight")!;
    data.fill(3);
    model.weights.get("shared.weight")!.data.reverse();
    await model.weightsChanged();
  }
  expect(storageOf(weights)!.available().size).toBe(weights.size - 2);
  const after = await lazy.generate(settings);
  expect(after).toEqual(await eager.generate(settings));
  expect(after.sequencesScores).not.toEqual(before.sequencesScores);
  await Promise.all([eager.release(), lazy.release()]);
});

test("lazyWeights: a file that was replaced is refused, not read", async () => {
  const { lazy, path, weights } = await opened("replaced");
  const file = join(path, "model.safetensors");
  copyFileSync(file, `${file}.copy`);
  rmSync(file);
  copyFileSync(`${file}.copy`, file);
  expect(storageOf(weights)!.available().size).toBe(0);
  await expect(lazy.generate(settings)).rejects.toMatchObject({ code: "file.changed" });
});
