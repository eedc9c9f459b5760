/** @file Model to bytes: onnx.proto3, IR version 10. */
import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import { DataError, GraphError } from "../base/index.ts";
import {
  attributeCodes,
  attributeFields,
  dimFields,
  entryFields,
  externalLocation,
  graphFields,
  maxModelBytes,
  modelFields,
  nodeFields,
  opsetFields,
  shapeFields,
  tensorFields,
  tensorTypeFields,
  typeFields,
  valueFields,
} from "./fields.ts";
import {
  type Attribute,
  type Dim,
  dtypeCodes,
  type NodeProto,
  type OnnxGraph,
  type OnnxModel,
  type TensorProto,
  type ValueInfo,
} from "./model.ts";
import { bytesOf, tensorError } from "./tensor-size.ts";

const { Varint, LengthDelimited, Bit32 } = WireType;

/** Constants from this size on are passed on by reference instead of copied, in bytes. */
const referenceBytes = 4096;

/**
 * A model as the bytes of an `.onnx` file.
 * @throws DataError `onnx.tooLarge` past protobuf's 2 GiB (use `writeModel`), `onnx.tensor` when a
 * constant's bytes do not fit its shape; GraphError `onnx.value` for a number that the format
 * cannot hold
 */
export function encodeModel(model: OnnxModel): Uint8Array {
  const chunks = encodeChunks(model);
  const length = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  if (length > maxModelBytes) {
    throw new DataError("onnx.tooLarge", "the model does not fit one protobuf message", {
      expected: `at most ${maxModelBytes} bytes`,
      got: `${length} bytes`,
      help: "write it with external data: writeModel does so by itself",
    });
  }
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}

/** The same bytes in pieces, large constants by reference: nothing large is copied. */
export function encodeChunks(model: OnnxModel): Uint8Array[] {
  const graph = encodeGraph(model);
  const writer = new BinaryWriter();
  writeNumber(writer, modelFields.irVersion, model.irVersion);
  writeText(writer, modelFields.producerName, model.producerName);
  writeText(writer, modelFields.producerVersion, model.producerVersion);
  for (const { domain, version } of model.opsets) {
    writer.tag(modelFields.opsetImport, LengthDelimited).fork();
    writeText(writer, opsetFields.domain, domain);
    writeNumber(writer, opsetFields.version, version);
    writer.join();
  }
  for (const [key, value] of Object.entries(model.metadata)) {
    writeEntry(writer, modelFields.metadataProps, key, value);
  }
  const length = graph.reduce((sum, chunk) => sum + chunk.length, 0);
  writeLength(writer.tag(modelFields.graph, LengthDelimited), length);
  return [writer.finish(), ...graph];
}

function encodeGraph(model: OnnxGraph): Uint8Array[] {
  const chunks: Uint8Array[] = [];
  const writer = new BinaryWriter();
  for (const node of model.nodes) writeNode(writer, node);
  writeText(writer, graphFields.name, model.graphName);
  for (const tensor of model.initializers) {
    writer.tag(graphFields.initializer, LengthDelimited);
    const content = tensorHeader(tensor);
    writeLength(writer, content.length + tensor.raw.length);
    writer.raw(content);
    if (tensor.raw.length < referenceBytes) writer.raw(tensor.raw);
    else chunks.push(writer.finish(), tensor.raw);
  }
  for (const value of model.inputs) writeValue(writer, graphFields.input, value);
  for (const value of model.outputs) writeValue(writer, graphFields.output, value);
  for (const value of model.values ?? []) writeValue(writer, graphFields.valueInfo, value);
  return [...chunks, writer.finish()];
}

function writeNode(writer: BinaryWriter, node: NodeProto): void {
  writer.tag(graphFields.node, LengthDelimited).fork();
  // an omitted optional input is an empty string that must be there
  for (const input of node.inputs) writer.tag(nodeFields.input, LengthDelimited).string(input);
  for (const output of node.outputs) writer.tag(nodeFields.output, LengthDelimited).string(output);
  writeText(writer, nodeFields.name, node.name);
  writeText(writer, nodeFields.opType, node.opType);
  for (const [name, attribute] of Object.entries(node.attributes)) {
    writer.tag(nodeFields.attribute, LengthDelimited).fork();
    writeText(writer, attributeFields.name, name);
    attributeWriters[attribute.kind](writer, attribute as never);
    writeNumber(writer, attributeFields.type, attributeCodes[attribute.kind]);
    writer.join();
  }
  writeText(writer, nodeFields.domain, node.domain);
  writer.join();
}

type AttributeWriters = {
  readonly [K in Attribute["kind"]]: (
    writer: BinaryWriter,
    attribute: Extract<Attribute, { kind: K }>,
  ) => void;
};

