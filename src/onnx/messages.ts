/** @file The messages of onnx.proto3 as they are filled while reading, each with its table of fields. */
import { WireType } from "@bufbuild/protobuf/wire";
import {
  attributeFields,
  dimFields,
  entryFields,
  graphFields,
  modelFields,
  nodeFields,
  opsetFields,
  shapeFields,
  tensorFields,
  tensorTypeFields,
  typeFields,
  valueFields,
} from "./fields.ts";
import type { Dim } from "./model.ts";
import type { NumberForm } from "./tensor-data.ts";
import {
  bytes,
  type Fields,
  float,
  integer,
  message,
  nested,
  rawNumbers,
  text,
  unsupported,
} from "./wire.ts";

export interface Entry {
  key: string;
  value: string;
}

export interface TensorDraft {
  readonly name: string;
  readonly code: number;
  readonly shape: number[];
  readonly raw: Uint8Array | undefined;
  readonly forms: Partial<Record<NumberForm, Uint8Array[]>>;
  readonly location: number;
  readonly external: Entry[];
}

export interface AttributeDraft {
  readonly name: string;
  readonly code: number;
  readonly f: number;
  readonly i: number;
  readonly s: string;
  readonly tensors: TensorDraft[];
  readonly graphs: GraphDraft[];
  readonly floats: number[];
  readonly ints: number[];
}

export interface NodeDraft {
  readonly name: string;
  readonly opType: string;
  readonly domain: string;
  readonly inputs: string[];
  readonly outputs: string[];
  readonly attributes: AttributeDraft[];
}

interface TypeDraft {
  readonly code: number;
  readonly shapes: { dim: Dim }[][];
}

export interface ValueDraft {
  readonly name: string;
  readonly types: TypeDraft[];
}

export interface GraphDraft {
  readonly name: string;
  readonly nodes: NodeDraft[];
  readonly initializers: TensorDraft[];
  readonly inputs: ValueDraft[];
  readonly outputs: ValueDraft[];
  readonly values: ValueDraft[];
}

export interface ModelDraft {
  readonly irVersion: number;
  readonly producerName: string;
  readonly producerVersion: string;
  readonly opsets: { readonly domain: string; readonly version: number }[];
  readonly graphs: GraphDraft[];
  readonly metadata: Entry[];
}

/** Set one key of a draft. */
const put =
  <K extends string>(key: K) =>
  <V>(target: { readonly [P in K]: V }, value: V) => {
    (target as { [P in K]: V })[key] = value;
  };

/** Append a fresh draft to a list and return it, to be read into. */
function added<T>(list: T[], item: T): T {
  list.push(item);
  return item;
}

const newEntry = (): Entry => ({ key: "", value: "" });
const newTensor = (): TensorDraft => {
  return { name: "", code: 0, shape: [], raw: undefined, forms: {}, location: 0, external: [] };
};
const newAttribute = (): AttributeDraft => {
  return { name: "", code: 0, f: 0, i: 0, s: "", tensors: [], graphs: [], floats: [], ints: [] };
};
const newNode = (): NodeDraft => {
  return { name: "", opType: "", domain: "", inputs: [], outputs: [], attributes: [] };
};
const newValue = (): ValueDraft => ({ name: "", types: [] });
const newGraph = (): GraphDraft => {
  return { name: "", nodes: [], initializers: [], inputs: [], outputs: [], values: [] };
};
export const newModel = (): ModelDraft => {
  const model = { irVersion: 0, producerName: "", producerVersion: "" };
  return { ...model, opsets: [], graphs: [], metadata: [] };
};

const entry: Fields<Entry> = {
  [entryFields.key]: text(put("key")),
  [entryFields.value]: text(put("value")),
};

const numbers = (form: NumberForm, wire: WireType) =>
  rawNumbers<TensorDraft>(wire, ({ forms }, run) => {
    forms[form] ??= [];
    forms[form].push(run);
  });

