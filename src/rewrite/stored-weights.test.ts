/** @file Constants that stay in a file: products, rows, and whatever else reads them, through ONNX Runtime. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import { Random } from "../base/index.ts";
import { add, buildGraph, gather, input, matMul, mul, toOnnx } from "../graph/index.ts";
import { compile } from "../runtime/index.ts";
import { packFourBits } from "./four-bits.ts";
import { fourBitBlocks } from "./quantized.ts";
import { fromStorage, type StoredWeight, weightUses } from "./stored-weights.ts";

const folder = mkdtempSync(join(tmpdir(), "codet5-stored-"));
afterAll(() => rmSync(folder, { recursive: true }));

const numbers = fc
  .array(fc.array(fc.float({ noNaN: true, min: -4, max: 4 }), { minLength: 64, maxLength: 64 }), {
    minLength: 1,
    maxLength: 4,
  })
  .map((rows) => Float32Array.from(rows.flat()));

/** One block, as the definition says. */
function blockOf(weights: readonly number[]) {
  const extreme = weights.reduce((most, w) => (Math.abs(w) > Math.abs(most) ? w : most), 0);
  const scale = Math.fround(extreme / -8);
  const numbers = weights.map((w) => {
    return scale === 0 ? 8 : Math.max(0, Math.min(15, Math.round(w / scale) + 8));
  });
  return { scale, numbers };
}

test("packFourBits: as defined, block by block, and no number where a weight is none", () => {
  fc.assert(
    fc.property(numbers, (data) => {
      const values = new Uint8Array(data.length / 2);
      const scales = new Float32Array(data.length / 32);
      packFourBits(data, values, scales);
      scales.forEach((scale, block) => {
        const expected = blockOf([...data.subarray(block * 32, (block + 1) * 32)]);
        expect(scale).toBe(expected.scale);
        const bytes = [...values.subarray(block * 16, (block + 1) * 16)];
        expect(bytes.flatMap((byte) => [byte & 15, byte >> 4])).toEqual(expected.numbers);
      });
    }),
  );
  for (const bad of [Number.NaN, Number.POSITIVE_INFINITY]) {
    const scales = new Float32Array(1);
    packFourBits(new Float32Array(32).fill(1).fill(bad, 7, 8), new Uint8Array(16), scales);
    expect(scales[0]).toBeNaN();
  }
});

const [rows, columns] = [40, 64] as const;
const random = new Random(5);
const matrix = new Float32Array(rows * columns).map(() => random.normal());
const vector = new Float32Array(columns).map(() => random.normal());

/** ids -> (rows of the table + vector), times the table turned. */
function graphOf() {
  const table = input("table", "float32", [rows, columns]);
  const bias = input("bias", "float32", [columns]);
  const ids = input("ids", "int32", ["B"]);
  const hidden = add(gather(table, ids, 0), bias);
  const outputs = { y: matMul(hidden, table, { transB: true }), z: mul(hidden, 2) };
  return buildGraph({ name: "stored", inputs: [table, bias, ids], outputs });
}

test("weightUses: a table that is looked up and multiplied by is both", () => {
  const { multiplied, lookedUp } = weightUses(toOnnx(graphOf()).model);
  expect([...multiplied]).toEqual(["table"]);
  expect([...lookedUp]).toEqual(["table"]);
});

test.each(["float32", "bfloat16"] as const)(
  "fromStorage: blocks, and a table of %s",
  async (dtype) => {
    const bits = new Uint32Array(matrix.buffer);
    const table = dtype === "float32" ? matrix : Uint16Array.from(bits, (word) => word >>> 16);
    const { values, scales } = fourBitBlocks({ shape: [rows, columns], data: matrix });
    const parts = [table, vector, values.data, scales.data];
    let offset = 0;
    const places = parts.map(({ byteLength: length }) => {
      const place = { location: "data.bin", offset, length };
      offset += Math.ceil(length / 64) * 64;
      return place;
    });
    const file = new Uint8Array(offset);
    parts.forEach(({ buffer, byteOffset, byteLength }, i) => {
      file.set(new Uint8Array(buffer, byteOffset, byteLength), places[i]!.offset);
    });
    writeFileSync(join(folder, "data.bin"), file);
    const stored = new Map<string, StoredWeight>([
      [
        "table",
        {
          shape: [rows, columns],
          floats: { dtype, external: places[0]! },
          blocks: { values: places[2]!, scales: places[3]! },
        },
      ],
      ["bias", { shape: [columns], floats: { dtype: "float32", external: places[1]! } }],
    ]);
    const rewrite = fromStorage(stored);
    const session = await compile(graphOf(), { rewrite, externalFolder: folder });
    const ids = { data: Int32Array.of(3, 39, 0), shape: [3] };
    const { y, z } = await session.run({ ids });
    const seen =
      dtype === "float32" ? matrix : new Float32Array(bits.map((word) => word & 0xffff0000).buffer);
    const hidden = [...ids.data].flatMap((id) =>
      [...vector].map((value, i) => seen[id * columns + i]! + value),
    );
    expect(z!.data).toBeAllclose(
      hidden.map((value) => 2 * value),
      { rtol: 1e-6, atol: 1e-6 },
    );
    const weight = (row: number, i: number) => {
      const byte = values.data[(row * columns + i) >> 1]!;
      const q = (i % 2 === 0 ? byte & 15 : byte >> 4) - 8;
      return q * scales.data[Math.floor((row * columns + i) / 32)]!;
    };
    const expected = Array.from({ length: 3 * rows }, (_, at) => {
      const [item, row] = [Math.floor(at / rows), at % rows];
      return hidden
        .slice(item * columns, (item + 1) * columns)
        .reduce((sum, value, i) => sum + value * weight(row, i), 0);
    });
    // inputs of products are rounded to 8 bits
    expect(y!.data).toBeAllclose(expected, { rtol: 0.02, atol: 0.4 });
    await session.release();
  },
);
