/** @file Models in 8 bits against the same models whole: logits, tokens, heads, and what is refused. */
import { expect, test } from "vitest";
import type { Tensor } from "../base/index.ts";
import { createModel, Model, type ModelType } from "./index.ts";

/** Wide enough that every matrix is worth 8 bits. */
const shape = { vocab_size: 96, d_model: 64, d_kv: 16, d_ff: 96, num_layers: 2, num_heads: 4 };
const inputIds = [
  [5, 40, 41, 42, 43, 44, 45, 2],
  [9, 30, 17, 80, 2],
];

/** A random model whose words depend on all its layers. */
function lively(config: object = {}, head: "generation" | "defect" = "generation"): Model {
  const json = { ...shape, pad_token_id: 0, eos_token_id: 2, ...config };
  const model = createModel("t5", json, { seed: 1, head });
  for (const [name, { data }] of model.weights) {
    if (/(shared|lm_head)\.weight$/.test(name))
      for (let i = 0; i < data.length; i++) data[i]! *= 0.1;
  }
  return model;
}

const inEightBits = (model: Model) => new Model(model, model.weights, "cpu", "int8");

function cosine(a: Tensor, b: Tensor): number {
  const dot = (x: Tensor, y: Tensor) => x.data.reduce((sum, v, i) => sum + v * y.data[i]!, 0);
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
}

/** Share of rows of the last axis with the same largest value. */
function sameChoices(a: Tensor, b: Tensor): number {
  const width = a.shape.at(-1)!;
  const choices = ({ data }: Tensor) =>
    Array.from({ length: data.length / width }, (_, row) => {
      const values = data.subarray(row * width, (row + 1) * width);
      return values.indexOf(Math.max(...values));
    });
  const [first, second] = [choices(a), choices(b)];
  return first.filter((choice, i) => choice === second[i]).length / first.length;
}

test.each([
  ["CodeT5's layout", {}],
  ["T5 1.1's layout", { feed_forward_proj: "gated-gelu", tie_word_embeddings: false }],
])("8 bits: %s, logits near the whole model's and mostly the same choice", async (_, config) => {
  const whole = lively(config);
  const small = inEightBits(whole);
  const labels = [
    [7, 12, 60, 61, 33, 2],
    [50, 51, 2],
  ];
  const batch = { inputIds, labels };
  const [a, b] = [await whole.forward(batch), await small.forward(batch)];
  expect(b.logits.shape).toEqual(a.logits.shape);
  expect(cosine(a.logits, b.logits)).toBeGreaterThan(0.999);
  expect(sameChoices(a.logits, b.logits)).toBeGreaterThan(0.8);
  expect(b.loss).toBeCloseTo(a.loss!, 1);
  expect(cosine(a.encoderLastHiddenState!, b.encoderLastHiddenState!)).toBeGreaterThan(0.999);
  const { loss } = await small.evaluateLoss(batch);
  expect(loss / 9).toBeCloseTo(b.loss!, 4);
  await whole.release();
  await small.release();
});

test("8 bits: greedy and beams go the whole model's way for a while, the same way every time", async () => {
  const whole = lively();
  const small = inEightBits(whole);
  for (const numBeams of [1, 3]) {
    const ask = { inputIds, maxLength: 12, numBeams };
    const [a, b] = [await whole.generate(ask), await small.generate(ask)];
    expect(b.sequences.map((row) => row.slice(0, 3))).toEqual(
      a.sequences.map((row) => row.slice(0, 3)),
    );
    expect(await small.generate(ask)).toEqual(b);
  }
  await whole.release();
  await small.release();
});

test("8 bits: a classification head gives nearly the same probabilities", async () => {
  const whole = lively({}, "defect");
  const small = inEightBits(whole);
  const [a, b] = [await whole.forward({ inputIds }), await small.forward({ inputIds })];
  expect(b.prob!.data).toBeAllclose(a.prob!.data, { rtol: 0, atol: 0.02 });
  await whole.release();
  await small.release();
});

const families: readonly (readonly [ModelType, object])[] = [
  ["llama", { hidden_size: 64, intermediate_size: 96, num_hidden_layers: 2 }],
  ["gpt2", { n_embd: 64, n_layer: 2, n_head: 4, n_positions: 64 }],
];

test.each(families)("8 bits: %s writes and scores", async (modelType, config) => {
  const heads = { num_attention_heads: 4, num_key_value_heads: 4, max_position_embeddings: 64 };
  const tokens = { bos_token_id: 1, eos_token_id: 2, vocab_size: 96 };
  const whole = createModel(modelType, { ...heads, ...tokens, ...config }, { seed: 1 });
  const small = inEightBits(whole);
  const rows = inputIds.slice(0, 1);
  const [a, b] = [await whole.forward({ inputIds: rows }), await small.forward({ inputIds: rows })];
  expect(cosine(a.logits, b.logits)).toBeGreaterThan(0.99);
  const { sequences } = await small.generate({ inputIds: rows, maxNewTokens: 4, minNewTokens: 4 });
  expect(sequences[0]).toHaveLength(12);
  await whole.release();
  await small.release();
});

test("8 bits: no gradients; new weights are used once the model is told", async () => {
  const model = inEightBits(lively());
  const batch = {
    inputIds,
    labels: [
      [7, 2],
      [50, 2],
    ],
  };
  await expect(model.lossAndGradients(batch)).rejects.toThrow(
    expect.objectContaining({ code: "model.quantized" }),
  );
  const before = await model.forward(batch);
  const { data } = model.weights.get("encoder.block.0.layer.1.DenseReluDense.wo.weight")!;
  for (let i = 0; i < data.length; i++) data[i]! *= -3;
  await model.weightsChanged();
  expect((await model.forward(batch)).loss).not.toBe(before.loss);
  await model.release();
});
