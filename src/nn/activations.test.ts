/** @file Activation functions against their formulas. */
import { expect, test } from "vitest";
import { errorFunction } from "../../test/nd.ts";
import { buildGraph, constant } from "../graph/index.ts";
import { compile } from "../runtime/index.ts";
import { type ActivationName, activationNames, activations } from "./index.ts";

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
const gelu = (x: number) => (x / 2) * (1 + errorFunction(x * Math.SQRT1_2));
const byTanh = (x: number) => {
  return (x / 2) * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)));
};

const formulas: Readonly<Record<ActivationName, (x: number) => number>> = {
  relu: (x) => Math.max(x, 0),
  gelu,
  gelu_python: gelu,
  gelu_new: byTanh,
  gelu_fast: byTanh,
  gelu_pytorch_tanh: byTanh,
  quick_gelu: (x) => x * sigmoid(1.702 * x),
  silu: (x) => x * sigmoid(x),
  swish: (x) => x * sigmoid(x),
  sigmoid,
  tanh: Math.tanh,
};

test.each(activationNames)("activation %s: as its formula", async (name) => {
  const x = Float32Array.from({ length: 25 }, (_, i) => (i - 12) / 3);
  const y = activations[name](constant(x, [25]));
  const session = await compile(buildGraph({ name, inputs: [], outputs: { y } }));
  const { y: got } = await session.run({});
  expect(got!.data).toBeAllclose(Array.from(x, formulas[name]), { atol: 1e-5 });
  await session.release();
});
