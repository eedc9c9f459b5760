import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ConfigError } from "../../base/index.ts";
import { readLabelledSamples } from "../labelled-samples.ts";
import { readParallel } from "../parallel-lines.ts";
import { generateLabelledSamples, sampleCorpusFiles } from "./index.ts";

const counts = { seed: 3, train: 400, valid: 50, test: 60, programs: 10 };
const files = sampleCorpusFiles(counts);
let folder = "";

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "sample-corpus-"));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
});
afterAll(() => rmSync(folder, { recursive: true }));

test("sampleCorpusFiles: the parallel files read back with as many pairs as asked", async () => {
  for (const split of ["train", "valid", "test"] as const) {
    const stem = join(folder, `translate/${split}.java-cs.txt`);
    expect(await readParallel(`${stem}.java`, `${stem}.cs`)).toHaveLength(counts[split]);
  }
});

test("sampleCorpusFiles: no line of code occurs twice, within or across splits", () => {
  for (const ending of ["java", "cs"]) {
    const lines = ["train", "valid", "test"].flatMap((split) =>
      files[`translate/${split}.java-cs.txt.${ending}`]!.trimEnd().split("\n"),
    );
    expect(lines).toHaveLength(510);
    expect(new Set(lines).size).toBe(510);
  }
});

test("sampleCorpusFiles: the labelled samples read back as generated", async () => {
  const read = await readLabelledSamples(join(folder, "vulnerability.jsonl"));
  expect(read).toEqual(generateLabelledSamples({ seed: 3, count: 10 }));
  expect(read).toHaveLength(80);
});

test("sampleCorpusFiles: a seed gives the same files again", () => {
  expect(sampleCorpusFiles(counts)).toEqual(files);
});

test("sampleCorpusFiles: nothing asked for is nothing written; a negative count is refused", () => {
  const none = sampleCorpusFiles({ seed: 1, train: 0, valid: 0, test: 0, programs: 0 });
  expect(Object.values(none).join("")).toBe("");
  expect(() => sampleCorpusFiles({ ...counts, valid: -1 })).toThrow(ConfigError);
});
