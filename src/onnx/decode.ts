/** @file Bytes to model: onnx.proto3, as far as {@link OnnxModel} goes; what it cannot hold is refused. */
import { CodeT5Error, DataError } from "../base/index.ts";
import { attributeCodes, externalLocation } from "./fields.ts";
import {
  type AttributeDraft,
  type Entry,
  type GraphDraft,
  type ModelDraft,
  modelMessage,
  type NodeDraft,
  newModel,
  type TensorDraft,
  type ValueDraft,
} from "./messages.ts";
import {
  type Attribute,
  type Dim,
  type DType,
  dtypeCodes,
  type ExternalData,
  type NodeProto,
  type OnnxGraph,
  type OnnxModel,
  type TensorProto,
  type ValueInfo,
} from "./model.ts";
import { rawFromNumbers } from "./tensor-data.ts";
import { bytesOf, tensorError } from "./tensor-size.ts";
import { malformed, malformedError, openCursor, readMessage, unsupportedError } from "./wire.ts";

/**
 * Read the bytes of an `.onnx` file. Constants are views of `bytes`, not copies; external data is
 * not touched (`readModel` checks it, `loadExternalData` loads it).
 * @param where file name for errors
 * @throws DataError `onnx.malformed` (with the byte), `onnx.tensor` or `onnx.unsupported`
 */
export function decodeModel(bytes: Uint8Array, where = "model"): OnnxModel {
  // a Buffer would hand out Buffers
  const plain = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const cursor = openCursor(plain, where);
  try {
    return finishModel(readMessage(cursor, modelMessage, newModel(), plain.length), where);
  } catch (cause) {
    if (cause instanceof CodeT5Error) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw malformed(cursor, cursor.reader.pos, "a protobuf message", reason);
  }
}

function finishModel(draft: ModelDraft, where: string): OnnxModel {
  const { irVersion, producerName, producerVersion, opsets, graphs } = draft;
  const [graph] = graphs;
  if (graph === undefined || graphs.length > 1 || irVersion === 0) {
    const got = `${graphs.length} graphs, IR version ${irVersion}`;
    throw malformedError("a model with one graph and its IR version", got, where);
  }
  const metadata = recordOf(draft.metadata, "metadata", where);
  return {
    ...{ irVersion, producerName, producerVersion, opsets, metadata },
    ...finishGraph(graph, where),
  };
}

function finishGraph(draft: GraphDraft, where: string): OnnxGraph {
  const finish = (list: readonly ValueDraft[]) => list.map((value) => finishValue(value, where));
  const values = finish(draft.values.filter(isTyped));
  return {
    graphName: draft.name,
    nodes: draft.nodes.map((node, i) => finishNode(node, i, where)),
    initializers: draft.initializers.map((tensor) => finishTensor(tensor, where)),
    inputs: finish(draft.inputs),
    outputs: finish(draft.outputs),
    ...(values.length > 0 ? { values } : {}),
  };
}

function finishNode(draft: NodeDraft, index: number, where: string): NodeProto {
  const { name, opType, domain, inputs, outputs } = draft;
  const place = `${where}, node ${index} ${JSON.stringify(name)}`;
  if (opType === "") throw malformedError("an operator for every node", "none", place);
  const pairs = draft.attributes.map((attribute) => {
    return { key: attribute.name, value: finishAttribute(attribute, `${place} (${opType})`) };
  });
  return { name, opType, domain, inputs, outputs, attributes: recordOf(pairs, "attribute", place) };
}

type AttributeReaders = {
  readonly [K in Attribute["kind"]]: (
    draft: AttributeDraft,
    where: string,
  ) => Extract<Attribute, { kind: K }>["value"] | undefined;
};

const attributeReaders: AttributeReaders = {
  float: ({ f }) => f,
  int: ({ i }) => i,
  string: ({ s }) => s,
  floats: ({ floats }) => floats,
  ints: ({ ints }) => ints,
  tensor: ({ tensors: [tensor] }, where) => tensor && finishInline(tensor, where),
  graph: ({ graphs: [graph] }, where) => graph && finishBranch(graph, where),
};

