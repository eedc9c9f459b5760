import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
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

/** A file with this header text and this many bytes of data. */
function writeFile(header: string | Uint8Array, dataBytes = 0, claimed?: bigint): void {
  const text = Buffer.from(header as string);
  const bytes = Buffer.alloc(8 + text.length + dataBytes);
  bytes.writeBigUInt64LE(claimed ?? BigInt(text.length));
  text.copy(bytes, 8);
  writeFileSync(path, bytes);
}

const entry = (dtype: string, shape: number[], start: number, end: number) =>
  JSON.stringify({ dtype, shape, data_offsets: [start, end] });

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

const broken: Record<string, [code: string, write: () => void]> = {
  "an empty file": ["safetensors.truncated", () => writeFileSync(path, "")],
  "seven bytes": ["safetensors.truncated", () => writeFileSync(path, "1234567")],
  "a 10 GB header": ["safetensors.headerLength", () => writeFile("{}", 0, 10_000_000_000n)],
  "a 2^64-1 header": ["safetensors.headerLength", () => writeFile("{}", 0, 2n ** 64n - 1n)],
  "a header beyond the file": ["safetensors.truncated", () => writeFile("{}", 0, 3n)],
  "bytes that are not UTF-8": [
    "safetensors.header",
    () => writeFile(Uint8Array.of(0x7b, 0xff, 0x7d)),
  ],
  "a byte order mark": ["safetensors.header", () => writeFile("\ufeff{}")],
  "an empty header": ["safetensors.header", () => writeFile("")],
  "a list": ["safetensors.header", () => writeFile("[]")],
  "leading space": ["safetensors.header", () => writeFile(" {}")],
  "text behind": ["safetensors.header", () => writeFile("{}x")],
  "a missing comma": [
    "safetensors.header",
    () => writeFile(`{"a":${entry("F32", [1], 0, 4)} "b":${entry("F32", [1], 4, 8)}}`, 8),
  ],
  "a trailing comma": [
    "safetensors.header",
    () => writeFile(`{"a":${entry("F32", [1], 0, 4)},}`, 4),
  ],
  "a bad escape": ["safetensors.header", () => writeFile(`{"\\x":${entry("F32", [1], 0, 4)}}`, 4)],
  "half a surrogate pair": [
    "safetensors.header",
    () => writeFile(`{"\\ud800":${entry("F32", [1], 0, 4)}}`, 4),
  ],
  "an open string": ["safetensors.header", () => writeFile('{"a\\"')],
  "an unknown key": ["safetensors.header", () => writeFile('{"a":{"x":1}}')],
  "no offsets": ["safetensors.header", () => writeFile('{"a":{"dtype":"F32","shape":[]}}', 4)],
  "one offset": [
    "safetensors.header",
    () => writeFile('{"a":{"dtype":"F32","shape":[],"data_offsets":[0]}}', 4),
  ],
  "a negative size": [
    "safetensors.header",
    () => writeFile(`{"a":${entry("F32", [-1], 0, 4)}}`, 4),
  ],
  "a fractional size": [
    "safetensors.header",
    () => writeFile(`{"a":${entry("F32", [1.5], 0, 6)}}`, 6),
  ],
  "an exponent": [
    "safetensors.header",
    () => writeFile('{"a":{"dtype":"F32","shape":[1e0],"data_offsets":[0,4]}}', 4),
  ],
  "a size of 2^53": [
    "safetensors.header",
    () => writeFile(`{"a":${entry("F32", [2 ** 53], 0, 4)}}`, 4),
  ],
  "a rank of 65": [
    "safetensors.header",
    () => writeFile(`{"a":${entry("F32", Array(65).fill(1), 0, 4)}}`, 4),
  ],
  "deep nesting": ["safetensors.header", () => writeFile(`{"a":${"[".repeat(1_000_000)}`)],
  "hundreds of thousands of metadata keys": [
    "safetensors.header",
    () => {
      const pairs = Array.from({ length: 270_000 }, (_, i) => `"${i}":""`);
      writeFile(`{"__metadata__":{${pairs.join(",")}}}`);
    },
  ],
  "metadata that is not text": ["safetensors.header", () => writeFile('{"__metadata__":{"a":1}}')],
  "a tensor twice": [
    "safetensors.duplicate",
    () => writeFile(`{"a":${entry("F32", [1], 0, 4)},"\\u0061":${entry("F32", [1], 4, 8)}}`, 8),
  ],
  "a field twice": [
    "safetensors.duplicate",
    () => writeFile('{"a":{"dtype":"F32","dtype":"F32","shape":[],"data_offsets":[0,4]}}', 4),
  ],
  "a hole in front": [
    "safetensors.offsets",
    () => writeFile(`{"a":${entry("F32", [1], 4, 8)}}`, 8),
  ],
  "a hole between": [
    "safetensors.offsets",
    () => writeFile(`{"a":${entry("U8", [1], 0, 1)},"b":${entry("U8", [1], 2, 3)}}`, 3),
  ],
  "an overlap": [
    "safetensors.offsets",
    () => writeFile(`{"a":${entry("U8", [2], 0, 2)},"b":${entry("U8", [2], 1, 3)}}`, 3),
  ],
  "an end before the start": [
    "safetensors.offsets",
    () => writeFile(`{"a":${entry("U8", [4], 0, 4)},"b":${entry("U8", [1], 4, 3)}}`, 4),
  ],
  "data left over": ["safetensors.offsets", () => writeFile(`{"a":${entry("F32", [1], 0, 4)}}`, 5)],
  "data missing": ["safetensors.offsets", () => writeFile(`{"a":${entry("F32", [1], 0, 4)}}`, 3)],
  "an unknown type": ["safetensors.dtype", () => writeFile(`{"a":${entry("F31", [1], 0, 4)}}`, 4)],
  "a type named like a method": [
    "safetensors.dtype",
    () => writeFile(`{"a":${entry("constructor", [1], 0, 4)}}`, 4),
  ],
  "a shape that is too large": [
    "safetensors.shape",
    () => writeFile(`{"a":${entry("F32", [2], 0, 4)}}`, 4),
  ],
  "a product that overflows": [
    "safetensors.shape",
    () => writeFile(`{"a":${entry("F32", [2 ** 31, 2 ** 31, 4], 0, 0)}}`),
  ],
  "an overflow hidden by a zero": [
    "safetensors.shape",
    () => writeFile(`{"a":${entry("F32", [2 ** 40, 2 ** 40, 0], 0, 0)}}`),
  ],
};

