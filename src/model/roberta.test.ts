/** @file RoBERTa: against plain JavaScript, under each of its heads. */
import { afterAll, describe, expect, test } from "vitest";
import { robertaClasses, robertaLogits, robertaStates } from "../../test/reference-models.ts";
import { toyOf, toyRoberta } from "../../test/toy-families.ts";
import { noDropout } from "../nn/index.ts";
import type { Batch } from "./architecture.ts";
import { withHead } from "./folder.ts";
import type { Model } from "./model.ts";
import { stepGraph } from "./step-graph.ts";

const masked = toyOf(toyRoberta);
const classes = toyOf({ ...toyRoberta, num_labels: 3 }, { head: "classification" });
const states = withHead(masked, "features", 1);
const models = [masked, classes, states];
afterAll(() => Promise.all(models.map((model) => model.release())));

const texts = [
  [0, 9, 17, 33, 8, 21, 2],
  [0, 6, 2],
  [0, 12, 13, 14, 2],
];
const close = { rtol: 1e-4, atol: 1e-4 };
const rowOf = (
  { data, shape }: { data: Float32Array; shape: readonly number[] },
  row: number,
  length: number,
) => {
  const [, steps, width] = shape as [number, number, number];
  return data.subarray(row * steps * width, (row * steps + length) * width);
};

/** Rows filled up with the padding id. */
const padded = (to: number) =>
  texts.map((row) => [...row, ...Array<number>(to - row.length).fill(1)]);
const maskTo = (to: number) =>
  texts.map((row) => Array.from({ length: to }, (_, c) => Number(c < row.length)));

test("masked language: logits as in plain JavaScript, padding or not", async () => {
  const plain = await masked.forward({ inputIds: texts });
  const wide = await masked.forward({ inputIds: padded(9), attentionMask: maskTo(9) });
  for (const [r, ids] of texts.entries()) {
    const wanted = robertaLogits(masked, toyRoberta, ids).flat();
    expect(rowOf(plain.logits, r, ids.length)).toBeAllclose(wanted, close);
    expect(rowOf(wide.logits, r, ids.length)).toBeAllclose(wanted, close);
  }
});

test("masked language: the loss is the mean of -log softmax at the labels themselves", async () => {
  const labels = texts.map((row) => row.map((id, c) => (c % 2 === 1 ? id : -100)));
  const { logits, loss } = await masked.forward({ inputIds: texts, labels });
  const losses = labels.flatMap((row, r) =>
    row.flatMap((label, c) => {
      if (label === -100) return [];
      const scores = [...rowOf(logits, r, c + 1).subarray(c * 43)];
      const top = Math.max(...scores);
      return [
        top + Math.log(scores.reduce((sum, x) => sum + Math.exp(x - top), 0)) - scores[label]!,
      ];
    }),
  );
  expect(loss).toBeCloseTo(losses.reduce((a, b) => a + b, 0) / losses.length, 4);
});

test("classification: logits as in plain JavaScript, probabilities add up", async () => {
  const { logits, prob } = await classes.forward({ inputIds: padded(8), attentionMask: maskTo(8) });
  const wanted = texts.flatMap((ids) => [...robertaClasses(classes, toyRoberta, ids)]);
  expect(logits.shape).toEqual([3, 3]);
  expect(logits.data).toBeAllclose(wanted, close);
  expect(prob!.data.reduce((a, b) => a + b, 0)).toBeCloseTo(3, 4);
});

test("features: the states alone, of the same body without its prefix; there is nothing to learn", async () => {
  const { logits, encoderLastHiddenState } = await states.forward({ inputIds: texts });
  for (const [r, ids] of texts.entries()) {
    const wanted = robertaStates(masked, toyRoberta, ids).flat();
    expect(rowOf(encoderLastHiddenState!, r, ids.length)).toBeAllclose(wanted, close);
  }
  expect(logits).toEqual(encoderLastHiddenState);
  const refused = expect.objectContaining({ code: "model.head" });
  await expect(states.lossAndGradients({ inputIds: texts, labels: texts })).rejects.toThrow(
    refused,
  );
  expect(() => stepGraph(states.architecture, noDropout)).toThrow(refused);
  const back = withHead(states, "masked-language", 7);
  const name = "roberta.encoder.layer.0.output.dense.weight";
  expect(back.weights.get(name)!.data).toEqual(masked.weights.get(name)!.data);
});

describe("gradients", () => {
  test.each([
    ["masked language", masked, { inputIds: texts, labels: texts }],
    [
      "classification",
      classes,
      { inputIds: padded(8), attentionMask: maskTo(8), labels: [2, 0, 1] },
    ],
  ])("%s: one per parameter, as differences of the loss say", async (_name, model, batch) => {
    await expectSlopes(model, batch);
  });

  test("the padding rows of both tables learn nothing where padding is read", async () => {
    const apart = toyOf({ ...toyRoberta, tie_word_embeddings: false });
    const { gradients } = await apart.lossAndGradients({ inputIds: padded(8), labels: padded(8) });
    for (const table of ["word", "position"]) {
      const { data } = gradients.get(`roberta.embeddings.${table}_embeddings.weight`)!;
      expect(Math.hypot(...data.subarray(18, 36)), table).toBe(0);
      expect(Math.hypot(...data.subarray(36, 54)), table).toBeGreaterThan(0);
    }
    await apart.release();
  });
});

/** Central differences along each gradient's own direction; the layers after the first are built alike. */
async function expectSlopes(model: Model, batch: Batch): Promise<void> {
  const { gradients } = await model.lossAndGradients(batch);
  expect([...gradients.keys()]).toEqual(model.architecture.parameters.map(({ name }) => name));
  for (const [name, { data: gradient }] of gradients) {
    const norm = Math.hypot(...gradient);
    if (/\.1\./.test(name) || norm < 1e-6) continue;
    const { data } = model.weights.get(name)!;
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

test.each([
  ["ids.length", { inputIds: [Array<number>(23).fill(5)] }],
  ["labels.shape", { inputIds: [[5, 6]], labels: [[5]] }],
  ["labels.none", { inputIds: [[5]], labels: [[-100]] }],
  ["ids.range", { inputIds: [[43]] }],
])("%s: %j", async (code, batch) => {
  await expect(masked.forward(batch)).rejects.toThrow(expect.objectContaining({ code }));
});

test("a text as long as the position table allows is read", async () => {
  const { logits } = await masked.forward({ inputIds: [Array<number>(22).fill(5)] });
  expect(logits.shape).toEqual([1, 22, 43]);
});
