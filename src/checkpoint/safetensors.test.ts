import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import { DataError } from "../base/index.ts";
import {
  type RawArray,
  readFloat32,
  readRaw,
  readSafetensors,
  readTensor,
  type SafetensorsDType,
  type WritableTensor,
  writeSafetensors,
} from "./index.ts";

const folder = mkdtempSync(join(tmpdir(), "codet5-safetensors-"));
afterAll(() => rmSync(folder, { recursive: true }));
const path = join(folder, "a.safetensors");

const f32 = (shape: number[], ...values: number[]): WritableTensor => ({
  shape,
  data: Float32Array.from(values),
});

function errorOf(action: () => unknown): DataError {
  try {
    action();
  } catch (error) {
    expect(error).toBeInstanceOf(DataError);
    return error as DataError;
  }
  throw new Error("no error");
}

test("writeSafetensors: no tensors is a length, two braces and six spaces", () => {
  writeSafetensors(path, new Map());
  expect([...readFileSync(path)]).toEqual([
    8, 0, 0, 0, 0, 0, 0, 0, 123, 125, 32, 32, 32, 32, 32, 32,
  ]);
});

test("writeSafetensors: order as given, header padded to 8, sha256 of the file returned", () => {
  const tensors = new Map([
    ["b", f32([2, 2], 1, 2, 3, 4)],
    ["10", f32([], 5)],
    ["2", f32([0, 7])],
  ]);
  const hash = writeSafetensors(path, tensors, { format: "pt" });
  const bytes = readFileSync(path);
  const headerBytes = Number(bytes.readBigUInt64LE());
  expect(headerBytes % 8).toBe(0);
  expect(
    bytes
      .subarray(8, 8 + headerBytes)
      .toString()
      .trimEnd(),
  ).toBe(
    '{"__metadata__":{"format":"pt"},' +
      '"b":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]},' +
      '"10":{"dtype":"F32","shape":[],"data_offsets":[16,20]},' +
      '"2":{"dtype":"F32","shape":[0,7],"data_offsets":[20,20]}}',
  );
  expect(hash).toBe(createHash("sha256").update(bytes).digest("hex"));
  const read = readSafetensors(path);
  expect([...read.tensors.keys()]).toEqual(["b", "10", "2"]);
  expect(read.metadata).toEqual({ format: "pt" });
  expect(readTensor(read.tensors.get("b")!)).toEqual({
    shape: [2, 2],
    data: Float32Array.of(1, 2, 3, 4),
  });
});

test("writeSafetensors: data behind a getter is made when its turn comes, one at a time", () => {
  const log: string[] = [];
  const lazy = (name: string): [string, WritableTensor] => {
    const make = () => {
      log.push(name);
      return Float32Array.of(1);
    };
    return [
      name,
      {
        dtype: "F32",
        shape: [1],
        get data() {
          return make();
        },
      },
    ];
  };
  writeSafetensors(path, [lazy("a"), lazy("b")]);
  expect(log).toEqual(["a", "b"]);
  expect(readSafetensors(path).tensors.size).toBe(2);
});

test("readFloat32: F16, BF16 and F64 become float32; special values survive", () => {
  const half = Uint16Array.of(
    0x3c00,
    0xc000,
    0x0001,
    0x7bff,
    0x7c00,
    0xfc00,
    0x7e00,
    0x8000,
    0x3555,
  );
  const brain = Uint16Array.of(0x3f80, 0xc000, 0x0001, 0x7f80, 0x7fc0, 0x4049);
  const double = Float64Array.of(0.1, 1e300, -0, 2 ** -149);
  writeSafetensors(path, [
    ["half", { dtype: "F16", shape: [9], data: half }],
    ["brain", { dtype: "BF16", shape: [6], data: brain }],
    ["double", { shape: [4], data: double }],
  ]);
  const { tensors } = readSafetensors(path);
  expect([...readFloat32(tensors.get("half")!)]).toEqual([
    1,
    -2,
    2 ** -24,
    65504,
    Infinity,
    -Infinity,
    NaN,
    -0,
    Math.fround(1365 / 4096),
  ]);
  expect([...readFloat32(tensors.get("brain")!)]).toEqual([
    1,
    -2,
    2 ** -133,
    Infinity,
    NaN,
    3.140625,
  ]);
  expect([...readFloat32(tensors.get("double")!)]).toEqual([
    Math.fround(0.1),
    Infinity,
    -0,
    2 ** -149,
  ]);
});

test("readFloat32: a 16-bit tensor longer than one chunk is converted throughout", () => {
  const data = Uint16Array.from({ length: 1_200_001 }, (_, i) => i & 0x7f7f);
  writeSafetensors(path, [["w", { dtype: "BF16", shape: [data.length], data }]]);
  const read = readFloat32(readSafetensors(path).tensors.get("w")!);
  const bits = new Uint32Array(read.buffer);
  expect(bits.every((word, i) => word === data[i]! << 16)).toBe(true);
});

