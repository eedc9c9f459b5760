/** @file Activation functions under the names that Hugging Face configs give them (`ACT2FN`). */
import { gelu, mul, relu, sigmoid, tanh, type Value } from "../graph/index.ts";

const silu = (x: Value): Value => mul(x, sigmoid(x));
const geluTanh = (x: Value): Value => gelu(x, "tanh");

export const activations = {
  relu,
  gelu: (x: Value) => gelu(x),
  gelu_python: (x: Value) => gelu(x),
  // one formula under three names
  gelu_new: geluTanh,
  gelu_fast: geluTanh,
  gelu_pytorch_tanh: geluTanh,
  quick_gelu: (x: Value) => mul(x, sigmoid(mul(x, 1.702))),
  silu,
  swish: silu,
  sigmoid,
  tanh,
} as const;

export type ActivationName = keyof typeof activations;

export const activationNames = Object.keys(activations) as [ActivationName, ...ActivationName[]];
