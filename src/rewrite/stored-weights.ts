/**
 * @file Weights that stay in a file: a graph's inputs become constants that ONNX Runtime maps into memory. A
 * matrix may lie there in blocks of 4 bits, for products, and as a table of floats, for its rows.
 */
import {
  type DType,
  dtypeCodes,
  type ExternalData,
  type NodeProto,
  type OnnxModel,
  type TensorProto,
} from "../onnx/index.ts";
import { productOf } from "./bind-weights.ts";
import { blockProduct, blockSize } from "./four-bits.ts";
import { branchByLength, hasTokens } from "./prompt-branch.ts";
import { type RoundedRows, roundRows, rowProduct } from "./row-product.ts";

/** Where the bytes of a weight lie; locations are relative to one folder. */
export interface StoredWeight {
  /** As in the state dict. */
  readonly shape: readonly number[];
  readonly floats?: {
    readonly dtype: "float32" | "float16" | "bfloat16";
    readonly external: ExternalData;
  };
  /** [R, C / 32, 16] uint8 and [R, C / 32] float32, as `packFourBits` makes them. */
  readonly blocks?: { readonly values: ExternalData; readonly scales: ExternalData };
  /** [C, R] int8 and [R] float32: the matrix turned, for prompts. */
  readonly columns?: { readonly values: ExternalData; readonly scales: ExternalData };
}

type Stored = ReadonlyMap<string, StoredWeight>;

/** How a graph reads its weights. */
export interface WeightUses {
  /** Matrices that products are taken with, as `linear` takes them. */
  readonly multiplied: ReadonlySet<string>;
  /** Tables that rows are looked up in. */
  readonly lookedUp: ReadonlySet<string>;
}

/** What of its inputs a graph multiplies by and looks up. */
export function weightUses({ nodes, inputs }: OnnxModel): WeightUses {
  const names = new Set(inputs.map(({ name }) => name));
  const own = (name: string | undefined) => (name !== undefined && names.has(name) ? [name] : []);
  const multiplied = nodes.flatMap((node) => own(productOf(node, new Map())?.name));
  const lookedUp = nodes.flatMap((node) => (node.opType === "Gather" ? own(node.inputs[0]) : []));
  return { multiplied: new Set(multiplied), lookedUp: new Set(lookedUp) };
}

/** A pass over a graph's translation that takes away the inputs that are stored. */
export function fromStorage(weights: Stored): (model: OnnxModel) => OnnxModel {
  return (model) => {
    const constants = new Map<string, TensorProto>();
    const nodes = boundNodes(model, weights, constants);
    const inputs = model.inputs.filter(({ name }) => !weights.has(name));
    const initializers = [...model.initializers, ...constants.values()];
    return { ...model, nodes, inputs, initializers, values: [] };
  };
}

/** By columns what reads whole texts, by blocks what may read a single token. */
function boundNodes(
  model: OnnxModel,
  weights: Stored,
  constants: Map<string, TensorProto>,
): NodeProto[] {
  const tokens = () => model.nodes.flatMap((node) => bindNode(node, weights, constants));
  const hasColumns = [...weights.values()].some(({ columns }) => columns !== undefined);
  if (!hasColumns) return tokens();
  const prompts = promptNodes(model, weights, constants);
  return hasTokens(model) ? branchByLength(model, prompts, tokens(), constants) : prompts;
}

/** Products by columns where there are any, and all else alike. */
function promptNodes(
  { nodes }: OnnxModel,
  weights: Stored,
  constants: Map<string, TensorProto>,
): NodeProto[] {
  const rounded = new Map<string, RoundedRows>();
  return nodes.flatMap((node) => {
    const product = productOf(node, new Map());
    const weight = product && weights.get(product.name);
    if (product?.alpha !== 1 || weight?.columns === undefined) {
      return bindNode(node, weights, constants);
    }
    const [rows, columns] = weight.shape as [number, number];
    const names = { values: `${product.name}_columns`, scales: `${product.name}_column_scales` };
    keep(constants, names.values, "int8", [columns, rows], weight.columns.values);
    keep(constants, names.scales, "float32", [rows], weight.columns.scales);
    const x = node.inputs[0]!;
    const fresh = rounded.has(x) ? undefined : roundRows(x, constants);
    if (fresh !== undefined) rounded.set(x, fresh.rows);
    return [...(fresh?.nodes ?? []), ...rowProduct(rounded.get(x)!, names, node)];
  });
}

function bindNode(
  node: NodeProto,
  weights: Stored,
  constants: Map<string, TensorProto>,
): readonly NodeProto[] {
  const product = productOf(node, new Map());
  const factor = product && weights.get(product.name);
  if (product !== undefined && factor?.blocks !== undefined && product.alpha === 1) {
    return [productByBlocks(node, product.name, factor, constants)];
  }
  const converted: NodeProto[] = [];
  const inputs = node.inputs.map((name) => {
    const floats = weights.get(name)?.floats;
    if (floats === undefined) return name;
    const { shape } = weights.get(name)!;
    keep(constants, name, floats.dtype, shape, floats.external);
    // rows of a table are converted when they have been taken
    if (floats.dtype === "float32" || node.opType === "Gather") return name;
    const asFloat = `${node.name}/${name}`;
    converted.push(cast(name, asFloat));
    return asFloat;
  });
  const table = weights.get(node.inputs[0]!)?.floats;
  if (node.opType !== "Gather" || table === undefined || table.dtype === "float32") {
    return [...converted, { ...node, inputs }];
  }
  const rows = `${node.outputs[0]!}/${table.dtype}`;
  return [{ ...node, inputs, outputs: [rows] }, cast(rows, node.outputs[0]!)];
}

function productByBlocks(
  node: NodeProto,
  name: string,
  { shape, blocks }: StoredWeight,
  constants: Map<string, TensorProto>,
): NodeProto {
  const [rows, columns] = shape as [number, number];
  const perRow = columns / blockSize;
  const values = `${name}_blocks`;
  const scales = `${name}_block_scales`;
  keep(constants, values, "uint8", [rows, perRow, blockSize / 2], blocks!.values);
  keep(constants, scales, "float32", [rows, perRow], blocks!.scales);
  const inputs = [node.inputs[0]!, values, scales];
  const attributes = blockProduct(shape);
  return { ...node, opType: "MatMulNBits", domain: "com.microsoft", inputs, attributes };
}

function keep(
  constants: Map<string, TensorProto>,
  name: string,
  dtype: DType,
  shape: readonly number[],
  external: ExternalData,
): void {
  constants.set(name, { name, dtype, shape, raw: new Uint8Array(0), external });
}

function cast(from: string, to: string): NodeProto {
  const attributes = { to: { kind: "int", value: dtypeCodes.float32 } } as const;
  const name = `${to}/Cast`;
  return { name, opType: "Cast", domain: "", inputs: [from], outputs: [to], attributes };
}
