import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { DataError } from "../base/index.ts";
import { readLabelledSamples } from "./labelled-samples.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "codet5-samples-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function write(content: string | Uint8Array, name = "a.jsonl"): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

const row = {
  id: "a",
  language: "C#",
  code: "int F() { return 1; }",
  label: 1,
  cwe: "CWE-190",
  pair: null,
  group: "g",
  source: "own",
};
const line = (change: object = {}) => JSON.stringify({ ...row, ...change });

test("readLabelledSamples: plain and gzip, mark at the start, blank lines at the end", async () => {
  const text = `\ufeff${line()}\r\n${line({ id: "b", label: 0, pair: "p" })}\n\n \n`;
  const want = [
    { ...row, language: "csharp" },
    { ...row, language: "csharp", id: "b", label: 0, pair: "p" },
  ];
  expect(await readLabelledSamples(write(text))).toEqual(want);
  expect(await readLabelledSamples(write(gzipSync(text), "a.jsonl.gz"))).toEqual(want);
});

test("readLabelledSamples: cwe and pair may be left out, other fields are dropped", async () => {
  const { cwe, pair, ...rest } = row;
  const path = write(`${JSON.stringify({ ...rest, repo: "x", note: { deep: [1] } })}\n`);
  expect(await readLabelledSamples(path)).toEqual([
    { ...rest, language: "csharp", cwe: null, pair: null },
  ]);
});

const bad: [string, string, string, Partial<Record<"expected" | "got", string>>][] = [
  ["not JSON", "{oops", "json.syntax", { got: '"{oops"' }],
  ["an array", "[1]", "data.record", { got: "[1]" }],
  ["null", "null", "data.record", { got: "null" }],
  ["label 2", line({ label: 2 }), "data.record", { expected: "0 or 1", got: "2" }],
  ["label true", line({ label: true }), "data.record", { got: "true" }],
  ["label text", line({ label: "1" }), "data.record", { got: '"1"' }],
  ["label left out", line({ label: undefined }), "data.record", { got: "nothing" }],
  ["no group", line({ group: "" }), "data.record", { expected: "a non-empty string" }],
  ["code as number", line({ code: 5 }), "data.record", { expected: "a string", got: "5" }],
  ["cwe as list", line({ cwe: ["CWE-1"] }), "data.record", { expected: "a string or null" }],
  ["an id again", line(), "data.duplicateId", { got: '"a" again, first in line 1' }],
];

test.each(bad)(
  "readLabelledSamples: %s is refused with file and line",
  async (_, text, code, details) => {
    const path = write(`${line()}\n${text}\n`);
    await expect(readLabelledSamples(path)).rejects.toThrow(
      expect.objectContaining({
        code,
        details: expect.objectContaining({ where: `${path}:2`, ...details }),
      }),
    );
  },
);

test("readLabelledSamples: a blank line between samples is refused with its own number", async () => {
  const path = write(`${line()}\n\n\n${line({ id: "b" })}\n`);
  await expect(readLabelledSamples(path)).rejects.toThrow(
    expect.objectContaining({
      code: "json.syntax",
      details: expect.objectContaining({ where: `${path}:2` }),
    }),
  );
});

test("readLabelledSamples: a file without a sample is refused", async () => {
  for (const text of ["", "\n\n", gzipSync("")]) {
    await expect(readLabelledSamples(write(text))).rejects.toThrow(
      expect.objectContaining({ code: "data.empty", message: "empty dataset" }),
    );
  }
});

test("readLabelledSamples: any JSON value is a sample or one clear error", async () => {
  const value = fc.oneof(
    fc.jsonValue(),
    fc.record(Object.fromEntries(Object.keys(row).map((key) => [key, fc.jsonValue()]))),
  );
  await fc.assert(
    fc.asyncProperty(value, async (json) => {
      const path = write(`${JSON.stringify(json)}\n`);
      const error = await readLabelledSamples(path).then(
        () => undefined,
        (cause) => cause,
      );
      expect(error === undefined || error instanceof DataError).toBe(true);
    }),
    { numRuns: 200 },
  );
});

test("readLabelledSamples: deep nesting and prototype keys are no way in", async () => {
  const deep = write(`${"[".repeat(200_000)}\n`);
  await expect(readLabelledSamples(deep)).rejects.toThrow(DataError);
  const odd = write(`${line().replace("{", '{"__proto__":{"label":7},')}\n`);
  expect((await readLabelledSamples(odd))[0]?.label).toBe(1);
});

const shared = resolve(import.meta.dirname, "../../../shared/data/vuln");

describe.runIf(existsSync(shared))("real samples", () => {
  test.each([
    ["permissive.jsonl.gz", 14_836, 8433],
    ["evaluation-only.jsonl.gz", 8444, 4630],
  ])("readLabelledSamples: %s", async (file, count, positives) => {
    const samples = await readLabelledSamples(join(shared, file));
    expect(samples).toHaveLength(count);
    expect(samples.filter(({ label }) => label === 1)).toHaveLength(positives);
  });
});
