/** @file Shape errors: both shapes, a code, and the line of the caller. */
import { expect, test } from "vitest";
import { type CodeT5Error, ShapeError } from "../base/index.ts";
import * as g from "./index.ts";

const x = g.input("x", "float32", ["B", "S", 4]);
const y = g.input("y", "float32", ["B", 3, 5]);
const table = g.input("table", "float32", [7, 4]);
const ids = g.input("ids", "int32", ["B", "S"]);
const condition = g.input("condition", "bool", ["B", "S", 4]);

function thrownBy(build: () => unknown): CodeT5Error {
  try {
    build();
  } catch (error) {
    return error as CodeT5Error;
  }
  return expect.fail("nothing was thrown");
}

/** The line of this file in the message's stack: where the builder was called. */
const lineOf = (error: Error) => Number(error.stack!.match(/shape-errors\.test\.ts:(\d+):\d+/)![1]);

test.each<[code: string, shapes: readonly string[], build: () => unknown]>([
  ["broadcast", ["[B, S, 4]", "[B, 3, 5]"], () => g.add(x, y)],
  ["broadcast", ["[B, S, 4]", "[7, 4]"], () => g.where(condition, x, table)],
  ["broadcast", ["[7, 4]", "[2, 7, 5]"], () => g.expand(table, [2, 7, 5])],
  ["dtype.mismatch", ["int32[B, S]", "float32[7, 4]"], () => g.mul(ids, table)],
  ["matmul.inner", ["[B, S, 4]", "[7, 4]"], () => g.matMul(x, table)],
  ["matmul.inner", ["[B, S, 4]", "[B, 3, 5]ᵀ"], () => g.matMul(x, y, { transB: true })],
  ["matmul.rank", ["[]"], () => g.matMul(x, g.reduceSum(x))],
  ["reshape.size", ["[B, S, 4]", "[B, S, 3]"], () => g.reshape(x, ["B", "S", 3])],
  ["reshape.size", ["[B, S, 4]", "[S, B, 4]"], () => g.reshape(x, ["S", "B", 4])],
  ["transpose.perm", ["[B, S, 4]", "[0,1]"], () => g.transpose(x, [0, 1])],
  ["transpose.perm", ["[B, S, 4]", "[0,0,1]"], () => g.transpose(x, [0, 0, 1])],
  ["squeeze.size", ["[B, S, 4]"], () => g.squeeze(x, [0])],
  ["split.size", ["[7, 4]", "in 3"], () => g.split(table, 1, 3)],
  ["axis.range", ["[B, S, 4]"], () => g.softmax(x, 3)],
  ["axis.range", ["[B, S, 4]"], () => g.gather(x, ids, -4)],
  ["axis.range", ["[B, S, 4]"], () => g.reduceSum(x, [0.5])],
  ["axis.twice", ["[B, S, 4]"], () => g.reduceMean(x, [2, -1])],
  ["reduce.axes", ["[B, S, 4]"], () => g.reduceMax(x, [])],
  ["indices.dtype", ["gather"], () => g.gather(table, x)],
  ["indices.shape", ["[B, S, 4]", "[B, S]"], () => g.gatherElements(x, ids, 1)],
  ["indices.shape", ["[7, 4]", "[B, S]"], () => g.scatterAdd(table, ids, x, 0)],
  ["rms.scale", ["[B, S, 4]", "[7, 4]"], () => g.rmsNormalization(x, table, 1e-6)],
  ["layerNorm.scale", ["[B, S, 4]", "[7, 4]"], () => g.layerNormalization(x, table, table, 1e-6)],
  ["crossEntropy.shape", ["[7, 4]", "[B, S]"], () => g.softmaxCrossEntropy(table, ids)],
  ["slice.named", ["axis B"], () => g.slice(x, 0, -1, 3)],
  ["constant.size", ["[2, 2]"], () => g.constant(new Float32Array(3), [2, 2])],
  ["constant.dtype", ["float16"], () => g.scalar(1, "float16")],
])("%s: %j at the line that built it", (code, shapes, build) => {
  const error = thrownBy(build);
  expect(error).toBeInstanceOf(ShapeError);
  expect(error.code).toBe(code);
  const text = `${error.message} ${error.details.got ?? ""} ${error.details.expected ?? ""}`;
  for (const shape of shapes) expect(text).toContain(shape);
  expect(error.details.where).toBe(`src/graph/shape-errors.test.ts:${lineOf(error)}`);
});

test("concat: parts that differ outside the axis, or are none", () => {
  const error = thrownBy(() => g.concat([x, y], 1));
  expect(error).toBeInstanceOf(ShapeError);
  expect(error.message).toContain("[B, S, 4]");
  expect(error.message).toContain("[B, 3, 5]");
  expect(thrownBy(() => g.concat([], 0))).toBeInstanceOf(ShapeError);
});

test("a node keeps its scope and its line", () => {
  const value = g.scoped("encoder", () => g.scoped("block.0", () => g.add(x, 1)));
  expect(value.node!.scope).toBe("encoder.block.0");
  expect(value.node!.site()).toMatch(/^src\/graph\/shape-errors\.test\.ts:\d+$/);
  expect(g.add(x, 1).node!.scope).toBe("");
});

test("scoped: an error inside does not leave the scope behind", () => {
  thrownBy(() => g.scoped("broken", () => g.matMul(x, table)));
  expect(g.add(x, 1).node!.scope).toBe("");
});

test("values and nodes are frozen", () => {
  const value = g.add(x, 1);
  expect([value, value.shape, value.node, value.node!.outputs].every(Object.isFrozen)).toBe(true);
});
