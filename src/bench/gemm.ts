/** @file The machine's fp32 matrix-product rate, as ONNX Runtime reaches it on all cores. */
import { performance } from "node:perf_hooks";
import { Random } from "../base/index.ts";
import { buildGraph, input, matMul } from "../graph/index.ts";
import { compile } from "../runtime/index.ts";
import { median } from "./median.ts";

/** [rows, inner] x [inner, columns]. */
export interface GemmShape {
  readonly rows: number;
  readonly inner: number;
  readonly columns: number;
}

/** Measures in blocks between other work, so that both see the same machine. */
export interface GemmMeter {
  readonly shape: GemmShape;
  measure(): Promise<void>;
  /** FLOP/s, median of all products timed so far. */
  rate(): number;
  /** Products timed so far. */
  count(): number;
  release(): Promise<void>;
}

/** Products in a block; the first only warms up. */
const blockSize = 6;

/** A plain `MatMul`, both operands fed, the result written in place. */
export async function createGemmMeter(shape: GemmShape): Promise<GemmMeter> {
  const { rows, inner, columns } = shape;
  const a = input("a", "float32", [rows, inner]);
  const b = input("b", "float32", [inner, columns]);
  const graph = buildGraph({ name: "gemm", inputs: [a, b], outputs: { y: matMul(a, b) } });
  const session = await compile(graph);
  const random = new Random(1, "gemm");
  const matrix = (height: number, width: number) => ({
    shape: [height, width],
    data: Float32Array.from({ length: height * width }, () => random.uniform() - 0.5),
  });
  const feeds = { a: matrix(rows, inner), b: matrix(inner, columns) };
  const fetches = { y: { shape: [rows, columns], data: new Float32Array(rows * columns) } };
  const rates: number[] = [];
  return {
    shape,
    async measure() {
      for (let i = 0; i < blockSize; i++) {
        const start = performance.now();
        await session.run(feeds, fetches);
        const seconds = (performance.now() - start) / 1000;
        if (i > 0) rates.push((2 * rows * inner * columns) / seconds);
      }
    },
    rate: () => median(rates),
    count: () => rates.length,
    release: () => session.release(),
  };
}
