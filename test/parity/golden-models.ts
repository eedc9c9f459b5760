/** @file Checkpoints with the outputs of a reference implementation, where the shared material is. */
import { existsSync, readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { readJsonFile, type Tensor } from "../../src/base/index.ts";

const folder = resolve(import.meta.dirname, "../../../shared/goldens/models");

/** Folders of golden models whose name starts with `prefix`; none without the shared material. */
export function goldenModels(prefix: string): string[] {
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder).filter((name) => name.startsWith(prefix));
  return names.map((name) => join(folder, name));
}

/** `golden.json` of a model: Transformers 4.36 on PyTorch, float32. */
export function readGolden(model: string): Golden {
  return readJsonFile(join(model, "golden.json")) as Golden;
}

/** What the generation models (first group) and the classification heads (second) recorded. */
export interface Golden {
  readonly loss: number;
  readonly labels: number[][];
  /** L2 norm of each parameter's gradient. */
  readonly grad_l2: Record<string, number>;
  readonly input_ids: number[][];
  readonly attention_mask: number[][];
  readonly "encoder_last_hidden_state[:, :4]": GoldenSlice;
  readonly "logits[:, :3]": GoldenSlice;
  readonly logits_sum: number;
  /** First values of each parameter's gradient. */
  readonly grad_head: Record<string, number[]>;
  readonly generate: readonly GoldenDecoding[];
  readonly train: { readonly loss_and_grad_norm_before_clip: readonly (readonly number[])[] };
  readonly source_ids: number[][];
  readonly prob: GoldenSlice;
}

export interface GoldenSlice {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

/** One call of `generate()`, its settings in snake case. */
export interface GoldenDecoding {
  readonly args: Readonly<Record<string, number | boolean>>;
  readonly sequences: number[][];
  readonly sequences_scores: number[] | null;
}

/** The values of `tensor[:, :length]`, as the goldens keep them. @param tensor [B, T, D] */
export function leading({ data, shape }: Tensor, length: number): number[] {
  const [batch, steps, width] = shape as [number, number, number];
  return Array.from({ length: batch }, (_, row) => {
    const start = row * steps * width;
    return [...data.subarray(start, start + length * width)];
  }).flat();
}
