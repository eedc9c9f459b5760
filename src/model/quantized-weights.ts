/**
 * @file Weights of 8 bits on disk, in the layout that Hugging Face reads with compressed-tensors
 * ("int-quantized", one symmetric scale per row): `<name>` int8 and `<name>_scale` float32. In memory
 * they are float32.
 */
import { DataError, type Tensor } from "../base/index.ts";
import {
  readFloat32,
  readRaw,
  type StoredTensor,
  type WritableTensor,
} from "../checkpoint/index.ts";

const largest = 127;

/** `config.json`'s `quantization_config` for such weights. */
export const quantizationConfig = {
  quant_method: "compressed-tensors",
  format: "int-quantized",
  quantization_status: "compressed",
  config_groups: {
    group_0: {
      targets: ["Linear", "Embedding"],
      weights: { num_bits: 8, type: "int", symmetric: true, strategy: "channel" },
    },
  },
  ignore: [] as readonly string[],
} as const;

/** Name of the scales of a weight. */
export function scaleName(name: string): string {
  return `${name}_scale`;
}

/** Matrices are worth it; vectors and the small tables of positions stay float32. */
export function isQuantized({ shape }: Tensor): boolean {
  return shape.length === 2 && shape[0]! > 1 && shape[1]! >= 32;
}

/**
 * Round every matrix to 8 bits: q = round(w / s), s = max|w| of the row / 127.
 * @returns the tensors to write, scales of shape [rows, 1] after their matrix
 */
export function quantizeWeights(weights: ReadonlyMap<string, Tensor>): Map<string, WritableTensor> {
  const stored = new Map<string, WritableTensor>();
  for (const [name, weight] of weights) {
    if (!isQuantized(weight)) {
      stored.set(name, weight);
      continue;
    }
    const { rows, scales } = quantizeRows(weight);
    stored.set(name, { shape: weight.shape, data: rows });
    stored.set(scaleName(name), { shape: [scales.length, 1], data: scales });
  }
  return stored;
}

/** A matrix as int8 rows, each with its scale. */
export function quantizeRows({ shape, data }: Tensor): { rows: Int8Array; scales: Float32Array } {
  const [numRows, width] = shape as [number, number];
  const rows = new Int8Array(data.length);
  const scales = new Float32Array(numRows);
  for (let row = 0; row < numRows; row++) {
    const values = data.subarray(row * width, (row + 1) * width);
    const peak = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    const scale = Math.fround(peak / largest);
    scales[row] = scale;
    if (scale > 0)
      values.forEach((value, i) => {
        rows[row * width + i] = Math.max(-largest, Math.min(largest, Math.round(value / scale)));
      });
  }
  return { rows, scales };
}

/** Names of the scales that belong to tensors stored in 8 bits. */
export function scalesIn(tensors: ReadonlyMap<string, StoredTensor>): string[] {
  const names = [...tensors]
    .filter(([, { dtype }]) => dtype === "I8")
    .map(([name]) => scaleName(name));
  return names.filter((name) => tensors.has(name));
}

/**
 * Read a weight as float32, from floats or from 8 bits and scales.
 * @throws DataError `model.scale` when 8 bits come without one scale per row, `tensor.dtype`
 */
export function readWeight(name: string, tensors: ReadonlyMap<string, StoredTensor>): Tensor {
  const stored = tensors.get(name)!;
  const { shape } = stored;
  if (stored.dtype !== "I8") return { shape, data: readFloat32(stored) };
  const scales = tensors.get(scaleName(name));
  const numRows = shape[0] ?? 0;
  if (scales?.shape.join() !== `${numRows},1`) {
    throw new DataError("model.scale", `${name} has 8 bits and no scale for each row`, {
      expected: `${scaleName(name)} of shape [${numRows}, 1]`,
      got: scales === undefined ? "none" : `[${scales.shape.join(", ")}]`,
      where: stored.source.path,
      help: "only symmetric 8-bit weights with a scale per row are read",
    });
  }
  const factors = readFloat32(scales);
  const width = shape.slice(1).reduce((product, dim) => product * dim, 1);
  const data = Float32Array.from(readRaw(stored) as Int8Array);
  for (let i = 0; i < data.length; i++) data[i]! *= factors[Math.floor(i / width)]!;
  return { shape, data };
}
