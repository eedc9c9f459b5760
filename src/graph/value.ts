/** @file Values and nodes: the immutable intermediate representation every tensor passes through. */
import { fileURLToPath } from "node:url";
import { debugLevel, GraphError, ShapeError } from "../base/index.ts";
import type { Dim, DType } from "../onnx/index.ts";
import { addDims, formatShape, type Shape } from "./dim.ts";
import type { OperatorName } from "./operators/index.ts";

/** Plain attribute values; the operator table says which ONNX attribute type each becomes. */
export type Attributes = Readonly<Record<string, number | string | readonly number[]>>;

/** Element storage of a constant. */
export type ConstantData =
  | Float32Array
  | Float64Array
  | Int32Array
  | BigInt64Array
  | Uint8Array
  | Int8Array;

/** Element type and shape: all that shape inference knows of a value. */
export interface Signature {
  readonly dtype: DType;
  readonly shape: Shape;
}

/** One tensor of a graph: an input (with a name), a constant (with data) or a node's output. */
export interface Value extends Signature {
  /** Creation order: an input of a node always has a smaller id than its outputs. */
  readonly id: number;
  readonly name?: string;
  readonly data?: ConstantData;
  readonly node?: Node;
}

/** One operation. Optional inputs that are absent are `null`. */
export interface Node {
  readonly op: OperatorName;
  readonly inputs: readonly (Value | null)[];
  readonly attributes: Attributes;
  readonly outputs: readonly Value[];
  /** Slash-free path of the module that built it, such as `encoder.block.0`. */
  readonly scope: string;
  /** `file:line` of the code that built it. */
  readonly site: () => string;
}

let nextId = 1;
let currentScope = "";
let currentOrigin: Origin | undefined;

/** Build inside a named scope; scopes nest with dots and show in dumps and errors. */
export function scoped<T>(name: string, build: () => T): T {
  const outer = currentScope;
  currentScope = outer === "" ? name : `${outer}.${name}`;
  try {
    return build();
  } finally {
    currentScope = outer;
  }
}

/** Build on behalf of another node: new nodes keep its scope and its line. */
export function onBehalfOf<T>(origin: Origin, build: () => T): T {
  const outer = currentOrigin;
  currentOrigin = origin;
  try {
    return build();
  } finally {
    currentOrigin = outer;
  }
}

/** A graph input; parameters are inputs named by their Hugging Face state-dict name. */
export function input(name: string, dtype: DType, shape: Shape): Value {
  const canonical = Object.freeze(shape.map((dim) => addDims(dim)));
  return Object.freeze({ id: nextId++, name, dtype, shape: canonical });
}

const constantDtypes: Readonly<Record<string, DType>> = {
  Float32Array: "float32",
  Float64Array: "float64",
  Int32Array: "int32",
  BigInt64Array: "int64",
  Int8Array: "int8",
};

/**
 * A constant tensor.
 * @param dtype needed for `Uint8Array` (uint8 or bool) only
 * @throws ShapeError when the data does not fill the shape
 */
export function constant(data: ConstantData, shape: readonly number[], dtype?: DType): Value {
  const size = shape.reduce((product, dim) => product * dim, 1);
  if (size !== data.length) {
    throw new ShapeError("constant.size", "constant: data does not fill its shape", {
      expected: `${size} elements for ${formatShape(shape)}`,
      got: `${data.length} elements`,
      where: callSite()(),
    });
  }
  const resolved = dtype ?? constantDtypes[data.constructor.name] ?? "uint8";
  return Object.freeze({ id: nextId++, dtype: resolved, shape: Object.freeze([...shape]), data });
}

/** A scalar constant. */
export function scalar(value: number, dtype: DType = "float32"): Value {
  return constant(numericArray(dtype, [value]), [], dtype);
}

/** A one-dimensional int64 constant: axes, shapes, starts and ends. */
export function int64s(values: readonly number[]): Value {
  return constant(BigInt64Array.from(values, BigInt), [values.length]);
}

