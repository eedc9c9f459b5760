/** @file The constants of one exported file: each weight once, in the form its readers want. */
import type { Tensor } from "../base/index.ts";
import type { DType, NodeProto, TensorProto } from "../onnx/index.ts";
import { blockProduct, blockSize } from "./four-bits.ts";
import { int, ints, NodeMaker } from "./node-maker.ts";
import { fourBitBlocks, quantizeColumns, quantizeRows, transposed } from "./quantized.ts";

/** How weights are kept: as they are, in 8 bits, or in 4 bits where that fits and else 8. */
export type Quantization = "none" | "int8" | "int4";

/** Weights of a file, by state-dict name, and the constants made of them so far. */
export interface WeightStore {
  readonly weights: ReadonlyMap<string, Tensor>;
  readonly quantization: Quantization;
  /** Tables that some graph of the file reads rows of. */
  readonly lookedUp: ReadonlySet<string>;
  /** Matrices that some graph of the file multiplies by. */
  readonly multiplied: ReadonlySet<string>;
  readonly constants: Map<string, TensorProto>;
}

/** Add a constant once. @returns its name */
function keep(
  { constants }: WeightStore,
  name: string,
  dtype: DType,
  make: () => { readonly shape: readonly number[]; readonly data: ArrayBufferView },
): string {
  if (!constants.has(name)) {
    const { shape, data } = make();
    const raw = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    constants.set(name, { name, dtype, shape, raw });
  }
  return name;
}

/** Values and scales come of one pass over a matrix. */
function once<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

/** A weight as it is, under its own name. */
export function plain(store: WeightStore, name: string): string {
  return keep(store, name, "float32", () => store.weights.get(name)!);
}

/** A product with a weight. */
interface LinearProduct {
  readonly x: string;
  readonly y: string;
  readonly name: string;
  readonly alpha: number;
}

/**
 * y = alpha x Wᵀ for a weight of the file; alpha is 1 but in 8 bits.
 * @param quantizedInputs inputs in 8 bits of this graph so far, so that q, k and v share theirs
 */
export function linearNodes(
  store: WeightStore,
  product: LinearProduct,
  quantizedInputs: Map<string, QuantizedInput>,
): NodeProto[] {
  const { x, y, name } = product;
  const { shape } = store.weights.get(name)!;
  const isBlocks = shape[1]! % blockSize === 0 && !store.lookedUp.has(name);
  if (store.quantization === "int4" && isBlocks) return fourBitLinear(store, x, y, name);
  if (store.quantization !== "none") return eightBitLinear(store, product, quantizedInputs);
  return store.lookedUp.has(name)
    ? sharedLinear(store, x, y, name)
    : floatLinear(store, x, y, name);
}

function floatLinear(store: WeightStore, x: string, y: string, name: string): NodeProto[] {
  const maker = new NodeMaker(y);
  const columns = keep(store, `${name}_transposed`, "float32", () =>
    transposed(store.weights.get(name)!),
  );
  maker.add("MatMul", [x, columns], {}, [y]);
  return maker.nodes;
}

/** By a table that is also looked up: `Gemm` reads it row by row, so it is not there twice. */
function sharedLinear(store: WeightStore, x: string, y: string, name: string): NodeProto[] {
  const [rows, width] = store.weights.get(name)!.shape as [number, number];
  const maker = new NodeMaker(y);
  const int64s = (key: string, ...values: readonly number[]) =>
    keep(store, key, "int64", () => {
      return { shape: [values.length], data: BigInt64Array.from(values, BigInt) };
    });
  const leading = maker.add("Shape", [x], { start: int(0), end: int(-1) });
  const target = maker.add("Concat", [leading, int64s(`${name}_rows`, rows)], { axis: int(0) });
  const flat = maker.add("Reshape", [x, int64s(`${name}_flat`, -1, width)]);
  const product = maker.add("Gemm", [flat, plain(store, name)], { transB: int(1) });
  maker.add("Reshape", [product, target], {}, [y]);
  return maker.nodes;
}

