/** @file A base in few bits under adapters: the same numbers as its dequantised weights, forward and backward. */
import { expect, test } from "vitest";
import { toyGpt2, toyLlamaTied, toyOf, toyRoberta } from "../../test/toy-families.ts";
import { Random } from "../base/index.ts";
import { withAdapter } from "./adapted-model.ts";
import type { Head } from "./family.ts";
import { dequantized } from "./frozen-base.ts";
import { Model } from "./model.ts";
import { withRoundedBase } from "./rounded-base.ts";

const inputIds = [
  [1, 5, 9, 12, 30],
  [1, 7, 8, 4],
];

const wide = { hidden_size: 40, num_attention_heads: 4, intermediate_size: 36 };
const blocks = { hidden_size: 64, num_attention_heads: 4, intermediate_size: 96 };
const untied = { tie_word_embeddings: false };
const cases = [
  ["llama, tied", 8, { ...toyLlamaTied, ...wide, num_key_value_heads: 2 }, "generation", inputIds],
  ["gpt2", 8, { ...toyGpt2, n_embd: 36 }, "generation", inputIds],
  ["roberta", 8, { ...toyRoberta, ...wide }, "classification", [0, 1]],
  [
    "llama",
    4,
    { ...toyLlamaTied, ...blocks, ...untied, num_key_value_heads: 2 },
    "generation",
    inputIds,
  ],
  [
    "llama, tied",
    4,
    { ...toyLlamaTied, ...blocks, num_key_value_heads: 2 },
    "generation",
    inputIds,
  ],
  ["gpt2", 4, { ...toyGpt2, n_embd: 64, n_head: 4 }, "generation", inputIds],
  ["roberta", 4, { ...toyRoberta, ...blocks }, "classification", [0, 1]],
] as const;

test.each(cases)(
  "withRoundedBase: %s in %i bits, as with the rounded numbers",
  async (_, bits, config, head, labels) => {
    const lora = { rank: 2, alpha: 4, dropout: 0, targets: ["all-linear"] };
    const base = toyOf(config, { head: head as Head });
    const adapted = withAdapter(base, { lora, base: "base" }, 1);
    for (const [name, { data }] of adapted.weights) {
      if (!name.endsWith("lora_B.weight")) continue;
      const random = new Random(3, name);
      for (let i = 0; i < data.length; i++) data[i] = 0.1 * random.normal();
    }
    const held = withRoundedBase(adapted, bits);
    const frozen = held.adapter!.frozen!;
    expect(frozen.size).toBeGreaterThan(6);
    const numBlocks = [...frozen.values()].filter((matrix) => "blocks" in matrix).length;
    expect(numBlocks > 3).toBe(bits === 4);
    expect([...held.weights.keys()].some((name) => frozen.has(name))).toBe(false);
    const rounded = new Map(
      [...adapted.weights].map(([name, weight]) => {
        const matrix = frozen.get(name);
        return [name, matrix === undefined ? weight : dequantized(matrix)] as const;
      }),
    );
    const want = new Model({ ...adapted }, rounded);
    const batch = { inputIds, labels };
    const [a, b] = [await held.forward(batch), await want.forward(batch)];
    expect(a.loss).toBeCloseTo(b.loss!, 5);
    expect(a.logits.data).toBeAllclose(b.logits.data, { rtol: 1e-4, atol: 1e-4 });
    const [mine, full] = [await held.lossAndGradients(batch), await want.lossAndGradients(batch)];
    for (const { name } of held.trainable) {
      const [got, wanted] = [mine.gradients.get(name)!, full.gradients.get(name)!];
      expect(got.data).toBeAllclose(wanted.data, { rtol: 1e-3, atol: 1e-5 });
    }
    await held.release();
    await want.release();
  },
);
