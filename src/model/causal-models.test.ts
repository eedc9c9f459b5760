/** @file Decoder-only families: against plain JavaScript, and what must not change their outputs. */
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { bindShape } from "../../test/nd.ts";
import { gpt2Logits, llamaLogits } from "../../test/reference-models.ts";
import {
  toyGpt2,
  toyLlama,
  toyLlamaTied,
  toyMistral,
  toyOf,
  toyWriters,
} from "../../test/toy-families.ts";
import { Random, sizeOf, type Tensor } from "../base/index.ts";
import { Dropout } from "../nn/index.ts";
import { compile } from "../runtime/index.ts";
import type { Batch } from "./architecture.ts";
import type { Model } from "./model.ts";
import { gradientName, stepGraph } from "./step-graph.ts";

const models = Object.entries(toyWriters).map(([name, config]) => {
  return [name, toyOf(config), config] as const;
});
afterAll(() => Promise.all(models.map(([, model]) => model.release())));

const texts = [
  [5, 9, 17, 33, 8, 21, 4, 30],
  [40, 6, 11],
  [11, 12, 13, 14, 15],
];
const close = { rtol: 1e-4, atol: 1e-4 };

/** The first `length` positions of one row. @param tensor [B, S, V] */
function rowOf({ data, shape }: Tensor, row: number, length: number): Float32Array {
  const [, steps, width] = shape as [number, number, number];
  return data.subarray(row * steps * width, (row * steps + length) * width);
}

describe.each(models)("%s", (_name, model, config) => {
  const referenceOf = config.model_type === "gpt2" ? gpt2Logits : llamaLogits;

  test("logits as in plain JavaScript, each text of a batch as alone", async () => {
    const { logits } = await model.forward({ inputIds: texts });
    expect(logits.shape).toEqual([3, 8, 43]);
    for (const [r, ids] of texts.entries()) {
      const wanted = referenceOf(model, config as never, ids).flat();
      expect(rowOf(logits, r, ids.length)).toBeAllclose(wanted, close);
    }
  });

  test("the loss is the mean of -log softmax one position before each label", async () => {
    const labels = texts.map((row, r) => row.map((id, c) => ((c + r) % 3 === 0 ? -100 : id)));
    const { logits, loss } = await model.forward({ inputIds: texts, labels });
    const losses = labels.flatMap((row, r) =>
      row.flatMap((label, c) => {
        if (label === -100 || c === 0) return [];
        const scores = [...rowOf(logits, r, c).subarray((c - 1) * 43)];
        const top = Math.max(...scores);
        const total = scores.reduce((sum, score) => sum + Math.exp(score - top), 0);
        return [top + Math.log(total) - scores[label]!];
      }),
    );
    expect(loss).toBeCloseTo(losses.reduce((a, b) => a + b, 0) / losses.length, 4);
  });

  test("padding changes nothing, whatever ids fill it, and no position sees what follows", async () => {
    const plain = await model.forward({ inputIds: texts });
    const inputIds = texts.map((row) => [...row, ...Array<number>(11 - row.length).fill(23)]);
    const attentionMask = texts.map((row) => inputIds[0]!.map((_, c) => Number(c < row.length)));
    const wider = await model.forward({ inputIds, attentionMask });
    const blind = await model.forward({ inputIds });
    for (const [r, row] of texts.entries()) {
      const wanted = rowOf(plain.logits, r, row.length);
      expect(rowOf(wider.logits, r, row.length)).toBeAllclose(wanted, close);
      expect(rowOf(blind.logits, r, row.length)).toBeAllclose(wanted, close);
    }
  });

  test("one gradient per parameter, as differences of the loss say", async () => {
    await expectSlopes(model, { inputIds: texts, labels: texts });
  });
});

