import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { runCli } from "../../../test/run-cli.ts";
import { toOnnx } from "../../graph/index.ts";
import { createModel, graphNames, namedGraph, saveModel, withHead } from "../../model/index.ts";
import { readModel, writeModel } from "../../onnx/index.ts";

const root = mkdtempSync(join(tmpdir(), "codet5-graph-"));
const folder = join(root, "model");
const classifier = join(root, "classifier");
const file = join(root, "loss.onnx");
const config = { vocab_size: 40, d_model: 8, d_kv: 4, d_ff: 16, num_layers: 1, num_heads: 2 };

beforeAll(async () => {
  const model = createModel("t5", { ...config, eos_token_id: 2 }, { seed: 1 });
  await saveModel(model, folder);
  await saveModel(withHead(model, "defect", 1), classifier);
  writeModel(file, toOnnx(namedGraph(model, "loss")).model);
});

describe("graph show", () => {
  test.each(graphNames)("graph show: %s of a model folder is printed", async (name) => {
    const { code, stdout } = await runCli(["graph", "show", folder, "--graph", name]);
    expect(code).toBe(0);
    expect(stdout).toContain("decoder.block.0");
    expect(stdout).toMatch(/MatMul/);
  });

  test("graph show: a file shows the same text as the graph it was written from", async () => {
    const built = await runCli(["graph", "show", folder, "--graph", "loss"]);
    const read = await runCli(["graph", "show", file]);
    expect(read.stdout).toBe(built.stdout);
  });

  test("graph show: --out writes a file", async () => {
    const out = join(root, "forward.txt");
    const { stdout } = await runCli(["graph", "show", folder, "--out", out]);
    expect(stdout).toMatch(/^\d+ nodes written to /);
    const shown = await runCli(["graph", "show", folder]);
    expect(readFileSync(out, "utf8").trimEnd()).toBe(shown.stdout.trimEnd());
  });

  test("graph show: a classifier has no decoding graph, a file no choice of graphs", async () => {
    const none = await runCli(["graph", "show", classifier, "--graph", "encoder"]);
    expect(none).toMatchObject({ code: 2, stdout: "" });
    expect(none.stderr).toMatch(/a model that classifies has no encoder graph/);
    const choice = await runCli(["graph", "show", file, "--graph", "loss"]);
    expect(choice).toMatchObject({ code: 2, stdout: "" });
  });
});

describe("graph stats", () => {
  const stats = async (...argv: string[]) =>
    JSON.parse((await runCli(["graph", "stats", ...argv, "--json"])).stdout);

  test("graph stats: counts nodes, parameters and operations", async () => {
    const { nodes, operators, parameterInputs, matmulFlops } = await stats(folder);
    const counts = Object.values<number>(operators);
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(nodes);
    expect(parameterInputs.elements).toBe(320 + 2 * 512 + 4 * 64 + 5 * 8 + 2 * 64 + 2 * 8);
    const { total, perSourceToken, perTargetToken } = matmulFlops;
    expect(256 * perSourceToken + 64 * perTargetToken).toBeCloseTo(total, 3);
  });

  test("graph stats: one decoding step makes one token", async () => {
    const few = await stats(folder, "--graph", "decoder-step", "--target-length", "8");
    const many = await stats(folder, "--graph", "decoder-step", "--target-length", "9");
    // scores and their sum over one more cached step: 2 heads of 4, twice multiply and add
    const { perTargetToken } = many.matmulFlops;
    expect(perTargetToken - few.matmulFlops.perTargetToken).toBe(32);
  });

  test("graph stats: a file that does not tell its shapes has unknown operations", async () => {
    const untyped = join(root, "untyped.onnx");
    writeModel(untyped, { ...readModel(file), values: [] });
    const { matmulFlops, operators } = await stats(untyped);
    expect(matmulFlops.total).toBeNull();
    expect(operators.MatMul + operators["com.microsoft.FusedMatMul"]).toBeGreaterThan(10);
    const { stdout } = await runCli(["graph", "stats", untyped]);
    expect(stdout).toMatch(/matrix products {2}unknown/);
  });
});
