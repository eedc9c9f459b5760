import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Prediction, readPredictions, writePredictions } from "./predictions.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "codet5-predictions-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("predictions: what is written is read back, to the last bit", async () => {
  const path = join(folder, "a.jsonl");
  const prediction = fc.record({
    id: fc.string({ minLength: 1, unit: "grapheme" }),
    score: fc.double({ min: 0, max: 1, noNaN: true }).map((score) => score + 0), // -0 is 0
    label: fc.constantFrom(0 as const, 1 as const),
  });
  const lists = fc.uniqueArray(prediction, { minLength: 1, selector: ({ id }) => id });
  await fc.assert(
    fc.asyncProperty(lists, async (list) => {
      writePredictions(path, list);
      expect(await readPredictions(path)).toEqual(list);
    }),
    { numRuns: 50 },
  );
});

test("writePredictions: a bad score leaves no file behind", () => {
  const path = join(folder, "b.jsonl");
  const bad: Prediction[] = [
    { id: "a", score: 0.5, label: 1 },
    { id: "b", score: Number.NaN, label: 0 },
  ];
  expect(() => writePredictions(path, bad)).toThrow(
    expect.objectContaining({ code: "data.prediction" }),
  );
  expect(existsSync(path)).toBe(false);
});

test("readPredictions: a score outside [0, 1] is refused with file and line", async () => {
  const path = join(folder, "c.jsonl");
  writeFileSync(path, '{"id":"a","score":1,"label":1}\n{"id":"b","score":1.5,"label":1}\n');
  await expect(readPredictions(path)).rejects.toThrow(
    expect.objectContaining({
      code: "data.record",
      details: { expected: "a number in [0, 1]", got: "1.5", where: `${path}:2` },
    }),
  );
});