/** Central differences along each gradient's own direction; the layers after the first are built alike. */
async function expectSlopes(model: Model, batch: Batch): Promise<void> {
  const { gradients } = await model.lossAndGradients(batch);
  expect([...gradients.keys()]).toEqual(model.architecture.parameters.map(({ name }) => name));
  for (const [name, { data: gradient }] of gradients) {
    if (/\.1\./.test(name)) continue;
    const { data } = model.weights.get(name)!;
    const norm = Math.hypot(...gradient);
    if (norm < 1e-6) continue;
    const before = data.slice();
    const lossAt = async (step: number) => {
      for (let i = 0; i < data.length; i++) data[i] = before[i]! + (step * gradient[i]!) / norm;
      return (await model.forward(batch)).loss!;
    };
    const slope = ((await lossAt(1e-2)) - (await lossAt(-1e-2))) / 2e-2;
    data.set(before);
    expect(Math.abs(slope - norm), `${name}: ${slope} ${norm}`).toBeLessThan(2e-3 + 0.02 * norm);
  }
}

describe("classification", () => {
  const configs = { llama: toyLlama, "llama, no padding token": toyLlamaTied, gpt2: toyGpt2 };
  const heads = Object.entries(configs).map(([name, config]) => {
    const labels = { id2label: { 0: "a", 1: "b", 2: "c" } };
    return [name, toyOf({ ...config, ...labels }, { head: "classification" })] as const;
  });
  afterAll(() => Promise.all(heads.map(([, model]) => model.release())));

  test.each(heads)("%s: the last token's state is scored, padding or not", async (_name, model) => {
    const batch = await model.forward({ inputIds: texts });
    expect(batch.logits.shape).toEqual([3, 3]);
    for (const [r, row] of texts.entries()) {
      const alone = await model.forward({ inputIds: [row] });
      expect(rowOfClasses(batch.logits, r)).toBeAllclose(alone.logits.data, close);
      const { prob } = alone;
      expect(prob!.data.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 5);
    }
    const inputIds = texts.map((row) => [...row, ...Array<number>(9 - row.length).fill(7)]);
    const attentionMask = texts.map((row) => inputIds[0]!.map((_, c) => Number(c < row.length)));
    const masked = await model.forward({ inputIds, attentionMask });
    expect(masked.logits.data).toBeAllclose(batch.logits.data, close);
    await expectSlopes(model, { inputIds: texts, labels: [2, 0, 1] });
  });

  test("labels outside the classes, one class, and rows of padding are refused", async () => {
    const [, model] = heads[0]!;
    const refused = (batch: Batch, code: string) =>
      expect(model.forward(batch)).rejects.toThrow(expect.objectContaining({ code }));
    await refused({ inputIds: texts, labels: [0, 1, 3] }, "labels.class");
    await refused({ inputIds: [[0, 0]], labels: [0] }, "ids.padding");
    const one = { ...toyLlama, num_labels: 1 };
    expect(() => toyOf(one, { head: "classification" })).toThrow(
      expect.objectContaining({ code: "config.unsupported" }),
    );
  });
});

const rowOfClasses = ({ data }: Tensor, row: number) => data.subarray(row * 3, row * 3 + 3);

/** Any ratio of heads, width, window and rotation, texts of any length. */
const anyLlama = fc.record({
  num_key_value_heads: fc.integer({ min: 1, max: 3 }),
  perGroup: fc.integer({ min: 1, max: 3 }),
  half: fc.integer({ min: 1, max: 4 }),
  hidden_size: fc.integer({ min: 4, max: 18 }),
  sliding_window: fc.option(fc.integer({ min: 1, max: 12 })),
  rope_theta: fc.constantFrom(10, 10000, 500000),
  tie_word_embeddings: fc.boolean(),
  hidden_act: fc.constantFrom("silu", "gelu", "gelu_new"),
  seed: fc.nat(1000),
  text: fc.array(fc.integer({ min: 3, max: 42 }), { minLength: 2, maxLength: 14 }),
});

