import fc from "fast-check";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { describe, expect, test } from "vitest";
import { CodeT5Error, DataError } from "../base/index.ts";
import {
  type Attribute,
  type DType,
  decodeModel,
  dtypeBytes,
  encodeModel,
  type NodeProto,
  type OnnxModel,
  type TensorProto,
} from "./index.ts";

const dtypes = Object.keys(dtypeBytes) as DType[];
const text = fc.oneof(fc.string({ unit: "grapheme", maxLength: 40 }), fc.constant("__proto__"));
const count = fc.nat({ max: 2 ** 40 });
const float32 = fc.float();
const int53 = fc.maxSafeInteger();

/** A record as our code makes them: with Object's prototype. */
const record = <T>(fields: { [K in keyof T]: fc.Arbitrary<T[K]> }) =>
  fc.record(fields, { noNullPrototype: true });

const inlineTensor: fc.Arbitrary<TensorProto> = fc
  .record({
    name: text,
    dtype: fc.constantFrom(...dtypes),
    shape: fc.array(fc.nat(4), { maxLength: 3 }),
    seed: fc.nat(255),
  })
  .map(({ name, dtype, shape, seed }) => {
    const size = shape.reduce((product, dim) => product * dim, dtypeBytes[dtype]);
    return { name, dtype, shape, raw: new Uint8Array(size).map((_, i) => (i * 37 + seed) & 255) };
  });

const externalTensor: fc.Arbitrary<TensorProto> = fc
  .tuple(inlineTensor, text.filter(Boolean), count)
  .map(([{ raw, ...tensor }, location, offset]) => {
    return {
      ...tensor,
      raw: new Uint8Array(0),
      external: { location, offset, length: raw.length },
    };
  });

const attribute: fc.Arbitrary<Attribute> = fc.oneof(
  record({ kind: fc.constant("int" as const), value: int53 }),
  record({ kind: fc.constant("float" as const), value: float32 }),
  record({ kind: fc.constant("string" as const), value: text }),
  record({ kind: fc.constant("ints" as const), value: fc.array(int53) }),
  record({ kind: fc.constant("floats" as const), value: fc.array(float32) }),
  record({ kind: fc.constant("tensor" as const), value: inlineTensor }),
);

const attributes = fc
  .uniqueArray(fc.tuple(text, attribute), { selector: ([name]) => name, maxLength: 4 })
  .map((pairs) => Object.fromEntries(pairs));

const node: fc.Arbitrary<NodeProto> = record({
  name: text,
  opType: text.filter(Boolean),
  domain: text,
  inputs: fc.array(text, { maxLength: 4 }),
  outputs: fc.array(text, { maxLength: 3 }),
  attributes,
});

const value = record({
  name: text,
  dtype: fc.constantFrom(...dtypes),
  shape: fc.array(fc.oneof(count, text), { maxLength: 4 }),
});

const arbitraryModel: fc.Arbitrary<OnnxModel> = fc.record(
  {
    irVersion: fc.integer({ min: 1, max: 20 }),
    producerName: text,
    producerVersion: text,
    opsets: fc.array(record({ domain: text, version: count }), { maxLength: 3 }),
    graphName: text,
    nodes: fc.array(node, { maxLength: 5 }),
    initializers: fc.array(fc.oneof(inlineTensor, externalTensor), { maxLength: 3 }),
    inputs: fc.array(value, { maxLength: 3 }),
    outputs: fc.array(value, { maxLength: 3 }),
    values: fc.array(value, { minLength: 1, maxLength: 3 }),
    metadata: fc
      .uniqueArray(fc.tuple(text, text), { selector: ([key]) => key, maxLength: 3 })
      .map((pairs) => Object.fromEntries(pairs)),
  },
  { requiredKeys: requiredKeys(), noNullPrototype: true },
) as fc.Arbitrary<OnnxModel>;

function requiredKeys() {
  return [
    ...(["irVersion", "producerName", "producerVersion", "opsets", "graphName", "nodes"] as const),
    ...(["initializers", "inputs", "outputs", "metadata"] as const),
  ];
}

const floats = (name: string, shape: number[], values: number[]): TensorProto => {
  return { name, dtype: "float32", shape, raw: new Uint8Array(Float32Array.from(values).buffer) };
};

const op = (
  opType: string,
  inputs: string[],
  outputs: string[],
  attributes: NodeProto["attributes"] = {},
  domain = "",
): NodeProto => ({ name: `${opType}_${outputs[0]}`, opType, domain, inputs, outputs, attributes });