function finishAttribute(draft: AttributeDraft, where: string): Attribute {
  const kinds = Object.keys(attributeCodes) as Attribute["kind"][];
  const kind = kinds.find((name) => attributeCodes[name] === draft.code);
  const value = kind && attributeReaders[kind](draft, where);
  if (value === undefined) {
    throw unsupportedError(`attributes of type ${draft.code}`, `${where}, attribute ${draft.name}`);
  }
  return { kind, value } as Attribute;
}

function finishTensor(draft: TensorDraft, where: string): TensorProto {
  const place = `${where}, tensor ${JSON.stringify(draft.name)}`;
  const dtype = dtypeOf(draft.code, place);
  const tensor = { name: draft.name, dtype, shape: draft.shape };
  const expected = bytesOf(tensor, where);
  if (draft.location === externalLocation) {
    const external = finishExternal(draft.external, expected, place);
    return { ...tensor, raw: new Uint8Array(0), external };
  }
  const raw = draft.raw ?? rawFromNumbers(tensor, draft.forms, where);
  if (raw.length === expected) return { ...tensor, raw };
  throw tensorError(draft.name, `${expected} bytes of raw_data`, `${raw.length}`, where);
}

/** A constant in an attribute; those of graphs are the only ones we look for outside. */
function finishInline(draft: TensorDraft, where: string): TensorProto {
  const tensor = finishTensor(draft, where);
  if (tensor.external === undefined) return tensor;
  throw unsupportedError("external data in an attribute", where);
}

/** A graph in an attribute; its constants are inside the file, as those of attributes are. */
function finishBranch(draft: GraphDraft, where: string): OnnxGraph {
  const graph = finishGraph(draft, `${where}, graph ${JSON.stringify(draft.name)}`);
  if (graph.initializers.every(({ external }) => external === undefined)) return graph;
  throw unsupportedError("external data in an attribute", where);
}

function finishExternal(entries: readonly Entry[], expected: number, where: string): ExternalData {
  const {
    location = "",
    offset = "0",
    length = String(expected),
  } = recordOf<string>(entries, "external data", where);
  const valid = /^\d+$/.test(offset) && Number.isSafeInteger(Number(offset) + expected);
  if (location === "" || !valid || length !== String(expected)) {
    throw new DataError("onnx.external", "a constant's reference to external data is malformed", {
      expected: `location, offset and a length of ${expected} bytes`,
      got: JSON.stringify({ location, offset, length }),
      where,
    });
  }
  return { location, offset: Number(offset), length: expected };
}

const isTyped = (draft: ValueDraft) => draft.types[0]?.shapes[0] !== undefined;

function finishValue(draft: ValueDraft, where: string): ValueInfo {
  const place = `${where}, value ${JSON.stringify(draft.name)}`;
  const [type] = draft.types;
  const dims = type?.shapes[0];
  if (type === undefined || dims === undefined) {
    throw unsupportedError("a value that is not a tensor of known rank", place);
  }
  const shape = dims.map(({ dim }) => checkDim(dim, place));
  return { name: draft.name, dtype: dtypeOf(type.code, place), shape };
}

function checkDim(dim: Dim, where: string): Dim {
  if (typeof dim === "string" || dim >= 0) return dim;
  throw unsupportedError(`a dimension of ${dim}`, where);
}

const dtypeNames = new Map(
  Object.entries(dtypeCodes).map(([name, code]) => [code as number, name as DType]),
);

function dtypeOf(code: number, where: string): DType {
  const dtype = dtypeNames.get(code);
  if (dtype !== undefined) return dtype;
  throw unsupportedError(`element type ${code}`, where);
}

function recordOf<T>(
  entries: readonly { readonly key: string; readonly value: T }[],
  what: string,
  where: string,
): Record<string, T> {
  const seen = new Set<string>();
  for (const { key } of entries) {
    if (seen.has(key)) {
      throw malformedError(`each ${what} once`, `${JSON.stringify(key)} twice`, where);
    }
    seen.add(key);
  }
  // fromEntries, so that a key called __proto__ is a key
  return Object.fromEntries(entries.map(({ key, value }) => [key, value]));
}
