/** @file Models, data and flags small enough for whole commands within a test. */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect } from "vitest";
import { sampleCorpusFiles } from "../src/data/index.ts";
import { createModel, type Head, saveModel } from "../src/model/index.ts";
import { saveTokenizer, trainTokenizer } from "../src/tokenizer/index.ts";
import type { Captured } from "./run-cli.ts";

// models this small gain nothing from threads, which wait for each other on a busy machine
process.env.CODET5_THREADS = "1";

/** Write `translate/` and `vulnerability.jsonl` into a folder; a few dozen examples each. */
export function writeTinyData(folder: string): void {
  const counts = { train: 48, valid: 8, test: 4, programs: 12 };
  for (const [name, text] of Object.entries(sampleCorpusFiles({ seed: 3, ...counts }))) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
}

/** Flags of a fine-tuning that takes milliseconds a step. */
export const tinyFlags = [
  ..."--num-layers 1 --d-model 16 --d-kv 8 --num-heads 2 --d-ff 32 --vocab-size 400".split(" "),
  ..."--batch-size 8 --score-examples 2 --max-source-length 64 --max-target-length 24".split(" "),
];

/** A model folder with its tokenizer, nothing learned. */
export async function saveTinyModel(path: string, head: Head = "generation"): Promise<void> {
  const tokenizer = trainTokenizer(["public int add(int a, int b) {}\n"], { vocabSize: 300 });
  const { vocabSize, padId, bosId, eosId } = tokenizer;
  const model = createModel(
    "t5",
    {
      ...{ vocab_size: vocabSize, d_model: 16, d_kv: 8, d_ff: 32, num_layers: 1, num_heads: 2 },
      ...{ pad_token_id: padId, bos_token_id: bosId, eos_token_id: eosId },
    },
    { head, seed: 1 },
  );
  await saveModel(model, path);
  saveTokenizer(tokenizer, path);
}

/** One clear line and nothing else: what went wrong, no stack, no guess that it is a bug of ours. */
export function expectOneLine({ code, stdout, stderr }: Captured, wanted: 1 | 2): string {
  expect(stdout).toBe("");
  expect(stderr).toMatch(/^codet5: [^\n]+\n$/);
  expect(stderr).not.toMatch(/internal:| at .*:\d+:\d+|undefined|\[object/);
  expect(code, stderr).toBe(wanted);
  return stderr.trimEnd();
}
