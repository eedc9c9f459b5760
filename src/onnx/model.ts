/** @file The part of the ONNX format we use, as plain data. onnx.proto3, IR version 10. */

/** Element types, with their `TensorProto.DataType` codes. */
export const dtypeCodes = {
  float32: 1,
  uint8: 2,
  int8: 3,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
  float64: 11,
  bfloat16: 16,
} as const;

export type DType = keyof typeof dtypeCodes;

/** Bytes of one element. */
export const dtypeBytes: Readonly<Record<DType, 1 | 2 | 4 | 8>> = {
  float32: 4,
  uint8: 1,
  int8: 1,
  int32: 4,
  int64: 8,
  bool: 1,
  float16: 2,
  float64: 8,
  bfloat16: 2,
};

/** A dimension: a fixed size, or a name (`dim_param`) bound at run time; "" when nothing is known. */
export type Dim = number | string;

/** A node attribute. `int` values fit 53 bits; `tensor` is a constant; `graph` is a branch of `If`. */
export type Attribute =
  | { readonly kind: "int"; readonly value: number }
  | { readonly kind: "float"; readonly value: number }
  | { readonly kind: "string"; readonly value: string }
  | { readonly kind: "ints"; readonly value: readonly number[] }
  | { readonly kind: "floats"; readonly value: readonly number[] }
  | { readonly kind: "tensor"; readonly value: TensorProto }
  | { readonly kind: "graph"; readonly value: OnnxGraph };

/** Where a tensor's bytes lie when they are not in the model file. Offsets and lengths in bytes. */
export interface ExternalData {
  readonly location: string;
  readonly offset: number;
  readonly length: number;
}

/** A constant: little-endian raw bytes, row-major, or (`raw` empty) a reference to external data. */
export interface TensorProto {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly raw: Uint8Array;
  readonly external?: ExternalData;
}

export interface NodeProto {
  readonly name: string;
  readonly opType: string;
  /** "" is the standard ai.onnx domain. */
  readonly domain: string;
  /** An empty string is an omitted optional input. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, Attribute>>;
}

export interface ValueInfo {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly Dim[];
}

/** Nodes and what they read and give; as an attribute it may read values of the graph around it. */
export interface OnnxGraph {
  readonly graphName: string;
  readonly nodes: readonly NodeProto[];
  readonly initializers: readonly TensorProto[];
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
  /** Types of values between nodes (`value_info`), where known: for reading and printing. */
  readonly values?: readonly ValueInfo[];
}

export interface OnnxModel extends OnnxGraph {
  readonly irVersion: number;
  readonly producerName: string;
  readonly producerVersion: string;
  readonly opsets: readonly { readonly domain: string; readonly version: number }[];
  /** Model-level `metadata_props`. */
  readonly metadata: Readonly<Record<string, string>>;
}