type Storage = (values: readonly number[]) => ConstantData;

const storages: Readonly<Partial<Record<DType, Storage>>> = {
  float32: (values) => Float32Array.from(values),
  float64: (values) => Float64Array.from(values),
  int32: (values) => Int32Array.from(values),
  int64: (values) => BigInt64Array.from(values, BigInt),
  int8: (values) => Int8Array.from(values),
  uint8: (values) => Uint8Array.from(values),
  bool: (values) => Uint8Array.from(values, (value) => Number(value !== 0)),
};

/**
 * Values as a typed array of the dtype.
 * @throws ShapeError `constant.dtype` for 16-bit floats, which have no array of their own
 */
export function numericArray(dtype: DType, values: readonly number[]): ConstantData {
  const storage = storages[dtype];
  if (storage !== undefined) return storage(values);
  throw new ShapeError("constant.dtype", `constant: ${dtype} numbers cannot be given`, {
    expected: Object.keys(storages).join(", "),
    got: dtype,
    where: callSite()(),
  });
}

/**
 * The integers of a constant (axes, shapes).
 * @throws GraphError when the value is not constant
 */
export function integersOf(value: Value | null | undefined): number[] {
  if (value?.data === undefined) {
    throw new GraphError("graph.constant", "internal: expected a constant integer tensor");
  }
  return Array.from(value.data as ArrayLike<number | bigint>, Number);
}

/** Where a node comes from: taken over when a pass rewrites it. */
export type Origin = Pick<Node, "scope" | "site">;

/** Attach a node to the graph; `signatures` come from shape inference. */
export function createNode(
  op: OperatorName,
  inputs: readonly (Value | null)[],
  attributes: Attributes,
  signatures: readonly Signature[],
): Node {
  const from = currentOrigin;
  const outputs: Value[] = [];
  const scope = from?.scope ?? currentScope;
  const site = from?.site ?? callSite();
  const node: Node = { op, inputs, attributes, outputs, scope, site };
  for (const { dtype, shape } of signatures) {
    outputs.push(Object.freeze({ id: nextId++, dtype, shape: Object.freeze([...shape]), node }));
  }
  Object.freeze(outputs);
  return Object.freeze(node);
}

/** First stack frame outside this folder: the line the reader wrote. Formatted only when asked. */
export function callSite(): () => string {
  const holder: { stack?: string } = {};
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = debugLevel() > 0 ? 32 : 12;
  Error.captureStackTrace(holder, callSite);
  Error.stackTraceLimit = limit;
  return () => firstFrameOutside(holder.stack ?? "");
}

/** This folder, as frames show it: a URL in plain Node, a path under a test runner. */
const ownFolders = [
  new URL(".", import.meta.url).href,
  fileURLToPath(new URL(".", import.meta.url)),
];

function firstFrameOutside(stack: string): string {
  const frames = stack.split("\n").slice(1);
  const isOurs = (frame: string) =>
    ownFolders.some((folder) => frame.includes(folder)) && !frame.includes(".test.ts:");
  // such as `Array.map`: between our lines and the reader's
  const isNative = (frame: string) => frame.includes("(<anonymous>)") || frame.includes("(native)");
  const isReaders = (frame: string) => !isOurs(frame) && !isNative(frame);
  return locationOf(frames.find(isReaders) ?? frames[0] ?? "");
}

/** `src/nn/attention.ts:41` of `at attend (file:///…/src/nn/attention.ts:41:7)`. */
function locationOf(frame: string): string {
  const location = frame.match(/(?:\(|at )([^()]+:\d+):\d+\)?$/)?.[1] ?? frame.trim();
  return location.replace(/^file:\/\//, "").replace(/^.*[/\\](?=(?:src|dist|test)[/\\])/, "");
}

/** `float32[B, S, 256]`. */
export function formatSignature({ dtype, shape }: Signature): string {
  return `${dtype}${formatShape(shape)}`;
}

export type { Dim, DType };