test.each(Object.entries(broken))("readSafetensors: %s is refused", (_, [code, write]) => {
  write();
  const error = errorOf(() => readSafetensors(path));
  expect(error.code).toBe(code);
  expect(error.details.where).toContain(path);
});

test("readSafetensors: a missing file, a folder and an unreadable place are one clear error", () => {
  const inner = join(folder, "inner");
  mkdirSync(inner);
  expect(errorOf(() => readSafetensors(join(folder, "none"))).code).toBe("file.missing");
  expect(errorOf(() => readSafetensors(inner)).code).toBe("file.unreadable");
});

test("readSafetensors: odd names, white space, and any order of keys and tensors are read", () => {
  const fields = '{ "data_offsets" : [4,8] ,\n"shape":[],"dtype":"F32"}';
  writeFile(
    `{"__proto__":${fields}, "":${entry("F32", [1], 0, 4)},"\\u00e9\\n":${entry("U8", [0], 8, 8)}}  `,
    8,
  );
  const { tensors } = readSafetensors(path);
  expect([...tensors.keys()]).toEqual(["", "__proto__", "é\n"]);
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

test("readSafetensors: a damaged file is read or refused with a DataError, never a crash", () => {
  writeSafetensors(
    path,
    [
      ["encoder.w", f32([2, 3], 1, 2, 3, 4, 5, 6)],
      ["ids", { shape: [2], data: BigInt64Array.of(1n, 2n) }],
      ["empty", f32([0])],
    ],
    { format: "pt" },
  );
  const whole = readFileSync(path);
  const edit = fc.record({
    at: fc.nat(whole.length - 1),
    cut: fc.nat(6),
    put: fc.oneof(
      fc.constantFrom("", "{", "}", "[", ",", '"', "0", "-1", "99999999999999999999", "null", "\\"),
      fc.string({ maxLength: 5 }),
    ),
  });
  fc.assert(
    fc.property(
      fc.array(edit, { minLength: 1, maxLength: 3 }),
      fc.boolean(),
      (edits, fixLength) => {
        let bytes: Buffer = whole;
        for (const { at, cut, put } of edits) {
          bytes = Buffer.concat([
            bytes.subarray(0, at),
            Buffer.from(put),
            bytes.subarray(at + cut),
          ]);
        }
        // with the length mended the damage reaches the parser and the checks behind it
        const grown = bytes.length - whole.length;
        if (fixLength && bytes.length > 8) {
          whole.copy(bytes, 0, 0, 8);
          bytes.writeBigUInt64LE(BigInt(Math.max(0, Number(whole.readBigUInt64LE()) + grown)));
        }
        writeFileSync(path, bytes);
        try {
          for (const tensor of readSafetensors(path).tensors.values()) readRaw(tensor);
        } catch (error) {
          expect(error).toBeInstanceOf(DataError);
        }
      },
    ),
    { numRuns: 1000 },
  );
});
