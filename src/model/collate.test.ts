/** @file Lists of ids to padded arrays, and every way in which they may not fit. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { toyModel } from "../../test/toy-model.ts";
import type { Batch } from "./architecture.ts";
import { padIds, padMask, scoredTargets, shiftRight } from "./collate.ts";

const { architecture } = toyModel();
const collate = (batch: Batch) => architecture.collate(batch);
const failure = (code: string, where?: string) =>
  expect.objectContaining({
    name: "DataError",
    code,
    ...(where === undefined ? {} : { details: expect.objectContaining({ where }) }),
  });

test("padIds: ragged rows are filled on the right and masked there", () => {
  const { ids, mask, rows, length } = padIds([[5, 6, 7], [8], []], 9, 41, "inputIds");
  expect(ids).toEqual({ data: Int32Array.of(5, 6, 7, 8, 9, 9, 9, 9, 9), shape: [3, 3] });
  expect(mask).toEqual({ data: Int32Array.of(1, 1, 1, 1, 0, 0, 0, 0, 0), shape: [3, 3] });
  expect([rows, length]).toEqual([3, 3]);
});

test("padIds: every row comes back as its prefix, whatever the lengths", () => {
  const row = fc.array(fc.nat(40), { maxLength: 9 });
  fc.assert(
    fc.property(fc.array(row, { minLength: 1, maxLength: 6 }), (rows) => {
      fc.pre(rows.some(({ length }) => length > 0));
      const { ids, mask, length } = padIds(rows, 0, 41, "x");
      rows.forEach((ids0, r) => {
        const own = ids.data.subarray(r * length, (r + 1) * length);
        expect([...own.subarray(0, ids0.length)]).toEqual(ids0);
        const visible = mask.data.subarray(r * length, (r + 1) * length);
        expect(visible.reduce((sum, bit) => sum + bit, 0)).toBe(ids0.length);
      });
    }),
  );
});

test("padIds: a batch of very many rows does not overflow the stack", () => {
  const rows = Array.from({ length: 200_000 }, () => [1]);
  expect(padIds(rows, 0, 41, "x").rows).toBe(200_000);
});

test.each([
  [[[1, 2], [41]], "inputIds[1][0]"],
  [[[1, -1]], "inputIds[0][1]"],
  [[[1.5]], "inputIds[0][0]"],
  [[[Number.NaN]], "inputIds[0][0]"],
])("collate: ids %j outside the vocabulary are named", (inputIds, where) => {
  expect(() => collate({ inputIds })).toThrow(failure("ids.range", where));
});

test.each([[[]], [[[], []]]])("collate: a batch %j without ids is refused", (inputIds) => {
  expect(() => collate({ inputIds })).toThrow(failure("ids.empty"));
});

test("collate: a mask must have its ids' shape", () => {
  const inputIds = [[5, 6], [7]];
  expect(padMask([[1, 0], [1]], inputIds, 2, "m").data).toEqual(Int32Array.of(1, 0, 1, 0));
  const wrong = {
    inputIds,
    attentionMask: [
      [1, 1],
      [1, 0],
    ],
  };
  expect(() => collate(wrong)).toThrow(failure("mask.shape", "attentionMask[1]"));
  expect(() => collate({ inputIds, attentionMask: [[1, 1]] })).toThrow(failure("mask.shape"));
});

test("shiftRight: the start token in front, the last label dropped, ignored labels become padding", () => {
  expect(shiftRight([[7, -100, 9], [4], []], 3, 0)).toEqual([[3, 7, 0], [3], [3]]);
});

test("scoredTargets: positions of the labels that count, row-major", () => {
  const { positions, ids } = scoredTargets([[7, -100, 9], [4]], 3, 41);
  expect([...positions.data]).toEqual([0, 2, 3]);
  expect([...ids.data]).toEqual([7, 9, 4]);
});

test("collate: labels outside the vocabulary are named as labels", () => {
  const inputIds = [[5], [6]];
  expect(() => collate({ inputIds, labels: [[3, 41], [4]] })).toThrow(
    failure("ids.range", "labels[0][1]"),
  );
  expect(() => collate({ inputIds, labels: [[3], [-1, 4]] })).toThrow(
    failure("ids.range", "labels[1][0]"),
  );
});

test("collate: labels that are all ignored teach nothing", () => {
  const batch = { inputIds: [[5]], labels: [[-100, -100]] };
  expect(() => collate(batch)).toThrow(failure("labels.none"));
});

test("collate: labels pair up with rows and with decoder inputs", () => {
  const inputIds = [[5], [6]];
  expect(() => collate({ inputIds, labels: [[3]] })).toThrow(failure("labels.shape", "labels"));
  expect(() => collate({ inputIds, labels: [0, 1] })).toThrow(failure("labels.shape", "labels"));
  const unpaired = {
    inputIds,
    decoderInputIds: [[0, 3], [0]],
    labels: [
      [3, 4],
      [5, 6],
    ],
  };
  expect(() => collate(unpaired)).toThrow(failure("labels.shape", "labels[1]"));
  const fewer = { inputIds, decoderInputIds: [[0, 3]] };
  expect(() => collate(fewer)).toThrow(failure("ids.rows", "decoderInputIds"));
});

test("collate: the count is that of scored tokens", () => {
  expect(collate({ inputIds: [[5], [6]], labels: [[3, -100], [4]] }).count).toBe(2);
  expect(collate({ inputIds: [[5]] }).count).toBe(0);
});
