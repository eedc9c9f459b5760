/** @file A Llama folder with drawn weights in bfloat16, written tensor by tensor, so that any size fits in memory. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Random, sizeOf } from "../base/index.ts";
import { type WritableTensor, writeCheckpoint } from "../checkpoint/index.ts";
import { familyOf } from "../model/index.ts";

/** Numbers drawn; tensors are cut from them, each from a place of its own: drawing billions takes hours. */
const poolSize = 1 << 22;
const deviation = 0.02;
/** 1, the weight of a norm. */
const one = 0x3f80;

/**
 * Write a folder in Hugging Face's layout, without a tokenizer.
 * @param configJson its `config.json`
 */
export function writeRandomLlama(
  folder: string,
  configJson: Readonly<Record<string, unknown>>,
): void {
  const family = familyOf("llama");
  const config = family.parseConfig(configJson, "config");
  const pool = drawPool();
  const random = new Random(2);
  const { parameters } = family.architecture(config, "generation");
  const tensors = parameters.map(({ name, shape }): [string, WritableTensor] => {
    const start = random.below(pool.length);
    const tensor = {
      shape,
      dtype: "BF16" as const,
      get data() {
        return cut(pool, start, shape);
      },
    };
    return [name, tensor];
  });
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "config.json"), JSON.stringify(configJson));
  writeCheckpoint(folder, tensors);
}

function drawPool(): Uint16Array {
  const random = new Random(1);
  const pool = new Float32Array(poolSize).map(() => random.normal() * deviation);
  return Uint16Array.from(new Uint32Array(pool.buffer), (bits) => bits >>> 16);
}

function cut(pool: Uint16Array, start: number, shape: readonly number[]): Uint16Array {
  const bits = new Uint16Array(sizeOf(shape));
  if (shape.length === 1) return bits.fill(one);
  for (let at = 0, from = start; at < bits.length; from = 0) {
    const part = pool.subarray(from, from + bits.length - at);
    bits.set(part, at);
    at += part.length;
  }
  return bits;
}
