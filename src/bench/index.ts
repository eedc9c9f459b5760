/** @file Measuring: operations of a graph, speed and memory of training and of generation. */
export {
  dimensionSizes,
  type FlopsPerToken,
  flopsPerToken,
  matmulFlops,
  matmulFlopsOfModel,
} from "./matmul-flops.ts";
