/** @file A model as text: one line per node, the same text for the same model; graph snapshots use it. */
import {
  type Attribute,
  type Dim,
  dtypeBytes,
  type NodeProto,
  type OnnxGraph,
  type OnnxModel,
  type TensorProto,
  type ValueInfo,
} from "./model.ts";
import { elementsOf } from "./tensor-size.ts";

/** Constants of up to this many elements are shown with their values. */
const shownElements = 8;

/**
 * A model as text, deterministic and without the bytes of large constants:
 * `%y : float32[B, 2] = Gemm(%x, %w, _) {alpha = 0.5, transB = 1}` for a node whose third input is
 * omitted; types are shown where the model tells them (`values`, `outputs`).
 */
export function printModel(model: OnnxModel): string {
  const lines = [
    `graph ${printName(model.graphName)} (${printHeader(model)})`,
    ...printGraph(model),
    ...section("metadata", Object.entries(model.metadata).sort().map(printEntry)),
  ];
  return `${lines.join("\n")}\n`;
}

function printGraph(model: OnnxGraph): string[] {
  const types = new Map<string, string>();
  for (const value of [...(model.values ?? []), ...model.outputs]) {
    types.set(value.name, printType(value.dtype, value.shape));
  }
  return [
    ...section("inputs", model.inputs.map(printValue)),
    ...section("initializers", model.initializers.map(printInitializer)),
    ...section(
      "nodes",
      model.nodes.flatMap((node) => [printNode(node, types), ...printBranches(node)]),
    ),
    ...section("outputs", model.outputs.map(printValue)),
  ];
}

/** Graphs among a node's attributes, below it, indented. */
function printBranches(node: NodeProto): string[] {
  const branches = Object.entries(node.attributes).sort(([a], [b]) => (a < b ? -1 : 1));
  return branches.flatMap(([name, attribute]) => {
    if (attribute.kind !== "graph") return [];
    const lines = [`${printName(name)}:`, ...printGraph(attribute.value)];
    return lines.map((line) => `  ${line}`);
  });
}

function printHeader(model: OnnxModel): string {
  const opsets = model.opsets.map(({ domain, version }) => {
    return `${domain === "" ? "ai.onnx" : printName(domain)} ${version}`;
  });
  return [`ir ${model.irVersion}`, ...opsets].join(", ");
}

function section(title: string, lines: readonly string[]): string[] {
  if (lines.length === 0) return [];
  return [`${title} (${lines.length})`, ...lines.map((line) => `  ${line}`)];
}

const printValue = ({ name, dtype, shape }: ValueInfo) =>
  `%${printName(name)} : ${printType(dtype, shape)}`;

const printEntry = ([key, value]: readonly [string, string]) =>
  `${printName(key)} = ${JSON.stringify(value)}`;

function printType(dtype: string, shape: readonly Dim[]): string {
  const dims = shape.map((dim) =>
    typeof dim === "number" ? dim : dim === "" ? "?" : printName(dim),
  );
  return `${dtype}[${dims.join(", ")}]`;
}

/** Names of plain characters as they are, others quoted, so that a line stays a line. */
function printName(name: string): string {
  return /^[\w./:$-]+$/.test(name) ? name : JSON.stringify(name);
}

function printInitializer(tensor: TensorProto): string {
  return `%${printName(tensor.name)} : ${printTensor(tensor)}`;
}

function printTensor(tensor: TensorProto): string {
  const type = printType(tensor.dtype, tensor.shape);
  if (tensor.external !== undefined) {
    const { location, offset, length } = tensor.external;
    return `${type} (${length} bytes in ${printName(location)} at ${offset})`;
  }
  if (elementsOf(tensor) > shownElements) return `${type} (${tensor.raw.length} bytes)`;
  return `${type} = ${tensor.shape.length === 0 ? printElements(tensor) : `[${printElements(tensor)}]`}`;
}

type ElementReader = (view: DataView, at: number) => string;

const bits: ElementReader = (view, at) =>
  `0x${view.getUint16(at, true).toString(16).padStart(4, "0")}`;

const elementReaders: Readonly<Record<TensorProto["dtype"], ElementReader>> = {
  float32: (view, at) => printFloat(view.getFloat32(at, true)),
  float64: (view, at) => withPoint(String(view.getFloat64(at, true))),
  int8: (view, at) => String(view.getInt8(at)),
  uint8: (view, at) => String(view.getUint8(at)),
  int32: (view, at) => String(view.getInt32(at, true)),
  int64: (view, at) => String(view.getBigInt64(at, true)),
  bool: (view, at) => String(view.getUint8(at) !== 0),
  float16: bits,
  bfloat16: bits,
};

function printElements({ raw, dtype }: TensorProto): string {
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  const width = dtypeBytes[dtype];
  const texts: string[] = [];
  for (let at = 0; at < raw.length; at += width) texts.push(elementReaders[dtype](view, at));
  return texts.join(", ");
}

/** The shortest decimal that is this float32 again. */
function printFloat(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  for (let digits = 1; digits < 9; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return withPoint(Object.is(value, -0) ? "-0" : String(short));
  }
  return withPoint(String(Number(value.toPrecision(9))));
}

/** A float shows that it is one: `2.0`. */
const withPoint = (text: string) => (/^-?\d+$/.test(text) ? `${text}.0` : text);

function printNode(node: NodeProto, types: ReadonlyMap<string, string>): string {
  const outputs = node.outputs.map((name) => {
    const type = types.get(name);
    return printOperand(name) + (type === undefined ? "" : ` : ${type}`);
  });
  const operator = node.domain === "" ? node.opType : `${node.domain}.${node.opType}`;
  const inputs = node.inputs.map(printOperand).join(", ");
  const attributes = Object.entries(node.attributes)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, attribute]) => `${printName(name)} = ${printAttribute(attribute)}`);
  const braces = attributes.length > 0 ? ` {${attributes.join(", ")}}` : "";
  return `${outputs.join(", ")} = ${printName(operator)}(${inputs})${braces}`;
}

const printOperand = (name: string) => (name === "" ? "_" : `%${printName(name)}`);

type AttributePrinters = {
  readonly [K in Attribute["kind"]]: (value: Extract<Attribute, { kind: K }>["value"]) => string;
};

const attributePrinters: AttributePrinters = {
  int: String,
  float: (value) => printFloat(Math.fround(value)),
  string: (value) => JSON.stringify(value),
  ints: (value) => `[${value.join(", ")}]`,
  floats: (value) => `[${value.map((item) => printFloat(Math.fround(item))).join(", ")}]`,
  tensor: printTensor,
  graph: ({ graphName, nodes }) => `graph ${printName(graphName)} of ${nodes.length} nodes`,
};

function printAttribute({ kind, value }: Attribute): string {
  return attributePrinters[kind](value as never);
}
