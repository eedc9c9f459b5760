/**
 * @file A model folder of a published CodeT5's size with drawn weights, to time loading:
 * `tsx scripts/model-folder.ts OUT --size base --format bin`, then `--load` in a process of its own.
 */
import { mkdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { parseArgs } from "node:util";
import { writeCheckpoint } from "../src/checkpoint/index.ts";
import { pickledStateDict, torchArchive } from "../src/checkpoint/torch-file.test-data.ts";
import { createModel, loadModel } from "../src/model/index.ts";

/** Widths of the published models; the vocabulary and all else is the same. */
const sizes = {
  small: { d_model: 512, d_ff: 2048, num_layers: 6, num_heads: 8 },
  base: { d_model: 768, d_ff: 3072, num_layers: 12, num_heads: 12 },
  large: { d_model: 1024, d_ff: 4096, num_layers: 24, num_heads: 16 },
} as const;

/** `bin`: every tied name is there, as in the published files. */
const tied = ["encoder.embed_tokens.weight", "decoder.embed_tokens.weight", "lm_head.weight"];

function write(folder: string, size: keyof typeof sizes, format: string): void {
  const config = { vocab_size: 32_100, d_kv: 64, eos_token_id: 2, ...sizes[size] };
  const { weights, configJson } = createModel("t5", config, { seed: 1 });
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "config.json"), JSON.stringify(configJson));
  if (format === "safetensors") {
    writeCheckpoint(folder, weights);
    return;
  }
  const list = [...weights];
  const sketches = list.map(([name, { shape }], i) => [name, { shape, key: String(i) }] as const);
  const shared = sketches.find(([name]) => name === "shared.weight")![1];
  const names = [...sketches, ...tied.map((name) => [name, shared] as const)];
  const storages = list.map(([, { data }], i) => {
    return [String(i), new Uint8Array(data.buffer, data.byteOffset, data.byteLength)] as const;
  });
  const pickle = pickledStateDict(Object.fromEntries(names));
  const file = torchArchive(pickle, Object.fromEntries(storages));
  writeFileSync(join(folder, "pytorch_model.bin"), file);
}

async function load(folder: string): Promise<void> {
  const start = performance.now();
  const model = await loadModel(folder);
  const seconds = (performance.now() - start) / 1000;
  const names = ["pytorch_model.bin", "model.safetensors"];
  const bytes = names.map((name) => statSync(join(folder, name), { throwIfNoEntry: false })?.size);
  const fileBytes = bytes.find((size) => size !== undefined)!;
  const peak = process.resourceUsage().maxRSS * 1024;
  const decoding = performance.now();
  const inputIds = [Array.from({ length: 64 }, (_, i) => 5 + i)];
  const { sequences } = await model.generate({ inputIds, maxLength: 8 });
  const report = {
    loadSeconds: seconds,
    fileBytes,
    peakBytes: peak,
    peakOverFile: peak / fileBytes,
    decodeSeconds: (performance.now() - decoding) / 1000,
    peakOverFileAfterDecoding: (process.resourceUsage().maxRSS * 1024) / fileBytes,
    tokens: sequences[0]!.length,
  };
  console.log(JSON.stringify(report, null, 2));
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    size: { type: "string", default: "base" },
    format: { type: "string", default: "safetensors" },
    load: { type: "boolean", default: false },
  },
});
const [folder] = positionals;
if (folder === undefined || !(values.size in sizes)) {
  throw new Error(
    `OUT [--size ${Object.keys(sizes).join("|")}] [--format safetensors|bin] [--load]`,
  );
}
if (values.load) await load(folder);
else write(folder, values.size as keyof typeof sizes, values.format);
