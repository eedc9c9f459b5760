/** @file What a model needs of a machine, known before any of its weights is read. */
import { existsSync, statfsSync } from "node:fs";
import { freemem } from "node:os";
import { dirname } from "node:path";
import { DataError, sizeOf } from "../base/index.ts";
import { type BlockShapes, blockBytes } from "./block-cache.ts";
import { familyOf } from "./family.ts";
import type { ModelSpec } from "./model.ts";
import { usesOf } from "./weight-uses.ts";

/** In bytes. */
export interface Requirements {
  /** Weights as they are used, and what a text of {@link cachedTokens} tokens takes. */
  readonly memoryBytes: number;
  /** Of the cache, before its file is there. */
  readonly diskBytes: number;
}

/** Tokens whose keys and values are counted. */
const cachedTokens = 2048;
/** The program itself, and what it computes with. */
export const workingBytes = 600e6;

/** What a model needs whose weights are float32, or in blocks of 4 bits. */
export function requirementsOf(
  { modelType, config }: Pick<ModelSpec, "modelType" | "config">,
  source: BlockShapes,
  quantization: "none" | "int8" | "int4",
): Requirements {
  const { numLayers, numKeyValueHeads: heads, headDim } = familyOf(modelType).summary(config);
  const layers = numLayers.reduce((sum, one) => sum + one, 0);
  const cache = 4 * 2 * layers * heads * headDim * cachedTokens;
  const sizes = source.parameters.map(({ shape }) => sizeOf(shape));
  const size = sizes.reduce((sum, one) => sum + one, 0);
  const rest = cache + workingBytes;
  if (quantization !== "int4") {
    const perWeight = quantization === "int8" ? 6 : 4;
    return { memoryBytes: perWeight * size + rest, diskBytes: 0 };
  }
  const { disk, packed } = blockBytes(source);
  // one matrix is there twice while it is packed
  const largest = Math.max(...sizes) * 0.625;
  return { memoryBytes: packed + largest + rest, diskBytes: disk };
}

/**
 * The same for a model that is not here, from its architecture.
 * @param stored how its files hold their weights
 */
export function plannedRequirements(
  spec: Pick<ModelSpec, "modelType" | "config" | "head">,
  stored: "F32" | "BF16",
  quantization: "none" | "int8" | "int4",
): Requirements {
  const { parameters } = familyOf(spec.modelType).architecture(spec.config, spec.head);
  const tensors = new Map(parameters.map(({ name }) => [name, { dtype: stored }]));
  const source = {
    parameters,
    tensors,
    // builds a graph, which only blocks need
    get uses() {
      return usesOf(spec);
    },
  };
  return requirementsOf(spec, source, quantization);
}

/** `5.9 GB` */
const inGigabytes = (bytes: number) => `${(bytes / 1e9).toFixed(1)} GB`;

/** Memory and disk in words. */
export function describeRequirements({ memoryBytes, diskBytes }: Requirements): string {
  const disk = diskBytes > 0 ? `, ${inGigabytes(diskBytes)} of disk for its cache` : "";
  return `${inGigabytes(memoryBytes)} of memory${disk}`;
}

/**
 * Refuse what does not fit.
 * @param cache folder of the cache, when something is to be written there
 * @throws DataError `model.memory`, `model.disk`, with the figure needed and the figure there is
 */
export function requireRoom(
  needs: Requirements,
  { where, cache, help }: { where: string; cache?: string; help?: string },
): void {
  const free = Math.min(process.availableMemory?.() ?? freemem(), freemem());
  const details = { where, ...(help === undefined ? {} : { help }) };
  if (needs.memoryBytes > free) {
    throw new DataError("model.memory", "the model does not fit into memory", {
      expected: describeRequirements(needs),
      got: `${inGigabytes(free)} of memory free`,
      ...details,
    });
  }
  const freeDisk = cache === undefined ? Number.POSITIVE_INFINITY : freeBytesAt(cache);
  if (needs.diskBytes > freeDisk) {
    throw new DataError("model.disk", "the model's cache does not fit onto the disk", {
      expected: describeRequirements(needs),
      got: `${inGigabytes(freeDisk)} free in ${cache}`,
      ...details,
      help: "set XDG_CACHE_HOME to a folder with room",
    });
  }
}

function freeBytesAt(folder: string): number {
  let at = folder;
  while (!existsSync(at) && dirname(at) !== at) at = dirname(at);
  const { bavail, bsize } = statfsSync(at);
  return bavail * bsize;
}