/** An input in 8 bits: values, scale and zero point. */
export interface QuantizedInput {
  readonly values: string;
  readonly scale: string;
  readonly zero: string;
}

/** The pattern that ONNX Runtime fuses into one product; plain ONNX for any other. */
function eightBitLinear(
  store: WeightStore,
  { x, y, name, alpha }: LinearProduct,
  quantizedInputs: Map<string, QuantizedInput>,
): NodeProto[] {
  const maker = new NodeMaker(y);
  const { values, scales } = columnsOf(store, name, alpha);
  const quantized = quantizedInputs.get(x) ?? quantizeInput(maker, x);
  quantizedInputs.set(x, quantized);
  const product = maker.add("MatMulInteger", [quantized.values, values, quantized.zero]);
  const asFloat = maker.add("Cast", [product], { to: int(1) });
  const scale = maker.add("Mul", [quantized.scale, scales]);
  maker.add("Mul", [asFloat, scale], {}, [y]);
  return maker.nodes;
}

/** x in 8 bits, with one scale. */
export function quantizeInput(maker: NodeMaker, x: string): QuantizedInput {
  const [values, scale, zero] = ["values", "scale", "zero"].map((part) => `${x}/8-bit/${part}`) as [
    string,
    string,
    string,
  ];
  maker.add("DynamicQuantizeLinear", [x], {}, [values, scale, zero]);
  return { values, scale, zero };
}

/** [in, out] int8 and a scale for each output, times alpha. */
function columnsOf(store: WeightStore, name: string, alpha = 1) {
  const make = once(() => quantizeColumns(store.weights.get(name)!));
  const values = keep(store, `${name}_columns`, "int8", () => make().values);
  const key = alpha === 1 ? `${name}_scales` : `${name}_scales_${alpha}`;
  const scales = keep(store, key, "float32", () => {
    const { shape, data } = make().scales;
    return { shape, data: alpha === 1 ? data : data.map((scale) => scale * alpha) };
  });
  return { values, scales };
}

function fourBitLinear(store: WeightStore, x: string, y: string, name: string): NodeProto[] {
  const matrix = store.weights.get(name)!;
  const make = once(() => fourBitBlocks(matrix));
  const values = keep(store, `${name}_blocks`, "uint8", () => make().values);
  const scales = keep(store, `${name}_block_scales`, "float32", () => make().scales);
  const maker = new NodeMaker(y);
  const attributes = blockProduct(matrix.shape);
  maker.add("MatMulNBits", [x, values, scales], attributes, [y], "com.microsoft");
  return maker.nodes;
}

/** Rows of a table of the file. */
export function lookupNodes(
  store: WeightStore,
  { ids, y, name }: { readonly ids: string; readonly y: string; readonly name: string },
): NodeProto[] {
  const maker = new NodeMaker(y);
  if (store.quantization === "none") {
    maker.add("Gather", [plain(store, name), ids], { axis: int(0) }, [y]);
    return maker.nodes;
  }
  const last = keep(store, "last_axis", "int64", () => ({
    shape: [1],
    data: BigInt64Array.of(-1n),
  }));
  const isShared = store.multiplied.has(name);
  const { values, scales } = isShared ? columnsOf(store, name) : rowsOf(store, name);
  const picked = maker.add("Gather", [values, ids], { axis: int(isShared ? 1 : 0) });
  // columns of [D, V] come as [D, B, T]
  const rows = isShared ? maker.add("Transpose", [picked], { perm: ints(1, 2, 0) }) : picked;
  const asFloat = maker.add("Cast", [rows], { to: int(1) });
  const scale = maker.add("Gather", [scales, ids], { axis: int(0) });
  const column = maker.add("Unsqueeze", [scale, last]);
  maker.add("Mul", [asFloat, column], {}, [y]);
  return maker.nodes;
}

/** [rows, width] int8 and a scale for each row. */
function rowsOf(store: WeightStore, name: string) {
  const make = once(() => quantizeRows(store.weights.get(name)!));
  return {
    values: keep(store, `${name}_8_bit`, "int8", () => make().values),
    scales: keep(store, `${name}_scales`, "float32", () => make().scales),
  };
}
