import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { afterEach, beforeEach, expect, test } from "vitest";
import { DataError } from "../base/index.ts";
import {
  encodeModel,
  loadExternalData,
  type OnnxModel,
  readExternalData,
  readModel,
  type TensorProto,
  writeModel,
} from "./index.ts";

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "codet5-onnx-"));
  path = join(folder, "model.onnx");
});
afterEach(() => rmSync(folder, { recursive: true }));

const floats = (name: string, shape: number[], value: number): TensorProto => {
  const data = new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(value);
  return { name, dtype: "float32", shape, raw: new Uint8Array(data.buffer) };
};

const node = (opType: string, inputs: string[], output: string) => {
  return { name: output, opType, domain: "", inputs, outputs: [output], attributes: {} };
};

/** y = (x w + b) with the shape of x's first dimension alone, through a small constant shape. */
const modelWith = (weight: number): OnnxModel => ({
  irVersion: 10,
  producerName: "codet5",
  producerVersion: "",
  opsets: [{ domain: "", version: 21 }],
  graphName: "linear",
  inputs: [{ name: "x", dtype: "float32", shape: ["B", 30] }],
  initializers: [
    floats("w", [30, 50], weight),
    { name: "flat", dtype: "int64", shape: [1], raw: new Uint8Array(BigInt64Array.of(-1n).buffer) },
    floats("b", [50], 0.5),
    floats("w2", [50, 20], 2),
  ],
  nodes: [
    node("MatMul", ["x", "w"], "xw"),
    node("Add", ["xw", "b"], "h"),
    node("MatMul", ["h", "w2"], "hw"),
    node("Reshape", ["hw", "flat"], "y"),
  ],
  outputs: [{ name: "y", dtype: "float32", shape: ["N"] }],
  metadata: {},
});

async function run(file: string): Promise<Float32Array> {
  const session = await InferenceSession.create(file);
  const x = new Tensor("float32", new Float32Array(30).fill(1), [1, 30]);
  const { y } = await session.run({ x });
  return y!.data as Float32Array;
}

function errorOf(action: () => unknown): DataError {
  try {
    action();
  } catch (error) {
    expect(error).toBeInstanceOf(DataError);
    return error as DataError;
  }
  throw new Error("no error");
}

test("writeModel: without a threshold it is the one file that encodeModel tells", async () => {
  writeModel(path, modelWith(1));
  expect(readdirSync(folder)).toEqual(["model.onnx"]);
  expect(readFileSync(path).equals(encodeModel(modelWith(1)))).toBe(true);
  expect(readModel(path)).toStrictEqual(modelWith(1));
  expect(await run(path)).toEqual(new Float32Array(20).fill(3050));
});

test("writeModel: large constants go beside, at page boundaries, and ONNX Runtime finds them", async () => {
  writeModel(path, modelWith(1), { externalDataThresholdBytes: 200 });
  expect(readdirSync(folder)).toEqual(["model.onnx", "model.onnx_data"]);
  const lazy = readModel(path);
  const location = "model.onnx_data";
  expect(lazy.initializers.map(({ external }) => external)).toEqual([
    { location, offset: 0, length: 6000 },
    undefined,
    { location, offset: 8192, length: 200 },
    { location, offset: 12288, length: 4000 },
  ]);
  expect(readFileSync(join(folder, location)).length).toBe(16288);
  expect(readExternalData(path, lazy.initializers[2]!)).toEqual(modelWith(1).initializers[2]!.raw);
  expect(loadExternalData(path, lazy)).toStrictEqual(modelWith(1));
  expect(await run(path)).toEqual(new Float32Array(20).fill(3050));
});

test("writeModel: a model past the limit moves its constants out by itself, small ones stay", async () => {
  writeModel(path, modelWith(1), { maxModelBytes: 2000 });
  const lazy = readModel(path);
  expect(lazy.initializers.map(({ external }) => external !== undefined)).toEqual([
    true,
    false,
    false,
    true,
  ]);
  expect(await run(path)).toEqual(new Float32Array(20).fill(3050));
  expect(errorOf(() => writeModel(path, modelWith(1), { maxModelBytes: 100 })).code).toBe(
    "onnx.tooLarge",
  );
});

