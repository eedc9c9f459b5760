export { apply } from "./apply.ts";
export { buildGraph, type Graph, nodesBehind, verifyGraph } from "./build.ts";
export * from "./dim.ts";
export { lowerGraph } from "./lower.ts";
export * from "./operators/index.ts";
export { type Replace, rewrite } from "./rewrite.ts";
export { type OnnxTranslation, toOnnx } from "./to-onnx.ts";
export {
  type Attributes,
  type ConstantData,
  constant,
  formatSignature,
  input,
  int64s,
  integersOf,
  type Node,
  numericArray,
  onBehalfOf,
  type Signature,
  scalar,
  scoped,
  type Value,
} from "./value.ts";
