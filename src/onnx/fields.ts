/** @file Field numbers and codes of onnx.proto3, for the parts of it we read and write. */

export const modelFields = {
  irVersion: 1,
  producerName: 2,
  producerVersion: 3,
  graph: 7,
  opsetImport: 8,
  metadataProps: 14,
  trainingInfo: 20,
  functions: 25,
} as const;

export const opsetFields = { domain: 1, version: 2 } as const;
export const entryFields = { key: 1, value: 2 } as const;

export const graphFields = {
  node: 1,
  name: 2,
  initializer: 5,
  input: 11,
  output: 12,
  valueInfo: 13,
  sparseInitializer: 15,
} as const;

export const nodeFields = {
  input: 1,
  output: 2,
  name: 3,
  opType: 4,
  attribute: 5,
  domain: 7,
} as const;

export const attributeFields = {
  name: 1,
  f: 2,
  i: 3,
  s: 4,
  t: 5,
  g: 6,
  floats: 7,
  ints: 8,
  type: 20,
  refAttrName: 21,
} as const;

/** `AttributeProto.AttributeType`. */
export const attributeCodes = {
  float: 1,
  int: 2,
  string: 3,
  tensor: 4,
  graph: 5,
  floats: 6,
  ints: 7,
} as const;

export const tensorFields = {
  dims: 1,
  dataType: 2,
  segment: 3,
  floatData: 4,
  int32Data: 5,
  int64Data: 7,
  name: 8,
  rawData: 9,
  doubleData: 10,
  externalData: 13,
  dataLocation: 14,
} as const;

export const valueFields = { name: 1, type: 2 } as const;
export const typeFields = { tensorType: 1 } as const;
export const tensorTypeFields = { elemType: 1, shape: 2 } as const;
export const shapeFields = { dim: 1 } as const;
export const dimFields = { value: 1, param: 2 } as const;

/** `TensorProto.DataLocation.EXTERNAL`. */
export const externalLocation = 1;

/** Protobuf's ceiling for one message, and so for a model file without external data, in bytes. */
export const maxModelBytes = 2 ** 31 - 1;