test("readFloat32 and writeSafetensors: views of shared memory go in and out", () => {
  const shared = new Float32Array(new SharedArrayBuffer(40), 8, 4).fill(2.5);
  writeSafetensors(path, [["w", { shape: [4], data: shared }]]);
  const into = new Float32Array(new SharedArrayBuffer(32), 4, 4);
  expect(readFloat32(readSafetensors(path).tensors.get("w")!, into)).toBe(into);
  expect([...into]).toEqual([2.5, 2.5, 2.5, 2.5]);
});

test("readFloat32: integers and a destination of another size are refused", () => {
  writeSafetensors(path, [
    ["ids", { shape: [2], data: BigInt64Array.of(1n, -2n) }],
    ["w", f32([2], 1, 2)],
  ]);
  const { tensors } = readSafetensors(path);
  expect(readRaw(tensors.get("ids")!)).toEqual(BigInt64Array.of(1n, -2n));
  expect(errorOf(() => readFloat32(tensors.get("ids")!)).code).toBe("tensor.dtype");
  expect(errorOf(() => readFloat32(tensors.get("w")!, new Float32Array(3))).code).toBe(
    "tensor.size",
  );
});

test("readRaw: a file replaced since its header was read is noticed", () => {
  writeSafetensors(path, [["w", f32([2], 1, 2)]]);
  const { tensors } = readSafetensors(path);
  writeSafetensors(path, [["w", f32([2], 3, 4)]]);
  expect(errorOf(() => readRaw(tensors.get("w")!)).code).toBe("file.changed");
});

test("writeSafetensors: wrong sizes, names and shapes are refused before anything is written", () => {
  writeSafetensors(path, [["w", f32([1], 7)]]);
  const before = readFileSync(path);
  const attempts: [string, WritableTensor][][] = [
    [["w", f32([3], 1, 2)]],
    [["w", f32([-1], 1)]],
    [["w", f32([0.5], 1)]],
    [["__metadata__", f32([1], 1)]],
    [
      ["w", f32([1], 1)],
      ["w", f32([1], 1)],
    ],
    [["\ud800", f32([1], 1)]],
    [["w", { dtype: "F4" as SafetensorsDType, shape: [1], data: new Uint8Array(1) }]],
  ];
  for (const tensors of attempts) errorOf(() => writeSafetensors(path, tensors));
  expect(readFileSync(path)).toEqual(before);
});

const dtypeBytes = {
  BOOL: 1,
  U8: 1,
  I8: 1,
  F16: 2,
  BF16: 2,
  I16: 2,
  I32: 4,
  F32: 4,
  F64: 8,
  I64: 8,
};
const arrays = { 1: Uint8Array, 2: Uint16Array, 4: Int32Array, 8: BigInt64Array };

const tensorArbitrary = fc
  .record({
    dtype: fc.constantFrom(...(Object.keys(dtypeBytes) as (keyof typeof dtypeBytes)[])),
    shape: fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 4 }),
    fill: fc.integer({ min: 0, max: 255 }),
  })
  .map(({ dtype, shape, fill }): WritableTensor => {
    const bytes = dtypeBytes[dtype];
    const size = shape.reduce((product, dimension) => product * dimension, 1);
    const raw = new Uint8Array(size * bytes).map((_, i) => (i * 31 + fill) & 255);
    return { dtype, shape, data: new arrays[bytes as 1 | 2 | 4 | 8](raw.buffer) };
  });

const bytesOf = (data: RawArray) => Buffer.from(data.buffer, data.byteOffset, data.byteLength);

test("safetensors: what is written is read back, every type, any name and metadata", () => {
  const names = fc.string({ unit: "binary" }).filter((name) => name !== "__metadata__");
  const tensors = fc.uniqueArray(fc.tuple(names, tensorArbitrary), { selector: ([name]) => name });
  const metadata = fc.dictionary(fc.string({ unit: "grapheme" }), fc.string({ unit: "grapheme" }));
  fc.assert(
    fc.property(tensors, metadata, (written, texts) => {
      writeSafetensors(path, written, texts);
      const read = readSafetensors(path);
      expect({ ...read.metadata }).toEqual({ ...texts });
      expect(read.tensors.size).toBe(written.length);
      for (const [name, { shape, data, dtype }] of written) {
        const stored = read.tensors.get(name)!;
        expect([stored.shape, stored.dtype]).toEqual([shape, dtype]);
        expect(bytesOf(readRaw(stored)).equals(bytesOf(data))).toBe(true);
      }
    }),
    { numRuns: 40 },
  );
});
