/** @file T5's computation on toy models: what must not change the outputs, and what learning does. */
import { afterAll, describe, expect, test } from "vitest";
import { toyConfigV11, toyModel } from "../../test/toy-model.ts";
import { sizeOf, type Tensor } from "../base/index.ts";
import { noDropout } from "../nn/index.ts";
import { createAdamW, createParameterStore, loadValues, measureGradients } from "../optim/index.ts";
import { compile } from "../runtime/index.ts";
import type { Batch } from "./architecture.ts";
import type { Model } from "./model.ts";
import { gradientName, stepGraph } from "./step-graph.ts";

const models = { "1.0, tied": toyModel(), "1.1, gated and untied": toyModel(toyConfigV11) };
afterAll(() => Promise.all(Object.values(models).map((model) => model.release())));

const source = [
  [5, 9, 17, 33, 2],
  [40, 6, 2],
  [11, 12, 13, 14, 15, 16, 2],
];
const labels = [
  [7, 8, 2],
  [30, 31, 32, 33, 2],
  [21, 2],
];

/** The first `length` positions of one row. @param tensor [B, T, D] */
function rowOf({ data, shape }: Tensor, row: number, length: number): Float32Array {
  const [, steps, width] = shape as [number, number, number];
  return data.subarray(row * steps * width, (row * steps + length) * width);
}

const close = { rtol: 1e-5, atol: 1e-5 };
const padded = (rows: readonly number[][], to: number, id: number) =>
  rows.map((row) => [...row, ...Array<number>(to - row.length).fill(id)]);
const maskOf = (rows: readonly number[][], to: number) =>
  padded(
    rows.map((r) => r.map(() => 1)),
    to,
    0,
  );

describe.each(Object.entries(models))("T5 %s", (_name, model) => {
  test("the loss is the mean of -log softmax of the logits at the labels", async () => {
    const { logits, loss } = await model.forward({ inputIds: source, labels });
    const vocab = model.config.vocabSize;
    expect(logits.shape).toEqual([3, 5, vocab]);
    const losses = labels.flatMap((row, r) =>
      row.map((label, t) => {
        const scores = [...rowOf(logits, r, t + 1).subarray(t * vocab)];
        const top = Math.max(...scores);
        const total = scores.reduce((sum, score) => sum + Math.exp(score - top), 0);
        return top + Math.log(total) - scores[label]!;
      }),
    );
    expect(loss).toBeCloseTo(losses.reduce((a, b) => a + b, 0) / losses.length, 5);
  });

  test("a batch gives what its examples give alone", async () => {
    const batch = await model.forward({ inputIds: source, labels });
    for (const [r, row] of source.entries()) {
      const alone = await model.forward({ inputIds: [row], labels: [labels[r]!] });
      const steps = labels[r]!.length;
      expect(rowOf(batch.logits, r, steps)).toBeAllclose(alone.logits.data, close);
      const states = rowOf(batch.encoderLastHiddenState!, r, row.length);
      expect(states).toBeAllclose(alone.encoderLastHiddenState!.data, close);
    }
  });

  test("more padding changes nothing, whatever ids fill it", async () => {
    const plain = await model.forward({ inputIds: source, labels });
    const wider = await model.forward({
      inputIds: padded(source, 12, 23),
      attentionMask: maskOf(source, 12),
      labels: padded(labels, 9, -100),
    });
    expect(wider.loss).toBeCloseTo(plain.loss!, 5);
    for (const [r, row] of labels.entries()) {
      const states = rowOf(wider.logits, r, row.length);
      expect(states).toBeAllclose(rowOf(plain.logits, r, row.length), close);
    }
  });

  test("a decoder position does not see what comes after it", async () => {
    const decoder = (last: number) => [[0, 7, 8, last]];
    const [a, b] = await Promise.all(
      [9, 25].map((last) =>
        model.forward({ inputIds: [source[0]!], decoderInputIds: decoder(last) }),
      ),
    );
    expect(rowOf(a!.logits, 0, 3)).toEqual(rowOf(b!.logits, 0, 3));
    expect(rowOf(a!.logits, 0, 4)).not.toEqual(rowOf(b!.logits, 0, 4));
  });

  test("the order of source tokens matters, through the position bias alone", async () => {
    const decoderInputIds = [[0, 7]];
    const there = await model.forward({ inputIds: [[5, 9, 17]], decoderInputIds });
    const back = await model.forward({ inputIds: [[17, 9, 5]], decoderInputIds });
    expect(there.logits.data).not.toBeAllclose(back.logits.data, close);
    const blind = withoutPositionBias(model);
    const blindThere = await blind.forward({ inputIds: [[5, 9, 17]], decoderInputIds });
    const blindBack = await blind.forward({ inputIds: [[17, 9, 5]], decoderInputIds });
    expect(blindThere.logits.data).toBeAllclose(blindBack.logits.data, close);
    await blind.release();
  });

  test("lossAndGradients: one gradient per parameter, of its shape, as differences of the loss say", async () => {
    const batch = { inputIds: source, labels };
    const { loss, gradients } = await model.lossAndGradients(batch);
    expect(loss).toBeCloseTo((await model.forward(batch)).loss!, 5);
    const shapes = [...gradients].map(([name, { shape }]) => [name, shape]);
    expect(shapes).toEqual(
      model.architecture.parameters.map(({ name, shape }) => [name, [...shape]]),
    );
    for (const [name, gradient] of gradients) await expectSlope(model, batch, name, gradient);
  });
});

