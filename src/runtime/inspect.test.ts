/** @file Inspected sessions: what CODET5_CHECK=1 stops at, what CODET5_DEBUG=5 shows. */
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { failureOf, nextLine } from "../../test/failures.ts";
import { type NdArray, RuntimeFailure } from "../base/index.ts";
import { backward } from "../grad/index.ts";
import {
  buildGraph,
  input,
  matMul,
  mul,
  neg,
  reciprocal,
  reduceSum,
  scoped,
  sqrt,
  type Value,
} from "../graph/index.ts";
import { compile, type Session } from "./index.ts";

const sessions: Session[] = [];
afterEach(async () => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  await Promise.all(sessions.splice(0).map((session) => session.release()));
});

async function open(name: string, inputs: Value[], outputs: Record<string, Value>) {
  const session = await compile(buildGraph({ name, inputs, outputs }));
  sessions.push(session);
  return session;
}

const floats = (shape: readonly number[], ...data: number[]): NdArray => {
  return { shape, data: Float32Array.from(data) };
};
describe("CODET5_CHECK=1", () => {
  beforeEach(() => vi.stubEnv("CODET5_CHECK", "1"));
  const x = input("x", "float32", ["B", 2]);

  test("the first node that is not finite is named, with its line and inputs", async () => {
    const line = nextLine();
    const root = scoped("block.0", () => sqrt(x));
    const session = await open("roots", [x], { y: mul(neg(root), 2) });
    const failure = await failureOf(session.run({ x: floats([2, 2], 1, 4, 9, -16) }));
    expect(failure).toBeInstanceOf(RuntimeFailure);
    expect(failure.code).toBe("check.finite");
    expect(failure.message).toBe("graph roots: block.0/Sqrt_0 is not finite");
    expect(failure.details).toEqual({
      expected: "finite numbers",
      got: "NaN at [1, 1]",
      where: `block.0/Sqrt_0, built at ${line}`,
      help: "inputs: x float32[2, 2] min -16 max 9 mean -0.5",
    });
    const { y } = await session.run({ x: floats([1, 2], 1, 4) });
    expect(y!.data).toEqual(Float32Array.of(-2, -4));
  });

  test("infinity counts, also in the backward part of a graph", async () => {
    const line = nextLine();
    const y = sqrt(x);
    const [dx] = backward(reduceSum(y), [x]);
    const session = await open("step", [x], { dx: dx! });
    const failure = await failureOf(session.run({ x: floats([1, 2], 1, 0) }));
    expect(failure.message).toMatch(/^graph step: \S+ is not finite$/);
    expect(failure.details.got).toMatch(/^Infinity at \[0, 1\]$/);
    expect(failure.details.where).toContain(`built at ${line}`);
  });

  test("an input that is not finite is told as such", async () => {
    const session = await open("roots", [x], { y: sqrt(x) });
    const failure = await failureOf(session.run({ x: floats([1, 2], 1, Number.NaN) }));
    expect(failure.message).toBe("graph roots: x is not finite");
    expect(failure.details).toMatchObject({ got: "NaN at [0, 1]", where: "input x" });
  });

  test("only what was asked for is returned, buffers are filled in place", async () => {
    const [first, second] = [mul(x, 2), mul(x, 3)];
    const session = await open("two", [x], { first, second: neg(second) });
    const feeds = { x: floats([1, 2], 1, 2) };
    expect(await session.run(feeds)).toEqual({
      first: floats([1, 2], 2, 4),
      second: floats([1, 2], -3, -6),
    });
    const buffer = floats([1, 2], 0, 0);
    const results = await session.run(feeds, { second: buffer });
    expect(Object.keys(results)).toEqual(["second"]);
    expect(buffer.data).toEqual(Float32Array.of(-3, -6));
  });

  test("whole numbers and truth values are let through", async () => {
    const ids = input("ids", "int32", ["B"]);
    const session = await open("ids", [ids], { y: mul(ids, ids) });
    const { y } = await session.run({ ids: { shape: [2], data: Int32Array.of(3, -4) } });
    expect([...y!.data]).toEqual([9, 16]);
  });
});

test("without CODET5_CHECK what is not finite goes through", async () => {
  const x = input("x", "float32", [1]);
  const session = await open("inverse", [x], { y: reciprocal(x) });
  expect((await session.run({ x: floats([1], 0) })).y!.data[0]).toBe(Number.POSITIVE_INFINITY);
});

describe("CODET5_DEBUG", () => {
  /** What compiling and running a graph writes to stderr at a level. */
  async function writtenAt(level: number): Promise<string> {
    vi.stubEnv("CODET5_DEBUG", String(level));
    const write = vi.spyOn(process.stderr, "write").mockReturnValue(true);
    const x = input("x", "float32", ["B", 2]);
    const weight = input("weight", "float32", [2, 2]);
    const product = scoped("layer", () => matMul(x, weight));
    const [dw] = backward(reduceSum(product), [weight]);
    const session = await open("shown", [x, weight], { y: neg(product), dw: dw! });
    await session.run({ x: floats([1, 2], 1, 2), weight: floats([2, 2], 1, 0, 0, 1) });
    const text = write.mock.calls.map(([chunk]) => String(chunk)).join("");
    write.mockRestore();
    return text;
  }
  const compiled = /^codet5: compile shown \(\d+ nodes\): [\d.]+ ms$/m;
  const ran = /^codet5: run shown: [\d.]+ ms$/m;
  const graph = /^codet5: graph shown\n/m;
  const rule =
    /^codet5: backward of MatMul in layer \(src\/runtime\/inspect\.test\.ts:\d+\): dy float32\[B, 2\] -> dx0 .*, dx1 float32\[2, 2\]$/m;
  const tensor = /^codet5: shown: y float32\[1, 2\] min -2 max -1 mean -1\.5$/m;
  const fed = /^codet5: shown: input weight float32\[2, 2\] min 0 max 1 mean 0\.5$/m;
  const lines = [compiled, ran, graph, rule, tensor] as const;

  test.each([0, 1, 2, 3, 4, 5])("level %i adds its lines to those below", async (level) => {
    const text = await writtenAt(level);
    expect(lines.map((line) => line.test(text))).toEqual(lines.map((_, i) => i < level));
    expect(fed.test(text)).toBe(level === 5);
    if (level === 0) expect(text).toBe("");
  });
});
