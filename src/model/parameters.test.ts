/** @file Initial distributions, parameter counts, and what a drawn weight depends on. */
import { expect, test } from "vitest";
import { toyConfig, toyConfigV11 } from "../../test/toy-model.ts";
import { createModel } from "./folder.ts";
import { countParameters } from "./parameters.ts";
import { t5Parameters } from "./t5.ts";
import { parseT5Config } from "./t5-config.ts";

const codet5 = (d_model: number, num_layers: number, num_heads: number) =>
  parseT5Config(
    { vocab_size: 32100, d_model, d_kv: 64, d_ff: 4 * d_model, num_layers, num_heads },
    "config",
  );

test.each([
  ["small", codet5(512, 6, 8), 60_492_288],
  ["base", codet5(768, 12, 12), 222_882_048],
  ["large", codet5(1024, 24, 16), 737_639_424],
])("t5Parameters: CodeT5-%s has as many as published", (_name, config, count) => {
  expect(countParameters(t5Parameters(config))).toBe(count);
});

test("t5Parameters: names and shapes of the state dict, to the letter", () => {
  const config = parseT5Config({ ...toyConfigV11, num_layers: 1, num_decoder_layers: 1 }, "config");
  const specs = t5Parameters(config).map(({ name, shape }) => `${name} ${shape.join("x")}`);
  expect(specs).toEqual([
    "shared.weight 41x20",
    "encoder.block.0.layer.0.SelfAttention.q.weight 18x20",
    "encoder.block.0.layer.0.SelfAttention.k.weight 18x20",
    "encoder.block.0.layer.0.SelfAttention.v.weight 18x20",
    "encoder.block.0.layer.0.SelfAttention.o.weight 20x18",
    "encoder.block.0.layer.0.SelfAttention.relative_attention_bias.weight 8x3",
    "encoder.block.0.layer.0.layer_norm.weight 20",
    "encoder.block.0.layer.1.DenseReluDense.wi_0.weight 28x20",
    "encoder.block.0.layer.1.DenseReluDense.wi_1.weight 28x20",
    "encoder.block.0.layer.1.DenseReluDense.wo.weight 20x28",
    "encoder.block.0.layer.1.layer_norm.weight 20",
    "encoder.final_layer_norm.weight 20",
    "decoder.block.0.layer.0.SelfAttention.q.weight 18x20",
    "decoder.block.0.layer.0.SelfAttention.k.weight 18x20",
    "decoder.block.0.layer.0.SelfAttention.v.weight 18x20",
    "decoder.block.0.layer.0.SelfAttention.o.weight 20x18",
    "decoder.block.0.layer.0.SelfAttention.relative_attention_bias.weight 8x3",
    "decoder.block.0.layer.0.layer_norm.weight 20",
    "decoder.block.0.layer.1.EncDecAttention.q.weight 18x20",
    "decoder.block.0.layer.1.EncDecAttention.k.weight 18x20",
    "decoder.block.0.layer.1.EncDecAttention.v.weight 18x20",
    "decoder.block.0.layer.1.EncDecAttention.o.weight 20x18",
    "decoder.block.0.layer.1.layer_norm.weight 20",
    "decoder.block.0.layer.2.DenseReluDense.wi_0.weight 28x20",
    "decoder.block.0.layer.2.DenseReluDense.wi_1.weight 28x20",
    "decoder.block.0.layer.2.DenseReluDense.wo.weight 20x28",
    "decoder.block.0.layer.2.layer_norm.weight 20",
    "decoder.final_layer_norm.weight 20",
    "lm_head.weight 41x20",
  ]);
});

/** Mean and standard deviation of a drawn weight. */
function moments(data: Float32Array) {
  const mean = data.reduce((sum, x) => sum + x, 0) / data.length;
  const variance = data.reduce((sum, x) => sum + (x - mean) ** 2, 0) / data.length;
  return { mean, std: Math.sqrt(variance) };
}

test("createModel: initial standard deviations are T5's", () => {
  const [d, kv, heads, ff] = [96, 16, 4, 160];
  const config = {
    ...toyConfig,
    vocab_size: 200,
    d_model: d,
    d_kv: kv,
    num_heads: heads,
    d_ff: ff,
  };
  const { weights } = createModel("t5", config, { seed: 3 });
  const at = "decoder.block.1.layer";
  const wanted: Record<string, number> = {
    "shared.weight": 1,
    [`${at}.0.SelfAttention.q.weight`]: (d * kv) ** -0.5,
    [`${at}.0.SelfAttention.k.weight`]: d ** -0.5,
    [`${at}.1.EncDecAttention.v.weight`]: d ** -0.5,
    [`${at}.1.EncDecAttention.o.weight`]: (heads * kv) ** -0.5,
    [`${at}.2.DenseReluDense.wi.weight`]: d ** -0.5,
    [`${at}.2.DenseReluDense.wo.weight`]: ff ** -0.5,
  };
  for (const [name, want] of Object.entries(wanted)) {
    const { mean, std } = moments(weights.get(name)!.data);
    expect(std / want, name).toBeGreaterThan(0.95);
    expect(std / want, name).toBeLessThan(1.05);
    expect(Math.abs(mean) / want, name).toBeLessThan(0.06);
  }
  expect(new Set(weights.get(`${at}.2.layer_norm.weight`)!.data)).toEqual(new Set([1]));
});

test("createModel: a classification head starts as torch.nn.Linear does, uniform within 1/sqrt(in)", () => {
  const { weights } = createModel("t5", toyConfig, { seed: 3, head: "clone" });
  const bound = (2 * toyConfig.d_model) ** -0.5;
  const { data } = weights.get("classifier.dense.weight")!;
  const largest = data.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
  expect(largest).toBeLessThanOrEqual(bound);
  expect(largest).toBeGreaterThan(0.98 * bound);
  expect(moments(data).std / bound).toBeCloseTo(1 / Math.sqrt(3), 1);
});

test("createModel: a weight depends on the seed and its own name alone", () => {
  const tied = createModel("t5", toyConfig, { seed: 1 }).weights;
  const untied = createModel(
    "t5",
    { ...toyConfig, tie_word_embeddings: false },
    { seed: 1 },
  ).weights;
  const other = createModel("t5", toyConfig, { seed: 2 }).weights;
  for (const [name, { data }] of tied) {
    expect(untied.get(name)!.data, name).toEqual(data);
    if (!name.includes("layer_norm")) expect(other.get(name)!.data, name).not.toEqual(data);
  }
});