function withoutPositionBias(model: Model): Model {
  const weights = [...model.weights].map(([name, { shape, data }]) => {
    const isBias = name.includes("relative_attention_bias");
    return [name, { shape, data: isBias ? new Float32Array(data.length) : data }] as const;
  });
  return model.withWeights(new Map(weights));
}

/** The loss along a parameter's own gradient rises as fast as the gradient is long. */
async function expectSlope(model: Model, batch: Batch, name: string, { data: slope }: Tensor) {
  const length = Math.hypot(...slope);
  const { data } = model.weights.get(name)!;
  const original = data.slice();
  const lossAt = async (distance: number) => {
    for (let i = 0; i < data.length; i++) data[i] = original[i]! + (distance * slope[i]!) / length;
    const { loss, count } = await model.evaluateLoss(batch);
    data.set(original);
    return loss / count;
  };
  const step = 4e-3;
  const numeric = ((await lossAt(step)) - (await lossAt(-step))) / (2 * step);
  expect(
    Math.abs(numeric - length) / (length + 1e-2),
    `${name}: ${numeric} ${length}`,
  ).toBeLessThan(0.04);
}

test("forward: one session serves batches of other sizes and lengths", async () => {
  const model = models["1.0, tied"];
  for (const [batch, length] of [
    [1, 1],
    [4, 9],
    [2, 30],
  ] as const) {
    const inputIds = Array.from({ length: batch }, () => Array<number>(length).fill(7));
    const { logits } = await model.forward({ inputIds, decoderInputIds: inputIds });
    expect(logits.shape).toEqual([batch, length, 41]);
  }
});

test("forward: the same batch gives the same bits", async () => {
  const model = models["1.1, gated and untied"];
  const [first, second] = [
    await model.forward({ inputIds: source }),
    await model.forward({ inputIds: source }),
  ];
  expect(first.logits.data).toEqual(second.logits.data);
});

test("forward: ids outside the vocabulary are a DataError, not a runtime failure", async () => {
  const bad = models["1.0, tied"].forward({ inputIds: [[5, 99]] });
  await expect(bad).rejects.toMatchObject({ name: "DataError", code: "ids.range" });
});

test("t5: with tied embeddings the logits are scaled by 1/sqrt(d_model)", async () => {
  const tied = models["1.0, tied"];
  const shared = tied.weights.get("shared.weight")!;
  const untied = toyModel({ tie_word_embeddings: false });
  untied.weights.get("lm_head.weight")!.data.set(shared.data.map((x) => x / Math.sqrt(20)));
  const [a, b] = [
    await tied.forward({ inputIds: source }),
    await untied.forward({ inputIds: source }),
  ];
  expect(a.logits.data).toBeAllclose(b.logits.data, close);
  await untied.release();
});

/*
 * A model that knows nothing guesses with loss ln V. T5's embeddings start with deviation 1 and the tied
 * head scales by 1/sqrt(D), so its logits start with deviation about 1 and the loss above ln V by half
 * their variance; the untied head's logits have deviation sqrt(D), and its loss starts far higher.
 */
test("t5: the initial loss is ln V, plus half the variance of the logits", async () => {
  for (const [name, model] of Object.entries(models)) {
    const random = Array.from({ length: 16 }, (_, r) =>
      Array.from({ length: 12 }, (_, c) => 3 + ((r * 31 + c * c * 7) % 38)),
    );
    const { loss, logits } = await model.forward({ inputIds: random, labels: random.toReversed() });
    const variance = logits.data.reduce((sum, x) => sum + x * x, 0) / sizeOf(logits.shape);
    const want = Math.log(41) + variance / 2;
    if (name.startsWith("1.0")) expect(Math.abs(loss! - want)).toBeLessThan(0.5);
    else expect(loss! / want).toBeGreaterThan(0.5);
    expect(loss!).toBeGreaterThan(Math.log(41) - 0.2);
  }
});

test("t5: one batch is learned by heart, to a loss below 0.01", async () => {
  const model = toyModel();
  const store = createParameterStore(model.architecture.parameters);
  loadValues(store, model.weights);
  const session = await compile(stepGraph(model.architecture, noDropout).graph);
  const { arrays, count } = model.architecture.collate({ inputIds: source, labels });
  const optimizer = createAdamW(store, { weightDecay: 0 });
  const buffers = [...store.gradients].map(
    ([name, buffer]) => [gradientName(name), buffer] as const,
  );
  let loss = Number.POSITIVE_INFINITY;
  for (let step = 0; step < 300 && loss >= 0.01; step++) {
    const fetches = { loss: null, ...Object.fromEntries(buffers) };
    const outputs = await session.run({ ...Object.fromEntries(store.values), ...arrays }, fetches);
    loss = Number(outputs.loss!.data[0]) / count;
    const { gradientScale } = measureGradients(store, { accumulation: count, maxNorm: 1 });
    optimizer.step({ learningRate: 0.01, gradientScale });
  }
  expect(loss).toBeLessThan(0.01);
  const learned = model.withWeights(store.values);
  const { sequences } = await learned.generate({ inputIds: source });
  expect(sequences).toEqual([
    [0, 7, 8, 2, 0, 0],
    [0, 30, 31, 32, 33, 2],
    [0, 21, 2, 0, 0, 0],
  ]);
  await Promise.all([session.release(), model.release(), learned.release()]);
});