const attributeWriters: AttributeWriters = {
  float: (writer, { value }) => writeFloat(writer.tag(attributeFields.f, Bit32), value),
  int: (writer, { value }) => writeNumber(writer, attributeFields.i, value),
  string: (writer, { value }) => writer.tag(attributeFields.s, LengthDelimited).string(value),
  floats: (writer, { value }) => {
    writer.tag(attributeFields.floats, LengthDelimited).uint32(value.length * 4);
    for (const item of value) writeFloat(writer, item);
  },
  ints: (writer, { value }) => {
    writer.tag(attributeFields.ints, LengthDelimited).fork();
    for (const item of value) writeInt64(writer, item);
    writer.join();
  },
  tensor: (writer, { value }) => {
    const content = tensorHeader(value);
    writer.tag(attributeFields.t, LengthDelimited);
    writeLength(writer, content.length + value.raw.length);
    writer.raw(content).raw(value.raw);
  },
  graph: (writer, { value }) => {
    const chunks = encodeGraph(value);
    const length = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
    writeLength(writer.tag(attributeFields.g, LengthDelimited), length);
    for (const chunk of chunks) writer.raw(chunk);
  },
};

/** Everything of a tensor up to its raw bytes, which must follow. */
function tensorHeader(tensor: TensorProto): Uint8Array {
  const writer = new BinaryWriter();
  for (const dimension of tensor.shape) writeNumber(writer, tensorFields.dims, dimension);
  writeNumber(writer, tensorFields.dataType, dtypeCodes[tensor.dtype]);
  writeText(writer, tensorFields.name, tensor.name);
  const bytes = bytesOf(tensor);
  const inside = tensor.external === undefined ? bytes : 0;
  if (tensor.raw.length !== inside) {
    throw tensorError(tensor.name, `${inside} raw bytes`, `${tensor.raw.length}`);
  }
  if (tensor.external === undefined) {
    writeLength(writer.tag(tensorFields.rawData, LengthDelimited), bytes);
    return writer.finish();
  }
  const { location, offset, length } = tensor.external;
  writeEntry(writer, tensorFields.externalData, "location", location);
  writeEntry(writer, tensorFields.externalData, "offset", String(offset));
  writeEntry(writer, tensorFields.externalData, "length", String(length));
  writeNumber(writer, tensorFields.dataLocation, externalLocation);
  return writer.finish();
}

function writeValue(writer: BinaryWriter, field: number, value: ValueInfo): void {
  writer.tag(field, LengthDelimited).fork();
  writeText(writer, valueFields.name, value.name);
  writer.tag(valueFields.type, LengthDelimited).fork();
  writer.tag(typeFields.tensorType, LengthDelimited).fork();
  writeNumber(writer, tensorTypeFields.elemType, dtypeCodes[value.dtype]);
  writer.tag(tensorTypeFields.shape, LengthDelimited).fork();
  for (const dim of value.shape) writeDim(writer, dim);
  writer.join().join().join().join();
}

function writeDim(writer: BinaryWriter, dim: Dim): void {
  writer.tag(shapeFields.dim, LengthDelimited).fork();
  if (typeof dim === "number") writeNumber(writer, dimFields.value, dim);
  else if (dim !== "") writeText(writer, dimFields.param, dim);
  writer.join();
}

function writeEntry(writer: BinaryWriter, field: number, key: string, value: string): void {
  writer.tag(field, LengthDelimited).fork();
  writeText(writer, entryFields.key, key);
  writeText(writer, entryFields.value, value);
  writer.join();
}

/** Proto3 leaves out empty texts. */
function writeText(writer: BinaryWriter, field: number, text: string): void {
  if (text !== "") writer.tag(field, LengthDelimited).string(text);
}

function writeNumber(writer: BinaryWriter, field: number, value: number): void {
  writeInt64(writer.tag(field, Varint), value);
}

function writeInt64(writer: BinaryWriter, value: number): void {
  if (value >= 0 && value <= 0xffffffff && Number.isInteger(value)) writer.uint32(value);
  else if (Number.isSafeInteger(value)) writer.int64(value);
  else throw badValue("an integer of at most 53 bits", value);
}

/** Lengths may pass 32 bits here: only `encodeModel` must refuse them. */
function writeLength(writer: BinaryWriter, length: number): void {
  writeInt64(writer, length);
}

function writeFloat(writer: BinaryWriter, value: number): void {
  if (Number.isFinite(value) && !Number.isFinite(Math.fround(value))) {
    throw badValue("a float32", value);
  }
  writer.float(value);
}

function badValue(expected: string, value: number): GraphError {
  const got = String(value);
  return new GraphError("onnx.value", "a number the ONNX format cannot hold", { expected, got });
}
