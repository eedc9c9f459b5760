import { expect, test } from "vitest";
import type { LabRow } from "./data-sets.ts";
import { type OpenFold, sampleLines, scoredRows } from "./sample-lines.ts";

const row = (id: string): LabRow => ({
  ...{ id, language: "go", code: "f(x)", label: 1, cwe: null, pair: null, group: id, source: "s" },
  ...{ data: "d", isForTraining: true },
});

function fold(name: "default" | "leave-out:go", ids: Record<"held" | "seen" | "new", string[]>) {
  const rows = (part: keyof typeof ids) => ids[part].map(row);
  return {
    data: { fold: { name, train: [], unseen: [] }, validation: rows("held") },
    tests: { seenTest: rows("seen"), unseen: rows("new"), dropped: {} },
  } as unknown as OpenFold;
}

test("sampleLines: one line where the part is the same in all folds, else one for each fold", () => {
  const folds = [
    fold("default", { held: ["a"], seen: ["b"], new: ["c"] }),
    fold("leave-out:go", { held: ["a"], seen: [], new: ["b"] }),
  ];
  const lines = sampleLines(folds).map(({ id, part, fold: name }) => [id, part, name]);
  expect(lines).toEqual([
    ["a", "validation", undefined],
    ["b", "seen-test", "default"],
    ["c", "unseen", "default"],
    ["b", "unseen", "leave-out:go"],
  ]);
  expect(sampleLines(folds)[0]!.tokens).toBe(4);
  expect(scoredRows(folds[0]!).map(({ id }) => id)).toEqual(["a", "b", "c"]);
});
