import { describe, expect, test } from "vitest";
import { buildGraph, input, matMul, sizeOfDim, toOnnx } from "../graph/index.ts";
import { createModel, namedGraph } from "../model/index.ts";
import { dimensionSizes, flopsPerToken, matmulFlops, matmulFlopsOfModel } from "./matmul-flops.ts";

const config = {
  vocab_size: 50,
  d_model: 16,
  d_kv: 4,
  d_ff: 24,
  num_layers: 2,
  num_decoder_layers: 3,
  num_heads: 2,
};
const sizes = { batchSize: 3, sourceLength: 11, targetLength: 5 };

/** Products of T5 by hand. D model, I heads times their width, F feed-forward, V vocabulary. */
function flopsByHand() {
  const [D, I, F, V, B, S, T] = [16, 8, 24, 50, 3, 11, 5];
  const projections = 2 * 4 * D * I;
  const feedForward = 2 * 2 * D * F;
  const attention = (queries: number, keys: number) => 2 * 2 * B * queries * keys * I;
  const source =
    2 * (B * S * (projections + feedForward) + attention(S, S)) + 3 * B * S * 2 * 2 * D * I;
  const target =
    3 * (B * T * (projections + feedForward + 2 * 2 * D * I) + attention(T, T) + attention(T, S)) +
    B * T * 2 * D * V;
  return { source, target };
}

describe("matmulFlops", () => {
  const model = createModel("t5", config, { seed: 1 });

  test("matmulFlops: the loss of a T5 takes what counting by hand says", () => {
    const { source, target } = flopsByHand();
    const flops = matmulFlops(namedGraph(model, "loss"));
    expect(flopsPerToken(flops, sizes)).toEqual({
      total: source + target,
      perSourceToken: source / 33,
      perTargetToken: target / 15,
    });
  });

  test("matmulFlops: backward takes nearly twice as much as forward", () => {
    const of = (name: "loss" | "step") =>
      sizeOfDim(matmulFlops(namedGraph(model, name)), dimensionSizes(sizes))!;
    const ratio = of("step") / of("loss");
    expect(ratio).toBeGreaterThan(2.8);
    expect(ratio).toBeLessThan(3.1);
  });

  test("matmulFlops: a transposed left operand contracts over its rows", () => {
    const [a, b] = [input("a", "float32", ["S", 3]), input("b", "float32", ["S", 5])];
    const graph = buildGraph({
      name: "g",
      inputs: [a, b],
      outputs: { y: matMul(a, b, { transA: true }) },
    });
    expect(matmulFlops(graph)).toBe("30*S");
    expect(matmulFlopsOfModel(toOnnx(graph).model)).toBe("30*S");
  });

  test("matmulFlopsOfModel: as of the graph, undefined when the file does not tell a shape", () => {
    const graph = namedGraph(model, "forward");
    const { model: file } = toOnnx(graph);
    expect(matmulFlopsOfModel(file)).toBe(matmulFlops(graph));
    expect(matmulFlopsOfModel({ ...file, values: [] })).toBeUndefined();
  });

  test("flopsPerToken: undefined for a dimension without a size", () => {
    expect(flopsPerToken("6*Z", sizes)).toBeUndefined();
  });
});
