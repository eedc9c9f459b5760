/**
 * @file Floating-point operations of a graph's matrix products, counted node by node from inferred
 * shapes: 2 for each multiplication and addition. Nothing else is counted.
 */
import { addDims, type Graph, multiplyDims, sizeOfDim, type Value } from "../graph/index.ts";
import type { Dim, NodeProto, OnnxModel } from "../onnx/index.ts";

/** Operations of all products: a sum of named dimensions, such as `128*B*S*S+4096*B*T`. */
export function matmulFlops({ nodes }: Graph): Dim {
  const products = nodes.filter(({ op }) => op === "MatMul" || op === "FusedMatMul");
  return addDims(
    ...products.map(({ inputs, outputs, attributes }) => {
      const [left] = inputs as readonly Value[];
      return productFlops(left!.shape, outputs[0]!.shape, attributes.transA === 1);
    }),
  );
}

function productFlops(left: readonly Dim[], output: readonly Dim[], transA: boolean): Dim {
  return multiplyDims(2, ...output, left.at(transA ? -2 : -1)!);
}

/**
 * The same of a model file, as far as it tells the shapes of its products' operands.
 * @returns undefined when one is not told
 */
export function matmulFlopsOfModel(model: OnnxModel): Dim | undefined {
  const told = [...(model.values ?? []), ...model.inputs, ...model.outputs, ...model.initializers];
  const shapes = new Map<string, readonly Dim[]>(told.map(({ name, shape }) => [name, shape]));
  const products = model.nodes.filter(({ opType }) => /^(Fused)?MatMul$/.test(opType));
  const flops = products.map((node) => flopsOfProto(node, shapes));
  const known = flops.filter((dim) => dim !== undefined);
  return known.length === flops.length ? addDims(...known) : undefined;
}

function flopsOfProto(node: NodeProto, shapes: ReadonlyMap<string, readonly Dim[]>) {
  const [left, output] = [node.inputs[0]!, node.outputs[0]!].map((name) => shapes.get(name));
  const complete = [left, output].every((shape) => shape !== undefined && !shape.includes(""));
  if (!complete || left!.length < 2) return undefined;
  return productFlops(left!, output!, node.attributes.transA?.value === 1);
}

/** Lengths and the batch at which operations per token are told; other names as needed. */
export interface FlopSizes {
  readonly batchSize: number;
  readonly sourceLength: number;
  readonly targetLength: number;
}

/** Sizes of the dimension names of docs/shapes.md, every target position scored. */
export function dimensionSizes({ batchSize, sourceLength, targetLength }: FlopSizes) {
  const [B, S, T] = [batchSize, sourceLength, targetLength];
  return { B, S, T, L: B * T, G: 1, C: T };
}

/** Operations per token: terms with a target dimension belong to the target, the others to the source. */
export interface FlopsPerToken {
  readonly total: number;
  readonly perSourceToken: number;
  readonly perTargetToken: number;
}

/**
 * Divide the operations among source and target tokens. Cross-attention's keys and values are
 * counted with the source, its scores and the head with the target.
 * @param flops as of {@link matmulFlops}
 * @param targetTokens tokens of one target: its length, or 1 for a single decoding step
 */
export function flopsPerToken(
  flops: Dim,
  sizes: FlopSizes,
  targetTokens = sizes.targetLength,
): FlopsPerToken | undefined {
  const terms = String(flops).split("+");
  const isTarget = (term: string) => term.split("*").some((name) => /^[TLG]$/.test(name));
  const sum = (chosen: readonly string[]) => sizeOfDim(addDims(...chosen), dimensionSizes(sizes));
  const target = sum(terms.filter(isTarget));
  const source = sum(terms.filter((term) => !isTarget(term)));
  if (target === undefined || source === undefined) return undefined;
  return {
    total: source + target,
    perSourceToken: source / (sizes.batchSize * sizes.sourceLength),
    perTargetToken: target / (sizes.batchSize * targetTokens),
  };
}
