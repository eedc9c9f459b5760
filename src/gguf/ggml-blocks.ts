/**
 * @file Floats as the types of a GGUF file that are written here. Source: ggml-quants.c `quantize_row_q4_0_ref`,
 * `quantize_row_q8_0_ref`.
 */

/** What matrices are written as. */
export const ggufTypes = ["f32", "f16", "q8_0", "q4_0"] as const;
export type GgufType = (typeof ggufTypes)[number];

interface TypeRow {
  /** `ggml_type`. */
  readonly number: number;
  /** `llama_ftype`, of a file whose matrices are of this type. */
  readonly fileType: number;
  /** Weights of a block: rows are whole blocks. */
  readonly blockSize: number;
  readonly encode: (weights: Float32Array) => Uint8Array;
}

const bytesOf = ({ buffer, byteOffset, byteLength }: ArrayBufferView) =>
  new Uint8Array(buffer, byteOffset, byteLength);

/** Every type there is. */
export const ggufTypeRows: Readonly<Record<GgufType, TypeRow>> = {
  f32: { number: 0, fileType: 0, blockSize: 1, encode: bytesOf },
  f16: { number: 1, fileType: 1, blockSize: 1, encode: (weights) => bytesOf(halves(weights)) },
  q8_0: { number: 8, fileType: 7, blockSize: 32, encode: eightBitBlocks },
  q4_0: { number: 2, fileType: 2, blockSize: 32, encode: fourBitBlocks },
};

const word = new Float32Array(1);
const wordBits = new Uint32Array(word.buffer);

/** IEEE 754 binary16, ties to even; beyond its range infinite. */
export function toHalf(value: number): number {
  word[0] = value;
  const bits = wordBits[0]!;
  const sign = (bits >>> 16) & 0x8000;
  const exponent = ((bits >>> 23) & 0xff) - 112;
  const fraction = bits & 0x7fffff;
  if (exponent >= 31) return sign | 0x7c00 | (exponent === 143 && fraction ? 0x200 : 0);
  if (exponent <= 0) return sign | rounded((fraction | 0x800000) >>> 0, 14 - exponent);
  // a fraction that rounds up to 2 carries into the exponent, as it should
  return sign + (exponent << 10) + rounded(fraction, 13);
}

/** Without its last `shift` bits, to the nearest, ties to even. */
function rounded(value: number, shift: number): number {
  if (shift > 24) return 0;
  const kept = value >>> shift;
  const rest = value & ((1 << shift) - 1);
  const half = 1 << (shift - 1);
  return kept + Number(rest > half || (rest === half && kept % 2 === 1));
}

function halves(weights: Float32Array): Uint16Array {
  const result = new Uint16Array(weights.length);
  for (let i = 0; i < weights.length; i++) result[i] = toHalf(weights[i]!);
  return result;
}

/** `d`, then 32 int8: w ≈ d q, d = max|w| / 127. */
function eightBitBlocks(weights: Float32Array): Uint8Array {
  const size = 32;
  const result = new Uint8Array((weights.length / size) * (size + 2));
  for (let from = 0, at = 0; from < weights.length; from += size, at += size + 2) {
    let peak = 0;
    for (let i = 0; i < size; i++) peak = Math.max(peak, Math.abs(weights[from + i]!));
    const scale = Math.fround(peak / 127);
    putHalf(result, at, scale);
    if (scale === 0) continue;
    for (let i = 0; i < size; i++) result[at + 2 + i] = Math.round(weights[from + i]! / scale);
  }
  return result;
}

/** `d`, then 16 bytes, weight i in the low half of byte i, i + 16 in the high: w ≈ d (q - 8). */
function fourBitBlocks(weights: Float32Array): Uint8Array {
  const half = 16;
  const result = new Uint8Array((weights.length / (2 * half)) * (half + 2));
  for (let from = 0, at = 0; from < weights.length; from += 2 * half, at += half + 2) {
    let extreme = 0;
    for (let i = from; i < from + 2 * half; i++) {
      if (Math.abs(weights[i]!) > Math.abs(extreme)) extreme = weights[i]!;
    }
    const scale = Math.fround(extreme / -8);
    putHalf(result, at, scale);
    for (let i = 0; i < half; i++) {
      const low = fourBits(weights[from + i]!, scale);
      result[at + 2 + i] = low | (fourBits(weights[from + half + i]!, scale) << 4);
    }
  }
  return result;
}

function fourBits(weight: number, scale: number): number {
  return scale === 0 ? 8 : Math.min(15, (weight / scale + 8.5) | 0);
}

function putHalf(bytes: Uint8Array, at: number, value: number): void {
  const bits = toHalf(value);
  bytes[at] = bits & 0xff;
  bytes[at + 1] = bits >>> 8;
}