const tensor: Fields<TensorDraft> = {
  [tensorFields.dims]: integer(({ shape }, value) => shape.push(value), true),
  [tensorFields.dataType]: integer(put("code")),
  [tensorFields.segment]: unsupported("tensors in segments"),
  [tensorFields.floatData]: numbers("floatData", WireType.Bit32),
  [tensorFields.int32Data]: numbers("int32Data", WireType.Varint),
  [tensorFields.int64Data]: numbers("int64Data", WireType.Varint),
  [tensorFields.doubleData]: numbers("doubleData", WireType.Bit64),
  [tensorFields.name]: text(put("name")),
  [tensorFields.rawData]: bytes(put("raw")),
  [tensorFields.externalData]: message(entry, ({ external }) => added(external, newEntry())),
  [tensorFields.dataLocation]: integer(put("location")),
};

const attribute: Fields<AttributeDraft> = {
  [attributeFields.name]: text(put("name")),
  [attributeFields.f]: float(put("f")),
  [attributeFields.i]: integer(put("i")),
  [attributeFields.s]: text(put("s")),
  [attributeFields.t]: message(tensor, ({ tensors }) => added(tensors, newTensor())),
  [attributeFields.g]: nested(() => nestedGraph),
  [attributeFields.floats]: float(({ floats }, value) => floats.push(value), true),
  [attributeFields.ints]: integer(({ ints }, value) => ints.push(value), true),
  [attributeFields.type]: integer(put("code")),
  [attributeFields.refAttrName]: unsupported("attributes of functions"),
};

const node: Fields<NodeDraft> = {
  [nodeFields.input]: text(({ inputs }, value) => inputs.push(value)),
  [nodeFields.output]: text(({ outputs }, value) => outputs.push(value)),
  [nodeFields.name]: text(put("name")),
  [nodeFields.opType]: text(put("opType")),
  [nodeFields.attribute]: message(attribute, ({ attributes }) => added(attributes, newAttribute())),
  [nodeFields.domain]: text(put("domain")),
};

const dim: Fields<{ dim: Dim }> = {
  [dimFields.value]: integer(put("dim")),
  [dimFields.param]: text(put("dim")),
};

const shape: Fields<{ dim: Dim }[]> = {
  [shapeFields.dim]: message(dim, (dims) => added(dims, { dim: "" as Dim })),
};

const tensorType: Fields<TypeDraft> = {
  [tensorTypeFields.elemType]: integer(put("code")),
  [tensorTypeFields.shape]: message(shape, ({ shapes }) => added(shapes, [])),
};

const type: Fields<TypeDraft[]> = {
  [typeFields.tensorType]: message(tensorType, (types) => added(types, { code: 0, shapes: [] })),
};

const value: Fields<ValueDraft> = {
  [valueFields.name]: text(put("name")),
  [valueFields.type]: message(type, ({ types }) => types),
};

const graph: Fields<GraphDraft> = {
  [graphFields.node]: message(node, ({ nodes }) => added(nodes, newNode())),
  [graphFields.name]: text(put("name")),
  [graphFields.initializer]: message(tensor, ({ initializers }) => {
    return added(initializers, newTensor());
  }),
  [graphFields.input]: message(value, ({ inputs }) => added(inputs, newValue())),
  [graphFields.output]: message(value, ({ outputs }) => added(outputs, newValue())),
  [graphFields.valueInfo]: message(value, ({ values }) => added(values, newValue())),
  [graphFields.sparseInitializer]: unsupported("sparse tensors"),
};

const nestedGraph = message<AttributeDraft, GraphDraft>(graph, ({ graphs }) => {
  return added(graphs, newGraph());
});

const opset: Fields<{ domain: string; version: number }> = {
  [opsetFields.domain]: text(put("domain")),
  [opsetFields.version]: integer(put("version")),
};

/** ModelProto; messages not named here (documentation, quantisation notes) are skipped. */
export const modelMessage: Fields<ModelDraft> = {
  [modelFields.irVersion]: integer(put("irVersion")),
  [modelFields.producerName]: text(put("producerName")),
  [modelFields.producerVersion]: text(put("producerVersion")),
  [modelFields.graph]: message(graph, ({ graphs }) => added(graphs, newGraph())),
  [modelFields.opsetImport]: message(opset, ({ opsets }) => {
    return added(opsets, { domain: "", version: 0 });
  }),
  [modelFields.metadataProps]: message(entry, ({ metadata }) => added(metadata, newEntry())),
  [modelFields.trainingInfo]: unsupported("training information"),
  [modelFields.functions]: unsupported("functions"),
};
