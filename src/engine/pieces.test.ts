import fc from "fast-check";
import { expect, test } from "vitest";
import { toyModel } from "../../test/toy-model.ts";
import type { Batch } from "../model/index.ts";
import { graphJson, lossGraph } from "./graph-json.ts";
import { divideStep } from "./pieces.ts";

const model = toyModel();
const loss = lossGraph(model, 0.1);
const shapes = new Map(loss.graph.inputs.map(({ name = "", shape }) => [name, shape]));

const ids = fc.array(fc.integer({ min: 3, max: 40 }), { minLength: 1, maxLength: 9 });
const batches = fc
  .array(fc.array(fc.tuple(ids, ids), { minLength: 1, maxLength: 7 }), {
    minLength: 1,
    maxLength: 4,
  })
  .map((all) =>
    all.map((rows): Batch => ({ inputIds: rows.map(([a]) => a), labels: rows.map(([, b]) => b) })),
  );

test("divideStep: every row goes to one process, and counts do not depend on how many there are", () => {
  fc.assert(
    fc.property(batches, fc.integer({ min: 1, max: 9 }), (step, processes) => {
      const { pieces, count } = divideStep(step, model.architecture, shapes, processes);
      expect(count).toBe(step.flatMap(({ labels }) => labels as number[][]).flat().length);
      const scored = pieces.map(({ arrays }) => arrays.target_ids!.data.length);
      expect(scored.reduce((a, b) => a + b)).toBe(count);
      step.forEach(({ inputIds }, microBatch) => {
        const own = pieces.filter((piece) => piece.microBatch === microBatch);
        const rows = own.flatMap(({ firstRow, own: { B = 0 } }) =>
          Array.from({ length: B }, (_, i) => firstRow + i),
        );
        expect(rows).toEqual(inputIds.map((_, i) => i));
        for (const { whole } of own) expect(whole.B).toBe(inputIds.length);
      });
      for (const { rank, whole, own } of pieces) {
        expect(rank).toBeLessThan(processes);
        expect(own.S!).toBeLessThanOrEqual(whole.S!);
      }
    }),
  );
});

test("divideStep: micro-batches that go round stay whole", () => {
  const batch = { inputIds: [[3, 4], [5]], labels: [[6], [7]] };
  const { pieces } = divideStep([batch, batch, batch, batch], model.architecture, shapes, 2);
  expect(pieces.map(({ rank, firstRow }) => [rank, firstRow])).toEqual([
    [0, 0],
    [1, 0],
    [0, 0],
    [1, 0],
  ]);
});

test("graphJson: nodes in order, each reading what is known, with the line that built it", () => {
  const { inputs, constants, nodes, outputs } = graphJson(loss);
  const known = new Set([...inputs, ...constants].map(({ name }) => name));
  for (const node of nodes) {
    for (const name of node.inputs) expect(name === null || known.has(name)).toBe(true);
    for (const name of node.outputs) known.add(name);
    expect(node.site).toMatch(/^src\/(nn|model|graph)\/.*\.ts:\d+$/);
    expect(node.shapes.length).toBe(node.outputs.length);
  }
  expect(known).toContain(outputs.loss);
  expect(inputs.map(({ name }) => name)).toContain("shared.weight");
  const masks = inputs.filter(({ name }) => name.startsWith("dropout."));
  expect(masks.length).toBeGreaterThan(10);
  expect(masks.every(({ rate }) => rate === 0.1)).toBe(true);
});
