/** @file The typed forms in which old exporters store constants, turned into raw bytes. */
import { BinaryReader, WireType } from "@bufbuild/protobuf/wire";
import { type DType, dtypeBytes, type TensorProto } from "./model.ts";
import { bytesOf, elementsOf, tensorError } from "./tensor-size.ts";

/** Fields of `TensorProto` that hold numbers other than `raw_data`. */
export type NumberForm = "floatData" | "int32Data" | "int64Data" | "doubleData";

/** Which form holds an element type when `raw_data` does not; onnx.proto3, comments of TensorProto. */
const formOf: Readonly<Record<DType, NumberForm>> = {
  float32: "floatData",
  uint8: "int32Data",
  int8: "int32Data",
  int32: "int32Data",
  bool: "int32Data",
  float16: "int32Data",
  bfloat16: "int32Data",
  int64: "int64Data",
  float64: "doubleData",
};

const formWires: Readonly<Record<NumberForm, WireType>> = {
  floatData: WireType.Bit32,
  int32Data: WireType.Varint,
  int64Data: WireType.Varint,
  doubleData: WireType.Bit64,
};

/**
 * Raw little-endian bytes from the runs of one typed form.
 * @param forms undecoded runs by form, in file order
 * @throws DataError `onnx.tensor` when the form does not fit the type, or the count the shape
 */
export function rawFromNumbers(
  tensor: Omit<TensorProto, "raw">,
  forms: Readonly<Partial<Record<NumberForm, readonly Uint8Array[]>>>,
  where: string,
): Uint8Array {
  const form = formOf[tensor.dtype];
  const [other] = Object.keys(forms).filter((name) => name !== form);
  if (other !== undefined) {
    throw tensorError(tensor.name, `${tensor.dtype} in raw_data or ${form}`, other, where);
  }
  const runs = forms[form] ?? [];
  const width = dtypeBytes[tensor.dtype];
  // counted before anything is allocated: a shape may claim more than the file holds
  const found = runs.reduce((sum, run) => sum + countNumbers(run, formWires[form], width), 0);
  const expected = elementsOf(tensor, where);
  if (found !== expected) throw tensorError(tensor.name, `${expected} values`, `${found}`, where);
  const raw = new Uint8Array(bytesOf(tensor, where));
  if (formWires[form] === WireType.Varint) unpackVarints(runs, raw, width);
  else concatenate(runs, raw);
  return raw;
}

function concatenate(runs: readonly Uint8Array[], raw: Uint8Array): void {
  let at = 0;
  for (const run of runs) {
    raw.set(run, at);
    at += run.length;
  }
}

function countNumbers(run: Uint8Array, wire: WireType, width: number): number {
  if (wire !== WireType.Varint) return run.length / width;
  let count = 0;
  for (const byte of run) if (byte < 0x80) count++;
  return count;
}

function unpackVarints(runs: readonly Uint8Array[], raw: Uint8Array, width: number): void {
  const view = new DataView(raw.buffer);
  let at = 0;
  for (const run of runs) {
    const reader = new BinaryReader(run);
    while (reader.pos < run.length) {
      if (width === 8) view.setBigInt64(at, BigInt(reader.int64()), true);
      else if (width === 4)
        view.setInt32(at, Number(BigInt.asIntN(32, BigInt(reader.int64()))), true);
      else writeNarrow(view, at, width, reader.int32());
      at += width;
    }
  }
}

function writeNarrow(view: DataView, at: number, width: number, value: number): void {
  if (width === 2) view.setUint16(at, value, true);
  else view.setUint8(at, value);
}