test("writeModel: a new model never touches the data of the one it replaces until it stands", async () => {
  const options = { externalDataThresholdBytes: 200 };
  writeModel(path, modelWith(1), options);
  writeModel(path, modelWith(2), options);
  expect(readdirSync(folder)).toEqual(["model.onnx", "model.onnx_data-1"]);
  expect(await run(path)).toEqual(new Float32Array(20).fill(6050));
  writeModel(path, modelWith(3), options);
  expect(readdirSync(folder)).toEqual(["model.onnx", "model.onnx_data"]);
  writeModel(path, modelWith(4));
  expect(readdirSync(folder)).toEqual(["model.onnx"]);
});

test("writeModel: a data file that the old model does not refer to stays", () => {
  writeFileSync(join(folder, "model.onnx_data"), "precious");
  writeFileSync(path, "not a model");
  writeModel(path, modelWith(1), { externalDataThresholdBytes: 200 });
  expect(readdirSync(folder)).toEqual(["model.onnx", "model.onnx_data", "model.onnx_data-1"]);
});

test("writeModel: external data that was not loaded is refused", () => {
  writeModel(path, modelWith(1), { externalDataThresholdBytes: 200 });
  const lazy = readModel(path);
  expect(errorOf(() => writeModel(join(folder, "b.onnx"), lazy)).details.help).toContain(
    "loadExternalData",
  );
});

/** A model file whose first constant claims these external bytes. */
function writeClaim(location: string, offset = 0): void {
  const model = modelWith(1);
  const [first, ...rest] = model.initializers;
  const external = { location, offset, length: first!.raw.length };
  const claimed = { ...first!, raw: new Uint8Array(0), external };
  writeFileSync(path, encodeModel({ ...model, initializers: [claimed, ...rest] }));
}

test("readModel: locations outside the model's folder are refused, links included", () => {
  const secret = join(folder, "secret");
  writeFileSync(secret, new Uint8Array(6000));
  const inner = join(folder, "inner");
  mkdirSync(inner);
  path = join(inner, "model.onnx");
  symlinkSync(secret, join(inner, "link"));
  symlinkSync(folder, join(inner, "up"));
  for (const location of [
    secret,
    "../secret",
    "a/../../secret",
    "..\\secret",
    "link",
    "up/secret",
    "C:secret",
    "a\0",
    "/",
  ]) {
    writeClaim(location);
    const error = errorOf(() => readModel(path));
    expect([error.code, error.details.where]).toEqual(["onnx.external", `${path}, tensor "w"`]);
  }
});

test("readModel: data in a sub-folder or through a link inside the folder is read", () => {
  mkdirSync(join(folder, "data"));
  writeFileSync(join(folder, "data", "w"), new Uint8Array(6000).fill(7));
  symlinkSync(join(folder, "data", "w"), join(folder, "link"));
  for (const location of ["data/w", "link"]) {
    writeClaim(location);
    expect(readExternalData(path, readModel(path).initializers[0]!)).toEqual(
      new Uint8Array(6000).fill(7),
    );
  }
});

test("readModel: data that is missing, too short or not a file is refused", () => {
  writeClaim("none");
  expect(errorOf(() => readModel(path)).details.got).toContain("ENOENT");
  mkdirSync(join(folder, "sub"));
  writeClaim("sub");
  expect(errorOf(() => readModel(path)).details.expected).toContain("regular file");
  writeFileSync(join(folder, "data"), new Uint8Array(7000));
  writeClaim("data", 1000);
  const model = readModel(path);
  truncateSync(join(folder, "data"), 6999);
  expect(errorOf(() => readModel(path)).details.got).toBe("bytes 1000 to 7000 of 6999");
  expect(errorOf(() => readExternalData(path, model.initializers[0]!)).code).toBe("onnx.external");
  writeClaim("data", Number.MAX_SAFE_INTEGER - 6000);
  expect(errorOf(() => readModel(path)).code).toBe("onnx.external");
});

test("readModel: a missing file and a folder are one clear error", () => {
  expect(errorOf(() => readModel(join(folder, "none.onnx"))).code).toBe("file.missing");
  expect(errorOf(() => readModel(folder)).code).toBe("file.unreadable");
  expect(existsSync(path)).toBe(false);
});