/** Every kind of attribute, an omitted input, a contrib operator, named dimensions, constants. */
const sample: OnnxModel = {
  irVersion: 10,
  producerName: "codet5",
  producerVersion: "0.1.0",
  opsets: [
    { domain: "", version: 21 },
    { domain: "com.microsoft", version: 1 },
  ],
  graphName: "sample",
  inputs: [{ name: "x", dtype: "float32", shape: ["B", 3] }],
  initializers: [
    floats("w", [2, 3], [1, 2, 3, 4, 5, 6]),
    { name: "min", dtype: "float32", shape: [], raw: new Uint8Array(new Float32Array(1).buffer) },
  ],
  nodes: [
    op(
      "FusedMatMul",
      ["x", "w"],
      ["xw"],
      {
        transB: { kind: "int", value: 1 },
        alpha: { kind: "float", value: 0.5 },
      },
      "com.microsoft",
    ),
    op("Transpose", ["xw"], ["t"], { perm: { kind: "ints", value: [1, 0] } }),
    op("Constant", [], ["c"], { value: { kind: "tensor", value: floats("", [2, 1], [-10, 1]) } }),
    op("Constant", [], ["scale"], { value_floats: { kind: "floats", value: [2] } }),
    op("Add", ["t", "c"], ["u"]),
    op("Clip", ["u", "min", ""], ["v"]),
    op("Einsum", ["v", "scale"], ["y"], { equation: { kind: "string", value: "ij,k->ji" } }),
  ],
  outputs: [{ name: "y", dtype: "float32", shape: ["B", 2] }],
  metadata: { author: "tests" },
};

test("encodeModel: ONNX Runtime loads it, with its names, and computes the right values", async () => {
  const session = await InferenceSession.create(encodeModel(sample));
  expect(session.inputMetadata).toEqual([
    expect.objectContaining({ name: "x", type: "float32", shape: ["B", 3] }),
  ]);
  const x = new Tensor("float32", Float32Array.of(1, 1, 1, 2, 0, 4), [2, 3]);
  const { y } = await session.run({ x });
  // x w^T / 2 = [[3, 7.5], [7, 16]]; columns - 10 and + 1, clipped at 0, doubled
  expect(y!.dims).toEqual([2, 2]);
  expect(y!.data).toEqual(Float32Array.of(0, 17, 0, 34));
});

test("decodeModel: gives back what encodeModel was given", () => {
  fc.assert(
    fc.property(arbitraryModel, (model) => {
      expect(decodeModel(encodeModel(model))).toStrictEqual(model);
    }),
    { numRuns: 300 },
  );
});

test("decodeModel: constants of any size survive, as plain Uint8Array views", () => {
  const raw = new Uint8Array(10_000).map((_, i) => i);
  const large: TensorProto = { name: "large", dtype: "uint8", shape: [10_000], raw };
  const model = { ...sample, initializers: [large, floats("a", [1], [1]), large] };
  const bytes = Buffer.from(encodeModel(model));
  const decoded = decodeModel(bytes);
  expect(decoded).toStrictEqual(model);
  expect(decoded.initializers[0]!.raw.buffer).toBe(bytes.buffer);
});

test("encodeModel: a constant of another size than its shape, and numbers beyond the format, are refused", () => {
  const short = { ...sample, initializers: [{ ...floats("w", [3], [1, 2]) }] };
  expect(() => encodeModel(short)).toThrow(expect.objectContaining({ code: "onnx.tensor" }));
  const withAlpha = (value: number, kind: "int" | "float") => () =>
    encodeModel({ ...sample, nodes: [op("Op", [], [], { alpha: { kind, value } })] });
  for (const number of [0.5, 2 ** 53, Number.NaN]) {
    expect(withAlpha(number, "int")).toThrow(expect.objectContaining({ code: "onnx.value" }));
  }
  expect(withAlpha(1e300, "float")).toThrow(expect.objectContaining({ code: "onnx.value" }));
});

/** A protobuf field: number, wire type, then a varint, or a length and bytes. */
function field(number: number, wire: number, payload: number | readonly number[]): number[] {
  const tag = varint((number << 3) | wire);
  if (typeof payload === "number") return [...tag, ...varint(payload)];
  return wire === 2 ? [...tag, ...varint(payload.length), ...payload] : [...tag, ...payload];
}

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) | 128, ...varint(Math.floor(value / 128))];
}

const ascii = (chars: string) => [...Buffer.from(chars)];
const modelOf = (...graph: number[][]) =>
  Uint8Array.from([...field(1, 0, 10), ...field(7, 2, graph.flat())]);
const initializer = (...fields: number[][]) => modelOf(field(5, 2, fields.flat()));
const floatBytes = (...values: number[]) => [...new Uint8Array(Float32Array.from(values).buffer)];

