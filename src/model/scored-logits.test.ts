/** @file Logits at labelled positions alone: those that `forward` has there. */
import { expect, test } from "vitest";
import { toyGpt2, toyLlama, toyOf, toyRoberta } from "../../test/toy-families.ts";

const rows = [
  [1, 5, 9, 12, 30],
  [1, 7, 8],
];

test.each([
  ["llama", toyLlama, 1],
  ["gpt2", toyGpt2, 1],
  ["roberta", toyRoberta, 0],
] as const)("scoredLogits: %s, as in forward", async (_, config, shift) => {
  const model = toyOf(config);
  // one position of each row: the last that is read
  const labels = rows.map((row) => row.map((_id, i) => (i < row.length - 1 ? -100 : 4)));
  const { logits } = await model.forward({ inputIds: rows });
  const scored = await model.scoredLogits({ inputIds: rows, labels });
  const [, length, vocabSize] = logits.shape as [number, number, number];
  expect(scored.shape).toEqual([2, vocabSize]);
  const wanted = rows.flatMap((row, r) => {
    const at = (r * length + row.length - 1 - shift) * vocabSize;
    return [...logits.data.subarray(at, at + vocabSize)];
  });
  expect(scored.data).toBeAllclose(wanted, { atol: 1e-5 });
  await model.release();
});
