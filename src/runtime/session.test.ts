/** @file Sessions: feeds that do not fit, failures that name the building line, dumps, flags. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test, vi } from "vitest";
import { failureOf, nextLine } from "../../test/failures.ts";
import { formatError, type NdArray, RuntimeFailure } from "../base/index.ts";
import {
  add,
  buildGraph,
  gather,
  input,
  matMul,
  mul,
  reshape,
  scoped,
  type Value,
} from "../graph/index.ts";
import { decodeModel } from "../onnx/index.ts";
import {
  type CompileOptions,
  compile,
  defaultThreads,
  runtimeInfo,
  type Session,
} from "./index.ts";

const sessions: Session[] = [];
afterEach(async () => {
  vi.unstubAllEnvs();
  await Promise.all(sessions.splice(0).map((session) => session.release()));
});

async function open(name: string, inputs: Value[], y: Value, options: CompileOptions = {}) {
  const session = await compile(buildGraph({ name, inputs, outputs: { y } }), options);
  sessions.push(session);
  return session;
}

const floats = (shape: readonly number[], ...data: number[]): NdArray => {
  return { shape, data: Float32Array.from(data) };
};
const ints = (...data: number[]): NdArray => ({
  shape: [data.length],
  data: Int32Array.from(data),
});

describe("run", () => {
  test("feeds in, every output out, the sizes of each run its own", async () => {
    const x = input("x", "float32", ["B", 2]);
    const session = await open("twice", [x], add(x, x));
    expect(await session.run({ x: floats([1, 2], 1, 2) })).toEqual({ y: floats([1, 2], 2, 4) });
    const { y } = await session.run({ x: floats([3, 2], 1, 2, 3, 4, 5, 6) });
    expect(y).toEqual(floats([3, 2], 2, 4, 6, 8, 10, 12));
  });

  test("a fetch with a buffer fills it in place", async () => {
    const x = input("x", "float32", [2]);
    const session = await open("square", [x], mul(x, x));
    const buffer = floats([2], 0, 0);
    const { y } = await session.run({ x: floats([2], 3, 4) }, { y: buffer });
    expect(buffer.data).toEqual(Float32Array.of(9, 16));
    expect(y!.data).toEqual(buffer.data);
  });

  test("an input that is also an output, and a constant output, keep their names", async () => {
    const x = input("x", "float32", [1]);
    const y = add(x, 1);
    const session = await compile(
      buildGraph({ name: "same", inputs: [x], outputs: { x, y, z: y } }),
    );
    sessions.push(session);
    const { x: same, z } = await session.run({ x: floats([1], 2) });
    expect([same!.data[0], z!.data[0]]).toEqual([2, 3]);
  });
});

describe("feeds that do not fit", () => {
  const x = input("x", "float32", ["B", 2]);
  const ids = input("ids", "int32", ["B"]);
  const open2 = () => open("pick", [x, ids], gather(x, ids));

  test("a missing feed is named with what it should be", async () => {
    const failure = await failureOf((await open2()).run({ x: floats([1, 2], 1, 2) }));
    expect(failure).toBeInstanceOf(RuntimeFailure);
    expect(failure.code).toBe("run.missing");
    expect(formatError(failure)).toBe(
      "graph pick needs the feed ids; expected: ids: int32[B]; got: nothing",
    );
  });

  test("another element type", async () => {
    const bad = { x: floats([1, 2], 1, 2), ids: floats([1], 0) };
    const failure = await failureOf((await open2()).run(bad));
    expect(failure.code).toBe("run.feed");
    expect(failure.details).toEqual({
      expected: "int32, 1 elements",
      got: "Float32Array of 1 as [1]",
    });
  });

  test("data that does not fill its shape", async () => {
    const failure = await failureOf((await open2()).run({ x: floats([1, 2], 1), ids: ints(0) }));
    expect(failure.code).toBe("run.feed");
    expect(failure.details.got).toBe("Float32Array of 1 as [1, 2]".replace(", ", ","));
  });

  test("another rank, another fixed size", async () => {
    const session = await open2();
    for (const shape of [[2], [1, 3], [1, 1, 2]]) {
      const data = new Float32Array(shape.reduce((product, dim) => product * dim, 1));
      const failure = await failureOf(session.run({ x: { shape, data }, ids: ints(0) }));
      expect(failure.code).toBe("run.shape");
      expect(failure.details.expected).toBe("float32[B, 2]");
    }
  });

  test("a name with two sizes says which feed set the first", async () => {
    const bad = { x: floats([1, 2], 1, 2), ids: ints(0, 0) };
    const failure = await failureOf((await open2()).run(bad));
    expect(formatError(failure)).toBe(
      "feed ids does not fit graph pick; expected: int32[B], B is 1 in x; got: [2]",
    );
  });

  test("an unknown output", async () => {
    const good = { x: floats([1, 2], 1, 2), ids: ints(0) };
    const failure = await failureOf((await open2()).run(good, { z: null }));
    expect(failure.code).toBe("run.fetch");
    expect(failure.details).toEqual({ expected: "y", got: "z" });
  });
});

describe("failures inside ONNX Runtime name the line that built the node", () => {
  test.each(["disabled", "all"] as const)(
    "an index out of range, optimisation %s",
    async (optimization) => {
      const table = input("table", "float32", ["V", 2]);
      const ids = input("ids", "int32", ["L"]);
      const line = nextLine();
      const rows = scoped("layer.0", () => gather(table, ids));
      const session = await open("lookup", [table, ids], mul(rows, 2), { optimization });
      const bad = { table: floats([2, 2], 1, 2, 3, 4), ids: ints(0, 7) };
      const failure = await failureOf(session.run(bad));
      expect(failure).toBeInstanceOf(RuntimeFailure);
      expect(failure.code).toBe("runtime.onnx");
      expect(failure.message).toBe("cannot run graph lookup");
      expect(failure.details.where).toBe(`layer.0/Gather_0, built at ${line}`);
      expect(failure.details.got).toContain("out of data bounds");
      expect(failure.details.help).toBe("inputs: float32[V, 2], int32[L]");
      expect(failure.cause).toBeInstanceOf(Error);
      const good = await session.run({ ...bad, ids: ints(1) });
      expect(good.y!.data).toEqual(Float32Array.of(6, 8));
    },
  );

  test("sizes of a product of names that do not divide", async () => {
    const x = input("x", "float32", ["2*B", 3]);
    const line = nextLine();
    const pairs = reshape(x, ["B", 6]);
    const session = await open("pairs", [x], pairs);
    const failure = await failureOf(session.run({ x: floats([3, 3], 1, 2, 3, 4, 5, 6, 7, 8, 9) }));
    expect(failure.details.where).toBe(`y, built at ${line}`);
  });

  test("a graph that it refuses: no kernel for the element type", async () => {
    const x = input("x", "int8", [2, 2]);
    const line = nextLine();
    const y = matMul(x, x);
    const failure = await failureOf(open("bytes", [x], y));
    expect(failure.message).toBe("cannot compile graph bytes");
    expect(failure.details.where).toBe(`y, built at ${line}`);
  });
});

describe("environment flags", () => {
  const x = input("x", "float32", ["B", 2]);

  test("CODET5_DUMP writes each compiled graph as .onnx and .txt", async () => {
    const folder = mkdtempSync(join(tmpdir(), "codet5-dump-"));
    vi.stubEnv("CODET5_DUMP", join(folder, "new"));
    await open("dumped", [x], add(x, 1));
    const model = decodeModel(readFileSync(join(folder, "new", "dumped.onnx")));
    expect(model.nodes.map(({ opType }) => opType)).toEqual(["Add"]);
    expect(readFileSync(join(folder, "new", "dumped.txt"), "utf8")).toContain("Add");
    rmSync(folder, { recursive: true });
  });

  test("CODET5_DUMP where nothing can be written is told in one line", async () => {
    vi.stubEnv("CODET5_DUMP", join(import.meta.filename, "below-a-file"));
    const failure = await failureOf(open("dumped", [x], add(x, 1)));
    expect(failure).toBeInstanceOf(RuntimeFailure);
    expect(failure.code).toBe("runtime.dump");
    expect(failure.details.got).toBe("a file");
  });

  test.runIf(process.platform === "linux")("CODET5_DUMP under /proc does not hang", async () => {
    vi.stubEnv("CODET5_DUMP", "/proc/codet5/dump");
    const failure = await failureOf(open("dumped", [x], add(x, 1)));
    expect(failure.code).toBe("runtime.dump");
    expect(failure.details.got).toBe("ENOENT");
  });

  test("CODET5_NOOPT=1 compiles without the optimiser and computes the same", async () => {
    const y = mul(add(x, 1), add(x, 1));
    const feed = { x: floats([1, 2], 1, 2) };
    const optimized = await (await open("square", [x], y)).run(feed);
    vi.stubEnv("CODET5_NOOPT", "1");
    const plain = await (await open("square", [x], y)).run(feed);
    expect(plain).toEqual(optimized);
  });

  test("CODET5_NOOPT=1 runs the nodes as they are: equal ones are not made one", async () => {
    const folder = mkdtempSync(join(tmpdir(), "codet5-profile-"));
    const numAdds = async (name: string) => {
      const profile = join(folder, name);
      const session = await open("square", [x], mul(add(x, 1), add(x, 1)), { profile });
      await session.run({ x: floats([1, 2], 1, 2) });
      session.endProfiling();
      const file = readdirSync(folder).find((entry) => entry.startsWith(name))!;
      return readFileSync(join(folder, file), "utf8").match(/"op_name" ?: ?"Add"/g)!.length;
    };
    const optimized = await numAdds("optimized");
    vi.stubEnv("CODET5_NOOPT", "1");
    expect(await numAdds("plain")).toBe(2 * optimized);
    rmSync(folder, { recursive: true });
  });

  test("CODET5_THREADS decides the number of threads", () => {
    vi.stubEnv("CODET5_THREADS", "3");
    expect(defaultThreads()).toBe(3);
    vi.stubEnv("CODET5_THREADS", "");
    expect(defaultThreads()).toBeGreaterThan(0);
  });
});

test("runtimeInfo: the version, and a CPU that is always there", () => {
  const { version, bundled } = runtimeInfo();
  expect(version).toMatch(/^\d+\.\d+\.\d+/);
  expect(bundled).toContain("cpu");
});
