/** @file Layout, views and refusals of the parameter store. */
import * as ort from "onnxruntime-node";
import { expect, test } from "vitest";
import { formatError } from "../base/index.ts";
import { createParameterStore, loadValues, regionOf } from "./parameter-store.ts";

const specs = [
  { name: "shared.weight", shape: [5, 7] },
  { name: "bias", shape: [3] },
  { name: "scalar", shape: [] },
];

test("parameter store: parameters start on cache lines and views share the flat memory", () => {
  const store = createParameterStore(specs);
  expect(store.size).toBe(35 + 3 + 1);
  expect(store.parameters.map(({ start, paddedSize }) => [start, paddedSize])).toEqual([
    [0, 48],
    [48, 16],
    [64, 16],
  ]);
  store.values.get("bias")!.data.set([1, 2, 3]);
  store.gradients.get("bias")!.data.set([4, 5, 6]);
  const [bank] = store.banks;
  expect([...regionOf(bank!, "values").subarray(47, 53)]).toEqual([0, 1, 2, 3, 0, 0]);
  expect([...regionOf(bank!, "gradients").subarray(47, 53)]).toEqual([0, 4, 5, 6, 0, 0]);
});

test("parameter store: what exceeds one memory goes to the next", () => {
  const store = createParameterStore(specs, 64);
  expect(store.banks.map(({ size }) => size)).toEqual([64, 16]);
  expect(store.parameters.map(({ bank }) => store.banks.indexOf(bank))).toEqual([0, 0, 1]);
});

test("parameter store: an empty store has no memory", () => {
  expect(createParameterStore([])).toMatchObject({ size: 0, banks: [] });
});

test.each([
  [[{ name: "a", shape: [2, 0] }], "[2, 0]"],
  [[{ name: "a", shape: [1.5] }], "[1.5]"],
  [[{ name: "a", shape: [1e9, 1e9] }], "1000000000"],
  [[specs[1]!, specs[1]!], "named twice"],
])("parameter store: bad parameters are refused (%j)", (bad, text) => {
  expect(() => createParameterStore(bad)).toThrow(text);
});

test("parameter store: loadValues names a missing or misshapen tensor", () => {
  const store = createParameterStore([{ name: "w", shape: [2, 3] }]);
  const load = (shape: number[], name = "w") => {
    const data = new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(1);
    return () => loadValues(store, new Map([[name, { shape, data }]]));
  };
  load([2, 3])();
  expect([...store.values.get("w")!.data]).toEqual([1, 1, 1, 1, 1, 1]);
  expect(messageOf(load([3, 2]))).toContain("expected: [2, 3]; got: [3, 2]");
  expect(messageOf(load([2, 3], "v"))).toContain("missing; expected: a tensor [2, 3]; where: w");
});

test("parameter store: ONNX Runtime reads values and writes gradients without copies", async () => {
  const store = createParameterStore([{ name: "w", shape: [2, 3] }]);
  const [value, gradient] = [store.values.get("w")!.data, store.gradients.get("w")!.data];
  value.set([1, 2, 3, 4, 5, 6]);
  const session = await ort.InferenceSession.create(negationModel());
  const tensor = (data: Float32Array) => new ort.Tensor("float32", data, [2, 3]);
  await session.run({ X: tensor(value) }, { Y: tensor(gradient) });
  expect([...gradient]).toEqual([-1, -2, -3, -4, -5, -6]);
  await session.release();
});

function messageOf(run: () => void): string {
  try {
    run();
  } catch (error) {
    return formatError(error);
  }
  return "no error";
}

/** `Y = Neg(X)` with no declared shapes, as ONNX bytes (onnx.proto field numbers). */
function negationModel(): Uint8Array {
  const bytes = (id: number, content: readonly number[]) => [
    id * 8 + 2,
    content.length,
    ...content,
  ];
  const text = (id: number, value: string) => bytes(id, [...Buffer.from(value)]);
  const float32 = bytes(2, bytes(1, [8, 1]));
  const node = [...text(1, "X"), ...text(2, "Y"), ...text(4, "Neg")];
  const input = bytes(11, [...text(1, "X"), ...float32]);
  const output = bytes(12, [...text(1, "Y"), ...float32]);
  const graph = [...bytes(1, node), ...text(2, "negation"), ...input, ...output];
  return Uint8Array.from([8, 9, ...bytes(7, graph), ...bytes(8, [16, 17])]);
}
