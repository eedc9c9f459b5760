/** @file A few values of a base by which an adapter knows it again, rounded weights or not. */

import type { Adapter } from "./adapter.ts";
import { dequantizedAt } from "./frozen-base.ts";
import type { AdaptedModule } from "./lora.ts";
import type { Weights } from "./weights.ts";

const most = { modules: 8, values: 16 } as const;

/** Distance, relative to the norm, from which on it is another base: 4-bit weights are within 0.12. */
const otherBase = 0.2;

/** Indices, evenly spaced. */
function evenly({ length }: { readonly length: number }, count: number): number[] {
  const chosen = Math.min(count, length);
  return Array.from({ length: chosen }, (_, i) => Math.floor((i * length) / chosen));
}

/** Up to 128 values of the weights that have adapters. */
export function baseSampleOf(
  { weights, adapter }: { readonly weights: Weights; readonly adapter: Adapter | undefined },
  modules: readonly AdaptedModule[],
): Float32Array {
  const values = evenly(modules, most.modules).flatMap((k) => {
    const name = `${modules[k]!.module}.weight`;
    const held = adapter?.frozen?.get(name);
    if (held === undefined) {
      const { data } = weights.get(name)!;
      return evenly(data, most.values).map((i) => data[i]!);
    }
    const length = held.shape[0] * held.shape[1];
    return evenly({ length }, most.values).map((i) => dequantizedAt(held, i));
  });
  return Float32Array.from(values);
}

export function isSameBase(known: Float32Array, given: Float32Array): boolean {
  if (known.length !== given.length) return false;
  const distance = Math.hypot(...known.map((value, i) => value - given[i]!));
  return distance <= otherBase * Math.hypot(...known);
}

export function encodeSample(sample: Float32Array): string {
  return Buffer.from(sample.buffer, sample.byteOffset, sample.byteLength).toString("base64");
}

/** @returns undefined where there is none that can be read */
export function decodeSample(text: string | undefined): Float32Array | undefined {
  if (text === undefined || text.length > 4096) return undefined;
  const bytes = Uint8Array.from(Buffer.from(text, "base64"));
  if (bytes.length === 0 || bytes.length % 4 !== 0) return undefined;
  return new Float32Array(bytes.buffer);
}