describe("decodeModel: typed forms of constants become raw bytes", () => {
  const minusOne = [255, 255, 255, 255, 255, 255, 255, 255, 255, 1];
  const cases: Record<string, [code: number, fields: number[][], raw: ArrayBufferView]> = {
    "float_data, packed": [1, [field(4, 2, floatBytes(1.5, -2))], Float32Array.of(1.5, -2)],
    "float_data, one by one": [
      1,
      [field(4, 5, floatBytes(1.5)), field(4, 5, floatBytes(-2))],
      Float32Array.of(1.5, -2),
    ],
    int64_data: [
      7,
      [field(7, 2, [...minusOne, ...varint(2 ** 40)])],
      BigInt64Array.of(-1n, 2n ** 40n),
    ],
    "int64_data, one by one": [7, [field(7, 0, 5), field(7, 0, 300)], BigInt64Array.of(5n, 300n)],
    "int32_data of int32": [6, [field(5, 2, [...minusOne, 7])], Int32Array.of(-1, 7)],
    "int32_data of int8": [3, [field(5, 2, [...minusOne, 7])], Int8Array.of(-1, 7)],
    "int32_data of bool": [9, [field(5, 2, [1, 0])], Uint8Array.of(1, 0)],
    "int32_data of float16": [10, [field(5, 2, [...varint(0xbc00), 0])], Uint16Array.of(0xbc00, 0)],
    double_data: [
      11,
      [field(10, 2, [...new Uint8Array(Float64Array.of(0.1, 2).buffer)])],
      Float64Array.of(0.1, 2),
    ],
  };
  test.each(Object.entries(cases))("%s", (_, [code, fields, { buffer }]) => {
    const bytes = initializer(field(1, 2, [2]), field(2, 0, code), ...fields);
    expect(decodeModel(bytes).initializers[0]!.raw).toEqual(new Uint8Array(buffer));
  });
});

test("decodeModel: fields it does not know are skipped, dimensions may be unknown", () => {
  const unknown = [
    field(99, 0, 5),
    field(98, 2, [1, 2]),
    field(97, 1, Array(8).fill(0)),
    field(96, 5, [0, 0, 0, 0]),
  ];
  const shape = field(2, 2, [...field(1, 2, []), ...field(1, 2, field(1, 0, 4))]);
  const type = field(2, 2, field(1, 2, [...field(1, 0, 1), ...shape]));
  const bytes = modelOf(field(11, 2, [...field(1, 2, ascii("x")), ...type]), ...unknown);
  expect(decodeModel(bytes).inputs).toEqual([{ name: "x", dtype: "float32", shape: ["", 4] }]);
});

const group = (depth: number) => [...Array(depth).fill(0x9b), 0x06, ...Array(depth).fill(0x9c)];
const scalarOf = (code: number) => initializer(field(2, 0, code), field(9, 2, [0]));
const attributeOf = (...fields: number[][]) =>
  modelOf(
    field(1, 2, [
      ...field(4, 2, ascii("Op")),
      ...field(5, 2, [...field(1, 2, ascii("a")), ...fields.flat()]),
    ]),
  );
const twice = (...fields: number[]) => [...fields, ...fields];

