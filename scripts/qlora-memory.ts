/**
 * @file Peak memory of a training step of adapters on a Llama of 1.04B drawn parameters in blocks of 4
 * bits, or in 8: `tsx scripts/qlora-memory.ts [--bits 4] [--tokens 128] [--layers 16] [--steps 3]`.
 */
import { performance } from "node:perf_hooks";
import { parseArgs } from "node:util";
import { Random, type Tensor } from "../src/base/index.ts";
import { familyOf, Model, withAdapter } from "../src/model/index.ts";
import { createAdamW } from "../src/optim/index.ts";
import { Trainer } from "../src/train/index.ts";

const { values } = parseArgs({
  options: {
    bits: { type: "string", default: "4" },
    tokens: { type: "string", default: "128" },
    layers: { type: "string", default: "16" },
    steps: { type: "string", default: "3" },
  },
});

const configJson = {
  model_type: "llama",
  ...{ vocab_size: 32_000, hidden_size: 2048, intermediate_size: 8192 },
  ...{ num_hidden_layers: Number(values.layers), num_attention_heads: 32, num_key_value_heads: 8 },
  ...{ max_position_embeddings: 4096, tie_word_embeddings: true },
};
const family = familyOf("llama");
const config = family.parseConfig(configJson, "config");
const random = new Random(1, "qlora");

/** Rows of 8 bits with a scale that gives a deviation of 0.02. */
function drawRows(shape: readonly number[]) {
  const [numRows, width] = shape as [number, number];
  const rows = new Int8Array(numRows * width);
  for (let i = 0; i < rows.length; i++) rows[i] = random.below(255) - 127;
  return { shape: [numRows, width] as const, rows, scales: new Float32Array(numRows).fill(2.7e-4) };
}

/** Blocks of 4 bits with scales that give the same deviation. */
function drawBlocks(shape: readonly number[]) {
  const [numRows, width] = shape as [number, number];
  const blocks = new Uint8Array((numRows * width) / 2);
  for (let i = 0; i < blocks.length; i++) blocks[i] = random.below(256);
  const scales = new Float32Array((numRows * width) / 32).fill(4.3e-3);
  return { shape: [numRows, width] as const, blocks, scales };
}

const { parameters } = family.architecture(config, "generation");
const matrices = parameters.filter(({ shape }) => shape.length === 2);
// the table of embeddings is looked up, and so has 8 bits always
const frozen = new Map(
  matrices.map(({ name, shape }) => {
    const isTable = values.bits === "8" || name.includes("embed_tokens");
    return [name, isTable ? drawRows(shape) : drawBlocks(shape)];
  }),
);
const rest = parameters.filter(({ shape }) => shape.length !== 2);
const weights = new Map<string, Tensor>(
  rest.map(({ name, shape }) => [name, { shape, data: new Float32Array(shape[0]!).fill(1) }]),
);
const spec = { modelType: "llama", config, head: "generation", configJson } as const;
const base = new Model({ ...spec, generationDefaults: {} }, weights);
const lora = { rank: 16, alpha: 32, dropout: 0, targets: ["all-linear"] };
const model = withAdapter(base, { lora, base: "drawn", frozen }, 1);
const numParameters = parameters.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b), 0);
const peak = () => (process.resourceUsage().maxRSS / 2 ** 20).toFixed(2);
console.log(`${(numParameters / 1e9).toFixed(3)}B parameters, ${peak()} GiB before the step`);

const trainer = await Trainer.create(model);
const optimizer = createAdamW(trainer.store);
const inputIds = [Array.from({ length: Number(values.tokens) }, () => random.below(32_000))];
for (let step = 0; step < Number(values.steps); step++) {
  const start = performance.now();
  const options = { learningRate: 1e-4, maxGradNorm: 1, seed: 1, step };
  const { loss } = await trainer.update([{ inputIds, labels: inputIds }], optimizer, options);
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  console.log(`step ${step}: loss ${loss.toFixed(3)}, ${seconds} s, peak ${peak()} GiB`);
}
