/** @file Element types of safetensors files: size, typed array, and conversion to float32. */

/** The typed array that holds an element type as stored; 16-bit and 8-bit floats are raw bits. */
export type RawArray =
  | Float32Array
  | Float64Array
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array
  | BigUint64Array
  | BigInt64Array;

type RawArrayConstructor = new (
  buffer: ArrayBuffer,
  byteOffset: number,
  length: number,
) => RawArray;

interface DTypeRow {
  readonly bytes: 1 | 2 | 4 | 8;
  readonly array: RawArrayConstructor;
  /** Present on floating types of 16 bits and more; `out.length` equals `raw.length`. */
  readonly toFloat32?: (raw: RawArray, out: Float32Array) => void;
}

const copy = (raw: RawArray, out: Float32Array) => out.set(raw as Float32Array | Float64Array);

/** Every whole-byte type of the format; `Dtype` in safetensors' tensor.rs. */
export const dtypes = {
  BOOL: { bytes: 1, array: Uint8Array },
  U8: { bytes: 1, array: Uint8Array },
  I8: { bytes: 1, array: Int8Array },
  F8_E5M2: { bytes: 1, array: Uint8Array },
  F8_E4M3: { bytes: 1, array: Uint8Array },
  I16: { bytes: 2, array: Int16Array },
  U16: { bytes: 2, array: Uint16Array },
  F16: { bytes: 2, array: Uint16Array, toFloat32: halfToFloat32 },
  BF16: { bytes: 2, array: Uint16Array, toFloat32: bfloat16ToFloat32 },
  I32: { bytes: 4, array: Int32Array },
  U32: { bytes: 4, array: Uint32Array },
  F32: { bytes: 4, array: Float32Array, toFloat32: copy },
  F64: { bytes: 8, array: Float64Array, toFloat32: copy },
  I64: { bytes: 8, array: BigInt64Array },
  U64: { bytes: 8, array: BigUint64Array },
} as const satisfies Record<string, DTypeRow>;

export type SafetensorsDType = keyof typeof dtypes;

/** One row of {@link dtypes}, with the optional fields visible. */
export function dtypeRow(dtype: SafetensorsDType): DTypeRow {
  return dtypes[dtype];
}

/** Whether `text` names an element type we know. */
export function isDType(text: string): text is SafetensorsDType {
  return Object.hasOwn(dtypes, text);
}

/** The element type a typed array is written as, unless the caller names another of that width. */
export function defaultDType(data: RawArray): SafetensorsDType | undefined {
  const names = Object.keys(dtypes) as SafetensorsDType[];
  const natural = names.filter((name) => !["BOOL", "F8_E5M2", "F8_E4M3"].includes(name));
  return natural.find((name) => dtypes[name].array === data.constructor);
}

let halfTable: Float32Array | undefined;

/** All 65,536 half-precision values, IEEE 754 binary16: 1 sign, 5 exponent, 10 fraction bits. */
function halfValues(): Float32Array {
  if (halfTable !== undefined) return halfTable;
  halfTable = Float32Array.from({ length: 65536 }, (_, bits) => {
    const sign = bits & 0x8000 ? -1 : 1;
    const exponent = (bits >> 10) & 31;
    const fraction = bits & 1023;
    if (exponent === 0) return sign * fraction * 2 ** -24;
    if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
    return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
  });
  return halfTable;
}

function halfToFloat32(raw: RawArray, out: Float32Array): void {
  const values = halfValues();
  const bits = raw as Uint16Array;
  for (let i = 0; i < bits.length; i++) out[i] = values[bits[i]!]!;
}

/** A bfloat16 is the upper half of a float32, so the bits move and nothing is rounded. */
function bfloat16ToFloat32(raw: RawArray, out: Float32Array): void {
  const bits = raw as Uint16Array;
  const words = new Uint32Array(out.buffer, out.byteOffset, out.length);
  for (let i = 0; i < bits.length; i++) words[i] = bits[i]! << 16;
}