const broken: Record<string, [code: string, bytes: Uint8Array]> = {
  "no bytes": ["onnx.malformed", new Uint8Array(0)],
  text: ["onnx.malformed", new TextEncoder().encode("version https://git-lfs.github.com/spec/v1")],
  "no graph": ["onnx.malformed", Uint8Array.from(field(1, 0, 10))],
  "two graphs": ["onnx.malformed", Uint8Array.from([...modelOf(), ...field(7, 2, [])])],
  "a length past the end": ["onnx.malformed", Uint8Array.from([...field(1, 0, 10), 0x3a, 100, 1])],
  "a length of 4 GB": ["onnx.malformed", Uint8Array.from([0x3a, 255, 255, 255, 255, 15])],
  "a length that does not end": ["onnx.malformed", Uint8Array.from([0x3a, ...Array(20).fill(255)])],
  "a text past its message": [
    "onnx.malformed",
    Uint8Array.from([...field(1, 0, 10), 0x3a, 2, 0x12, 2, 65, 65]),
  ],
  "a wrong wire type": ["onnx.malformed", modelOf(field(1, 0, 5))],
  "a text that is not UTF-8": ["onnx.malformed", modelOf(field(2, 2, [0xff]))],
  "an integer of 64 bits": [
    "onnx.malformed",
    Uint8Array.from([8, 255, 255, 255, 255, 255, 255, 255, 255, 127]),
  ],
  "groups nested 1,000 deep": ["onnx.malformed", Uint8Array.from(group(1000))],
  "a node without operator": ["onnx.malformed", modelOf(field(1, 2, []))],
  "an attribute twice": [
    "onnx.malformed",
    modelOf(
      field(1, 2, [
        ...field(4, 2, ascii("Op")),
        ...twice(...field(5, 2, [...field(3, 0, 1), ...field(20, 0, 2)])),
      ]),
    ),
  ],
  "an attribute that is a graph": ["onnx.unsupported", attributeOf(field(20, 0, 5))],
  "an attribute without type": ["onnx.unsupported", attributeOf(field(3, 0, 5))],
  "a tensor attribute without tensor": ["onnx.unsupported", attributeOf(field(20, 0, 4))],
  functions: ["onnx.unsupported", Uint8Array.from([...modelOf(), ...field(25, 2, [])])],
  "sparse tensors": ["onnx.unsupported", modelOf(field(15, 2, []))],
  strings: ["onnx.unsupported", scalarOf(8)],
  "a type that does not exist": ["onnx.unsupported", scalarOf(99)],
  "an output of unknown rank": ["onnx.unsupported", modelOf(field(12, 2, field(1, 2, ascii("y"))))],
  "raw data too short": ["onnx.tensor", scalarOf(1)],
  "a shape of 2^62 elements": [
    "onnx.tensor",
    initializer(field(1, 2, [...varint(2 ** 31), ...varint(2 ** 31)]), field(2, 0, 1)),
  ],
  "a negative size": [
    "onnx.tensor",
    initializer(field(1, 2, [255, 255, 255, 255, 255, 255, 255, 255, 255, 1]), field(2, 0, 1)),
  ],
  "a shape of 2^40 with three values": [
    "onnx.tensor",
    initializer(field(1, 2, varint(2 ** 40)), field(2, 0, 1), field(4, 2, floatBytes(1, 2, 3))),
  ],
  "float_data of an int64": [
    "onnx.tensor",
    initializer(field(2, 0, 7), field(4, 2, floatBytes(1))),
  ],
  "a broken number in int64_data": [
    "onnx.malformed",
    initializer(field(2, 0, 7), field(7, 2, [...Array(11).fill(255), 0])),
  ],
  "external data without location": ["onnx.external", initializer(field(2, 0, 1), field(14, 0, 1))],
};

test.each(Object.entries(broken))("decodeModel: %s is refused", (_, [code, bytes]) => {
  let caught: unknown;
  try {
    decodeModel(bytes, "a.onnx");
  } catch (error) {
    caught = error;
  }
  expect(caught).toBeInstanceOf(DataError);
  expect((caught as DataError).code).toBe(code);
  expect((caught as DataError).details.where).toContain("a.onnx");
});

test("decodeModel: millions of empty nodes do not become millions of objects", () => {
  const bytes = new Uint8Array(3_000_000).fill(0);
  for (let i = 0; i < bytes.length; i += 2) bytes[i] = 0x0a;
  const head = [...field(1, 0, 10), 0x3a, ...varint(bytes.length)];
  expect(() => decodeModel(Buffer.concat([Uint8Array.from(head), bytes]))).toThrow(
    expect.objectContaining({ code: "onnx.malformed" }),
  );
});

test("decodeModel: damaged bytes are read or refused with one of our errors, never a crash", () => {
  const whole = encodeModel(sample);
  const edit = fc.record({ at: fc.nat(whole.length - 1), byte: fc.nat(255) });
  fc.assert(
    fc.property(
      fc.array(edit, { minLength: 1, maxLength: 4 }),
      fc.nat(whole.length),
      (edits, cut) => {
        const bytes = whole.slice();
        for (const { at, byte } of edits) bytes[at] = byte;
        for (const variant of [bytes, bytes.subarray(0, cut), bytes.subarray(cut)]) {
          try {
            decodeModel(variant);
          } catch (error) {
            expect(error).toBeInstanceOf(CodeT5Error);
          }
        }
      },
    ),
    { numRuns: 2000 },
  );
});

test("decodeModel: noise is refused with one of our errors", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      expect(() => decodeModel(bytes)).toThrow(CodeT5Error);
    }),
    { numRuns: 1000 },
  );
});

test("encodeModel: 3,000 nodes take milliseconds", () => {
  const nodes = Array.from({ length: 3000 }, (_, i) =>
    op("MatMul", [`encoder.block.0.layer.0.${i}`, `value_${i}`], [`value_${i + 1}`], {
      perm: { kind: "ints", value: [0, 2, 1, 3] },
    }),
  );
  const model = { ...sample, nodes };
  const times = Array.from({ length: 10 }, () => {
    const start = performance.now();
    encodeModel(model);
    return performance.now() - start;
  });
  expect(Math.min(...times)).toBeLessThan(50);
});
