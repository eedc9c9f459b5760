/**
 * @file A Llama folder of a published size with drawn weights in bfloat16, written shard by shard, to see that 4 bits
 * of it fit: `tsx scripts/big-model.ts OUT --size 8b`, then `--load` in a process of its own.
 */
import { existsSync, readFileSync } from "node:fs";
import { performance } from "node:perf_hooks";
import { parseArgs } from "node:util";
import { writeRandomLlama } from "../src/bench/index.ts";
import { loadModel } from "../src/model/index.ts";

/** Llama 3's widths: 8B, 3.2 1B with a head of its own, and one for continuous integration. */
const sizes = {
  "8b": { hidden_size: 4096, intermediate_size: 14336, num_hidden_layers: 32, heads: [32, 8] },
  "1b": { hidden_size: 2048, intermediate_size: 8192, num_hidden_layers: 16, heads: [32, 8] },
  tiny: { hidden_size: 256, intermediate_size: 512, num_hidden_layers: 2, heads: [8, 2] },
} as const;

type Size = keyof typeof sizes;

function configOf(size: Size): Record<string, unknown> {
  const { heads, ...widths } = sizes[size];
  return {
    architectures: ["LlamaForCausalLM"],
    model_type: "llama",
    ...widths,
    num_attention_heads: heads[0],
    num_key_value_heads: heads[1],
    vocab_size: size === "tiny" ? 1000 : 128_256,
    max_position_embeddings: 8192,
    rms_norm_eps: 1e-5,
    rope_theta: 500_000,
    bos_token_id: 0,
    eos_token_id: 1,
    torch_dtype: "bfloat16",
  };
}

/** Highest resident memory of this process, in bytes; where the system does not tell, of its lifetime. */
function peakBytes(): number {
  const status = "/proc/self/status";
  if (!existsSync(status)) return process.resourceUsage().maxRSS * 1024;
  return 1024 * Number(/VmHWM:\s+(\d+)/.exec(readFileSync(status, "utf8"))![1]);
}

async function load(folder: string, cache: string | undefined): Promise<void> {
  const started = performance.now();
  const seconds = (since: number) => (performance.now() - since) / 1000;
  const model = await loadModel(folder, {
    quantization: "int4",
    onNews: (line) => console.error(line),
    ...(cache && { cache }),
  });
  const loadSeconds = seconds(started);
  const loadPeakBytes = peakBytes();
  const prompt = Array.from({ length: 128 }, (_, i) => 10 + i);
  const compiling = performance.now();
  await model.generate({ inputIds: [[10]], maxNewTokens: 1 });
  const compileSeconds = seconds(compiling);
  const reading = performance.now();
  await model.generate({ inputIds: [prompt], maxNewTokens: 1 });
  const promptSeconds = seconds(reading);
  const decoding = performance.now();
  const { sequences } = await model.generate({
    inputIds: [[10]],
    maxNewTokens: 16,
    minNewTokens: 16,
  });
  const decodeSeconds = seconds(decoding);
  const report = {
    loadSeconds,
    loadPeakBytes,
    compileSeconds,
    peakBytes: peakBytes(),
    promptTokensPerSecond: prompt.length / promptSeconds,
    decodedTokensPerSecond: (sequences[0]!.length - 2) / decodeSeconds,
    tokens: sequences[0]!.slice(1),
  };
  console.log(JSON.stringify(report, null, 2));
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    size: { type: "string", default: "8b" },
    load: { type: "boolean", default: false },
    cache: { type: "string" },
  },
});
const [folder] = positionals;
if (folder === undefined || !(values.size in sizes)) {
  throw new Error(`OUT [--size ${Object.keys(sizes).join("|")}] [--load [--cache FOLDER]]`);
}
if (values.load) await load(folder, values.cache);
else writeRandomLlama(folder, configOf(values.size as Size));
