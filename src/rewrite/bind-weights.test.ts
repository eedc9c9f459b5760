/** @file Weights become constants of 8 bits: which nodes there are, and what they compute. */
import { expect, test } from "vitest";
import { Random } from "../base/index.ts";
import { add, buildGraph, gather, input, matMul, relu, toOnnx } from "../graph/index.ts";
import { compile } from "../runtime/index.ts";
import { eightBitWeights } from "./index.ts";

/** Numbers from -1 to 1. */
function matrix(rows: number, columns: number, seed: number) {
  const random = new Random(seed);
  const data = Float32Array.from({ length: rows * columns }, () => 2 * random.uniform() - 1);
  return { shape: [rows, columns], data };
}

const weights = new Map([
  ["a", matrix(64, 32, 1)],
  ["b", matrix(48, 32, 2)],
  ["c", matrix(32, 64, 3)],
  ["rows", matrix(2, 32, 4)],
  ["table", matrix(40, 32, 5)],
]);

/** relu(x aᵀ) cᵀ / 4 and x bᵀ, with x looked up; a product with two rows beside them. */
function graph() {
  const ids = input("ids", "int32", ["B"]);
  const weight = new Map(
    [...weights].map(([name, { shape }]) => [name, input(name, "float32", shape)] as const),
  );
  const at = (name: string) => weight.get(name)!;
  const x = gather(at("table"), ids, 0);
  const turned = { transB: true };
  const deep = matMul(relu(matMul(x, at("a"), turned)), at("c"), { transB: true, alpha: 0.25 });
  return buildGraph({
    name: "products",
    inputs: [...weight.values(), ids],
    outputs: {
      deep: add(deep, x),
      wide: matMul(x, at("b"), turned),
      narrow: matMul(x, at("rows"), turned),
    },
  });
}

test("eightBitWeights: wide weights in 8 bits, an input rounded once for all its products", () => {
  const constants = new Map();
  const rewritten = eightBitWeights(weights, constants)(toOnnx(graph()).model);
  const counts = new Map<string, number>();
  for (const { opType } of rewritten.nodes) counts.set(opType, (counts.get(opType) ?? 0) + 1);
  expect(counts.get("DynamicQuantizeLinear")).toBe(2);
  expect(counts.get("MatMulInteger")).toBe(3);
  expect(counts.get("FusedMatMul")).toBe(1);
  expect(rewritten.inputs.map(({ name }) => name)).toEqual(["ids"]);
  const bits = new Map(rewritten.initializers.map(({ name, dtype }) => [name, dtype]));
  expect(bits.get("a_columns")).toBe("int8");
  expect(bits.get("table_8_bit")).toBe("int8");
  expect(bits.get("rows")).toBe("float32");
  expect(bits.has("table")).toBe(false);
});

test("eightBitWeights: what is computed stays near, the factor of a product included", async () => {
  const ids = { data: Int32Array.of(3, 17, 39), shape: [3] };
  const plain = await compile(graph());
  const rewrite = eightBitWeights(weights, new Map());
  const small = await compile(graph(), { isInference: true, rewrite });
  const whole = await plain.run({ ids, ...Object.fromEntries(weights) });
  const rounded = await small.run({ ids });
  for (const name of ["deep", "wide", "narrow"]) {
    const [want, got] = [whole[name]!.data as Float32Array, rounded[name]!.data as Float32Array];
    expect(rounded[name]!.shape).toEqual(whole[name]!.shape);
    // sums of 32 to 64 products whose factors are each off by up to 1/255
    expect(got).toBeAllclose(want, { rtol: 0, atol: 0.12 });
    expect(Math.max(...want)).toBeGreaterThan(1);
  }
  await plain.release();
  await small.release();
});
