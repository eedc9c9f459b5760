import { expect, test } from "vitest";
import { codeDigest, findDuplicates } from "./duplicates.ts";
import type { LabelledSample } from "./labelled-samples.ts";

function sample(id: string, code: string, label: 0 | 1 = 0): LabelledSample {
  return { id, code, label, language: "c", cwe: null, pair: null, group: id, source: "own" };
}

test("codeDigest: layout does not make code new, letters do", () => {
  expect(codeDigest("f( x );\n")).toBe(codeDigest("f(x);"));
  expect(codeDigest("f(X);")).not.toBe(codeDigest("f(x);"));
});

test("findDuplicates: counts copies within splits, leaks across them and contradicting labels", () => {
  const report = findDuplicates({
    train: [sample("a", "f()"), sample("b", "f ()"), sample("c", "g()")],
    validation: [sample("d", "h()"), sample("e", "g()", 1)],
    test: [sample("f", "f()"), sample("g", "h()"), sample("h", "k()")],
  });
  expect(report.leaked).toEqual({ train: 0, validation: 1, test: 2 });
  expect(report.repeated).toEqual({ train: 1, validation: 0, test: 0 });
  expect(report.numLabelsDiffer).toBe(1);
  expect(report.across.map(({ copies }) => copies.map(({ id }) => id).join(""))).toEqual(
    ["abf", "ce", "dg"], //
  );
  expect(report.across[1]).toMatchObject({ labelsDiffer: true });
});