test("any Mistral: logits as in plain JavaScript, and the cache does not show", async () => {
  const property = fc.asyncProperty(anyLlama, async ({ perGroup, half, seed, text, ...sizes }) => {
    const config = {
      ...toyMistral,
      ...sizes,
      num_attention_heads: perGroup * sizes.num_key_value_heads,
      head_dim: 2 * half,
      eos_token_id: null,
    };
    const model = toyOf(config, { seed });
    const { logits } = await model.forward({ inputIds: [text] });
    expect(logits.data).toBeAllclose(llamaLogits(model, config, text).flat(), close);
    const prompt = text.slice(0, 2);
    const { sequences } = await model.generate({ inputIds: [prompt], maxNewTokens: 6 });
    const scores = llamaLogits(model, config, sequences[0]!);
    for (let at = 2; at < sequences[0]!.length; at++) {
      const before = scores[at - 1]!;
      expect(before[sequences[0]![at]!]).toBeCloseTo(Math.max(...before), 3);
    }
    await model.release();
  });
  await fc.assert(property, { numRuns: 8 });
});

test("steps against the gradient, with dropout: the batch is learnt", async () => {
  const model = toyOf({ ...toyGpt2, initializer_range: 0.1 });
  const { graph, masks } = stepGraph(model.architecture, new Dropout(0.1));
  expect(new Set(masks.map(({ name }) => name)).size).toBe(1 + 3 * toyGpt2.n_layer);
  const session = await compile(graph);
  const { arrays, count } = model.architecture.collate({ inputIds: texts, labels: texts });
  const random = new Random(9);
  const draw = () => (random.uniform() < 0.1 ? 0 : 1 / 0.9);
  const losses: number[] = [];
  for (let step = 0; step < 40; step++) {
    const drawn = masks.map(({ name, shape }) => {
      const dims = bindShape(shape, { B: 3, S: 8 });
      return [name!, { shape: dims, data: Float32Array.from({ length: sizeOf(dims) }, draw) }];
    });
    const feeds = { ...Object.fromEntries(model.weights), ...arrays, ...Object.fromEntries(drawn) };
    const outputs = await session.run(feeds);
    losses.push(Number(outputs.loss!.data[0]) / count);
    for (const [name, { data }] of model.weights) {
      const gradient = outputs[gradientName(name)]!.data as Float32Array;
      for (let i = 0; i < data.length; i++) data[i]! -= (0.3 * gradient[i]!) / count;
    }
  }
  // a model that knows nothing pays ln 43 = 3.76 nats
  expect(losses[0]).toBeGreaterThan(3);
  expect(losses.at(-1)).toBeLessThan(1);
  await Promise.all([session.release(), model.release()]);
});

test("the padding token's embedding learns nothing where it is read, and learns where it is scored", async () => {
  const model = toyOf({ ...toyLlama, tie_word_embeddings: true });
  const apart = toyOf(toyLlama);
  const batch = { inputIds: [[5, 0, 7, 0, 9]], labels: [[5, 0, 7, 0, 9]] };
  const row = async (which: Model) => {
    const { gradients } = await which.lossAndGradients(batch);
    return Math.hypot(...gradients.get("model.embed_tokens.weight")!.data.subarray(0, 20));
  };
  expect(await row(apart)).toBe(0);
  expect(await row(model)).toBeGreaterThan(0);
  await Promise.all([model.release(), apart.release()]);
});

test.each([
  ["ids.length", { inputIds: [Array<number>(65).fill(5)] }],
  ["ids.range", { inputIds: [[5, 43]] }],
  ["batch.decoder", { inputIds: [[5]], decoderInputIds: [[1]] }],
  ["labels.shape", { inputIds: [[5, 6]], labels: [[5]] }],
  ["labels.none", { inputIds: [[5]], labels: [[5]] }],
  ["mask.shape", { inputIds: [[5, 6]], attentionMask: [[1]] }],
])("%s: %j", async (code, batch) => {
  await expect(models[0]![1].forward(batch)).rejects.toThrow(expect.objectContaining({ code }));
});
