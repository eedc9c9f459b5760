import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import { DataError } from "../base/index.ts";
import { readRaw, readSafetensors, writeSafetensors } from "./index.ts";

const folder = mkdtempSync(join(tmpdir(), "codet5-header-"));
afterAll(() => rmSync(folder, { recursive: true }));
const path = join(folder, "a.safetensors");

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

test("readSafetensors: a damaged file is read or refused with a DataError, never a crash", () => {
  writeSafetensors(
    path,
    [
      ["encoder.w", { shape: [2, 3], data: new Float32Array(6) }],
      ["ids", { shape: [2], data: BigInt64Array.of(1n, 2n) }],
      ["empty", { shape: [0], data: new Float32Array(0) }],
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
