/** @file The defect and clone heads: which state they read, and which batches they refuse. */
import { afterAll, expect, test } from "vitest";
import { toyModel } from "../../test/toy-model.ts";

const defect = toyModel({}, { head: "defect" });
const clone = toyModel({}, { head: "clone" });
afterAll(() => Promise.all([defect.release(), clone.release()]));

const close = { rtol: 1e-5, atol: 1e-6 };
const snippets = [
  [1, 9, 17, 33, 2],
  [1, 6, 2],
  [1, 12, 13, 14, 15, 16, 2],
];

test("defect: probabilities are the softmax of the logits, the loss their mean -log at the labels", async () => {
  const labels = [0, 1, 1];
  const { logits, prob, loss } = await defect.forward({ inputIds: snippets, labels });
  expect([logits.shape, prob!.shape]).toEqual([
    [3, 2],
    [3, 2],
  ]);
  const losses = labels.map((label, row) => -Math.log(prob!.data[2 * row + label]!));
  expect(loss).toBeCloseTo(losses.reduce((a, b) => a + b, 0) / 3, 5);
  for (let row = 0; row < 3; row++) {
    const [a, b] = logits.data.subarray(2 * row) as unknown as [number, number];
    expect(prob!.data[2 * row]).toBeCloseTo(1 / (1 + Math.exp(b - a)), 5);
  }
});

test("defect: labels may come as rows of one, as the dataset has them", async () => {
  const flat = await defect.forward({ inputIds: snippets, labels: [0, 1, 1] });
  const rows = await defect.forward({ inputIds: snippets, labels: [[0], [1], [1]] });
  expect(rows).toEqual(flat);
});

test("defect: a batch gives what its examples give alone, however padded", async () => {
  const batch = await defect.forward({ inputIds: snippets });
  for (const [row, ids] of snippets.entries()) {
    const own = batch.logits.data.subarray(2 * row, 2 * row + 2);
    for (const inputIds of [[ids], [[...ids, 0, 0, 0, 0]]]) {
      expect((await defect.forward({ inputIds })).logits.data).toBeAllclose(own, close);
    }
  }
});

test("defect: the state read is the one before the last </s>, which sees nothing after it", async () => {
  const one = await defect.forward({ inputIds: [[1, 9, 2, 17, 33, 2]] });
  const other = await defect.forward({ inputIds: [[1, 9, 2, 17, 34, 2]] });
  expect(one.logits.data).not.toBeAllclose(other.logits.data, close);
  // the encoder sees the whole snippet, so a tail after the last </s> still counts
  const tail = await defect.forward({ inputIds: [[1, 9, 2, 17, 33]] });
  expect(tail.logits.data).not.toBeAllclose(one.logits.data, close);
});

test("clone: an example is two snippets side by side, and their order matters", async () => {
  const [a, b] = [
    [1, 9, 17, 2],
    [1, 6, 2, 0],
  ];
  const { prob } = await clone.forward({
    inputIds: [
      [...a, ...b],
      [...b, ...a],
    ],
  });
  expect(prob!.shape).toEqual([2, 2]);
  expect(prob!.data[0]).not.toBeCloseTo(prob!.data[2]!, 5);
  const alone = await clone.forward({ inputIds: [[...b, ...a]] });
  expect(alone.prob!.data).toBeAllclose(prob!.data.subarray(2), close);
});

test("clone: pairs of different lengths share a batch", async () => {
  const pairs = [
    [1, 9, 2, 1, 6, 2],
    [1, 9, 17, 5, 2, 1, 6, 7, 8, 2],
  ];
  const batch = await clone.forward({ inputIds: pairs });
  for (const [row, ids] of pairs.entries()) {
    const alone = await clone.forward({ inputIds: [ids] });
    expect(alone.logits.data).toBeAllclose(batch.logits.data.subarray(2 * row, 2 * row + 2), close);
  }
});

test.each([
  [{ inputIds: [[1, 9, 2]], labels: [2] }, "labels.class"],
  [{ inputIds: [[1, 9, 2]], labels: [-1] }, "labels.class"],
  [{ inputIds: [[1, 9, 2]], labels: [0.5] }, "labels.class"],
  [{ inputIds: [[1, 9, 2]], labels: [[]] }, "labels.class"],
  [{ inputIds: [[1, 9, 2]], labels: [0, 1] }, "labels.class"],
  [{ inputIds: [[1, 9, 17]] }, "ids.eos"],
  [{ inputIds: [[1, 99, 2]] }, "ids.range"],
  [{ inputIds: [] }, "ids.empty"],
])("defect: %j is refused", async (batch, code) => {
  await expect(defect.forward(batch)).rejects.toMatchObject({ name: "DataError", code });
});

test("clone: an odd number of ids cannot be two snippets", async () => {
  const odd = clone.forward({ inputIds: [[1, 2, 1, 9, 2]] });
  await expect(odd).rejects.toMatchObject({ name: "DataError", code: "ids.odd" });
});

test("heads: gradients reach every parameter, but for an untied language-model head", async () => {
  const model = toyModel({ tie_word_embeddings: false }, { head: "clone" });
  const inputIds = [
    [1, 9, 2, 1, 6, 2],
    [1, 8, 2, 1, 5, 2],
  ];
  const { gradients } = await model.lossAndGradients({ inputIds, labels: [0, 1] });
  const still = [...gradients].filter(([, { data }]) => data.every((value) => value === 0));
  expect(still.map(([name]) => name)).toEqual(["encoder.lm_head.weight"]);
  await model.release();
});
