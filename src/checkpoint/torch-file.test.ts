import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CodeT5Error } from "../base/index.ts";
import { readCheckpoint } from "./checkpoint.ts";
import { readPickle } from "./pickle.ts";
import { readFloat32, readTensor } from "./stored-tensor.ts";
import {
  floats,
  pickled,
  pickledStateDict,
  pickledTensor,
  type TensorSketch,
  torchArchive,
  type ZipSketch,
  zipArchive,
} from "./torch-file.test-data.ts";
import { readTorchFile } from "./torch-file.ts";

const scratch = mkdtempSync(join(tmpdir(), "codet5-torch-"));
let count = 0;

function read(content: Uint8Array) {
  const path = join(scratch, `${count++}.bin`);
  writeFileSync(path, content);
  return readTorchFile(path);
}

function failureOf(content: Uint8Array): { code: string; text: string } {
  try {
    read(content);
  } catch (error) {
    if (!(error instanceof CodeT5Error)) throw error;
    return { code: error.code, text: `${error.message} ${JSON.stringify(error.details)}` };
  }
  throw new Error("nothing was refused");
}

const codeOf = (content: Uint8Array) => failureOf(content).code;
const dictOf = (tensors: Record<string, TensorSketch | Buffer>, ...storages: Uint8Array[]) =>
  torchArchive(pickledStateDict(tensors), Object.fromEntries(storages.entries()));

describe("torch file: what torch.save writes", () => {
  test("torch file: tensors of one storage each, with offsets and sizes of their own", () => {
    const tensors = read(
      dictOf(
        { a: { shape: [2, 2] }, b: { shape: [], start: 1, count: 3 } },
        floats(1, 2, 3, 4),
        floats(5, 6, 7),
      ),
    );
    expect([...tensors.keys()]).toEqual(["a", "b"]);
    expect(readTensor(tensors.get("a")!)).toEqual({
      shape: [2, 2],
      data: Float32Array.of(1, 2, 3, 4),
    });
    expect(readFloat32(tensors.get("b")!)).toEqual(Float32Array.of(6));
  });

  test("torch file: half and bfloat16 become float32, integers keep their type", () => {
    const tensors = read(
      dictOf(
        {
          h: { shape: [2], storage: "HalfStorage" },
          b: { shape: [1], storage: "BFloat16Storage" },
          n: { shape: [1], storage: "LongStorage" },
        },
        new Uint8Array(Uint16Array.of(0x3c00, 0xc000).buffer),
        new Uint8Array(Uint16Array.of(0x3fc0).buffer),
        new Uint8Array(8),
      ),
    );
    expect(readFloat32(tensors.get("h")!)).toEqual(Float32Array.of(1, -2));
    expect(readFloat32(tensors.get("b")!)).toEqual(Float32Array.of(1.5));
    expect(tensors.get("n")!.dtype).toBe("I64");
  });

  test("torch file: tied weights are one storage under several names", () => {
    const shared = { shape: [2], key: "0" };
    const tensors = read(
      dictOf({ "shared.weight": shared, "lm_head.weight": shared }, floats(1, 2)),
    );
    expect(readFloat32(tensors.get("lm_head.weight")!)).toEqual(Float32Array.of(1, 2));
  });

  test("torch file: parameters, memoised names and 64-bit archives are read", () => {
    const parameter = Buffer.concat([
      pickled.global("torch._utils", "_rebuild_parameter"),
      pickled.tuple(pickledTensor({ shape: [1] }), pickled.false, pickled.emptyDict),
      pickled.reduce,
    ]);
    const entries: ZipSketch[] = [
      { name: "m/data.pkl", data: pickledStateDict({ w: parameter }), isWide: true },
      { name: "m/data/0", data: floats(9), isWide: true },
    ];
    expect(readFloat32(read(zipArchive(entries, true)).get("w")!)).toEqual(Float32Array.of(9));
  });

  test("torch file: a folder with pytorch_model.bin, or its index and shards, is a checkpoint", () => {
    const folder = mkdtempSync(join(scratch, "shards-"));
    writeFileSync(join(folder, "pytorch_model.bin"), dictOf({ a: { shape: [1] } }, floats(1)));
    expect(readCheckpoint(folder).files).toEqual(["pytorch_model.bin"]);
    const sharded = mkdtempSync(join(scratch, "shards-"));
    const [one, two] = ["pytorch_model-00001-of-00002.bin", "pytorch_model-00002-of-00002.bin"];
    writeFileSync(join(sharded, one!), dictOf({ a: { shape: [1] } }, floats(1)));
    writeFileSync(join(sharded, two!), dictOf({ b: { shape: [1] } }, floats(2)));
    const index = join(sharded, "pytorch_model.bin.index.json");
    writeFileSync(index, JSON.stringify({ weight_map: { a: one, b: two } }));
    const { tensors, files } = readCheckpoint(sharded);
    expect(files).toEqual([one, two]);
    expect(readFloat32(tensors.get("b")!)).toEqual(Float32Array.of(2));
    for (const name of ["../x.bin", "/etc/x.bin", "x.safetensors", ".bin", "a\\b.bin"]) {
      writeFileSync(index, JSON.stringify({ weight_map: { a: name } }));
      expect(() => readCheckpoint(sharded)).toThrow(
        expect.objectContaining({ code: "shards.name" }),
      );
    }
  });
});

/** Pickles that would run something, each in one of the known ways. */
const { global, text, tuple, reduce, protocol, stop, emptyTuple, mark } = pickled;
const program = (...parts: readonly Buffer[]) =>
  torchArchive(Buffer.concat([protocol, ...parts, stop]));
const call = (module: string, name: string, ...args: readonly Buffer[]) =>
  Buffer.concat([global(module, name), tuple(...args), reduce]);
const opcode = (...values: number[]) => Buffer.from(values);

const attacks: readonly (readonly [string, Uint8Array, string])[] = [
  ["os.system", program(call("os", "system", text("touch /tmp/x"))), "pickle.global"],
  ["posix.system", program(call("posix", "system", text("id"))), "pickle.global"],
  ["builtins.eval", program(call("builtins", "eval", text("1"))), "pickle.global"],
  ["getattr of Python 2", program(call("__builtin__", "getattr", text("a"))), "pickle.global"],
  [
    "a call within a call",
    program(call("collections", "OrderedDict", call("builtins", "exec", text("1")))),
    "pickle.global",
  ],
  [
    "a name on the stack",
    program(text("subprocess"), text("Popen"), opcode(0x93), emptyTuple, reduce),
    "pickle.global",
  ],
  ["a dotted name", program(global("torch", "serialization.os.system")), "pickle.global"],
  ["INST", program(mark, text("id"), Buffer.from("ios\nsystem\n")), "pickle.opcode"],
  ["OBJ", program(mark, global("torch", "FloatStorage"), opcode(0x6f)), "pickle.opcode"],
  ["NEWOBJ", program(global("torch", "FloatStorage"), emptyTuple, opcode(0x81)), "pickle.opcode"],
  ["an extension code", program(opcode(0x82, 1)), "pickle.opcode"],
  ["a persistent id as text", program(Buffer.from("Pos.system\n")), "pickle.opcode"],
  [
    "a call of what may only be named",
    program(global("torch", "FloatStorage"), emptyTuple, reduce),
    "pickle.malformed",
  ],
  [
    "a call of a dictionary that looks like a name",
    program(pickled.emptyDict, emptyTuple, reduce),
    "pickle.malformed",
  ],
  [
    "state set on a tensor",
    dictOf(
      {
        a: Buffer.concat([pickledTensor({ shape: [] }), pickled.emptyDict, pickled.build]),
      },
      floats(1),
    ),
    "pickle.malformed",
  ],
];

describe("torch file: hostile pickles", () => {
  test.each(attacks)("torch file: %s is refused, nothing runs", (_, content, code) => {
    expect(codeOf(content)).toBe(code);
  });

  test("torch file: the refusal names what was asked for, in one clipped line", () => {
    const { text: said } = failureOf(program(global("os", `system${"x".repeat(5000)}`)));
    expect(said).toContain("os.system");
    expect(said.length).toBeLessThan(800);
  });

  test("torch file: values that contain themselves or double at each step end in one error", () => {
    const itself = Buffer.concat([
      pickled.emptyList,
      pickled.put(0),
      pickled.get(0),
      pickled.append,
    ]);
    expect(codeOf(program(itself))).toBe("torch.entry");
    const doubling = Array.from({ length: 100 }, () => Buffer.concat([opcode(0x32), opcode(0x86)]));
    expect(codeOf(program(pickled.emptyList, ...doubling))).toBe("torch.entry");
  });

  test("torch file: a pickle that asks for more than a model's values is stopped early", () => {
    expect(codeOf(program(Buffer.alloc(1_000_001, 0x7d)))).toBe("pickle.malformed");
    expect(codeOf(program(Buffer.alloc(1_000_001, 0x28)))).toBe("pickle.malformed");
    expect(codeOf(torchArchive(Buffer.alloc(17_000_000)))).toBe("torch.archive");
  });

  test("torch file: underflows, missing marks and unknown memory are malformed", () => {
    const broken = [opcode(0x30), opcode(0x75), opcode(0x68, 9), opcode(0x8d), opcode(0x80, 9)];
    for (const part of broken) expect(codeOf(program(part))).toBe("pickle.malformed");
  });
});

describe("torch file: tensors that do not fit", () => {
  const one = (tensor: TensorSketch, storage = floats(1, 2, 3, 4)) =>
    dictOf({ a: tensor }, storage);

  test.each([
    ["a storage shorter than told", one({ shape: [5] }), "torch.tensor"],
    ["a tensor past its storage", one({ shape: [4], start: 1, count: 4 }), "torch.tensor"],
    ["a shape of 2^60 elements", one({ shape: [2 ** 30, 2 ** 30], count: 4 }), "torch.tensor"],
    ["strides of 0", one({ shape: [1000, 4], strides: [0, 1], count: 4 }), "torch.tensor"],
    ["a transposed tensor", one({ shape: [2, 2], strides: [1, 2] }), "torch.tensor"],
    ["a storage that is not there", one({ shape: [4], key: "7" }), "torch.archive"],
    ["a key that leaves the archive", one({ shape: [4], key: "../../x" }), "torch.archive"],
    ["a storage class without numbers", one({ shape: [4], storage: "Storage" }), "pickle.global"],
    [
      "tensors that overlap",
      dictOf(
        { a: { shape: [3], count: 4, key: "0" }, b: { shape: [3], start: 1, count: 4, key: "0" } },
        floats(1, 2, 3, 4),
      ),
      "torch.overlap",
    ],
    [
      "one storage under a hundred names",
      dictOf(
        Object.fromEntries(
          Array.from({ length: 100 }, (_, i) => [`t${i}`, { shape: [4], key: "0" }]),
        ),
        floats(1, 2, 3, 4),
      ),
      "torch.overlap",
    ],
    [
      "a training checkpoint",
      dictOf({ model: Buffer.concat([pickled.emptyDict]), epoch: pickled.int(3) }),
      "torch.entry",
    ],
    [
      "a tensor alone",
      torchArchive(Buffer.concat([protocol, pickledTensor({ shape: [1] }), stop]), {
        0: floats(1),
      }),
      "torch.entry",
    ],
  ])("torch file: %s", (_, content, code) => {
    expect(codeOf(content)).toBe(code);
  });
});

describe("torch file: archives", () => {
  const pickle = { name: "a/data.pkl", data: pickledStateDict({ w: { shape: [1] } }) };
  const storage = { name: "a/data/0", data: floats(1) };
  const good = zipArchive([pickle, storage]);

  test.each([
    ["compressed entries", zipArchive([pickle, { ...storage, method: 8 }]), "zip.compressed"],
    [
      "a small entry that claims gigabytes",
      zipArchive([pickle, { ...storage, claimedBytes: 2 ** 31 }]),
      "zip.malformed",
    ],
    [
      "many entries over the same bytes",
      zipArchive([
        pickle,
        storage,
        ...Array.from({ length: 50 }, (_, i) => ({
          ...storage,
          name: `a/data/${i + 1}`,
          claimedStart: 0,
          claimedBytes: 300,
        })),
      ]),
      "zip.overlap",
    ],
    ["a name with ..", zipArchive([pickle, { ...storage, name: "a/../../x" }]), "zip.name"],
    ["an absolute name", zipArchive([pickle, { ...storage, name: "/etc/x" }]), "zip.name"],
    ["a name given twice", zipArchive([pickle, storage, storage]), "zip.name"],
    [
      "two pickles",
      zipArchive([pickle, { ...pickle, name: "b/data.pkl" }, storage]),
      "torch.archive",
    ],
    ["no pickle", zipArchive([storage]), "torch.archive"],
    [
      "big-endian numbers",
      zipArchive([pickle, storage, { name: "a/byteorder", data: Buffer.from("big") }]),
      "torch.archive",
    ],
    ["the archive cut in its data", good.subarray(0, 100), "zip.malformed"],
    ["the archive cut in its directory", good.subarray(0, good.length - 30), "zip.malformed"],
    ["the layout before PyTorch 1.6", opcode(0x80, 2, 0x8a, 10, 0x6c, 0xfc), "torch.legacy"],
    ["a tar file", Buffer.from("sys_info\0\0\0\0"), "torch.legacy"],
    ["an empty file", Buffer.alloc(0), "torch.legacy"],
  ])("torch file: %s", (_, content, code) => {
    expect(codeOf(content)).toBe(code);
  });

  test("torch file: the older layout is told in one clear line", () => {
    expect(failureOf(opcode(0x80, 2, 0x8a)).text).toMatch(/older layout.*save it again/);
  });

  test("torch file: any cut or changed byte ends in tensors or in one of our errors", () => {
    const change = fc.tuple(fc.nat(good.length - 1), fc.nat(255));
    const changes = fc.array(change, { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(changes, fc.nat(good.length), (edits, length) => {
        const content = Buffer.from(good);
        for (const [at, value] of edits) content[at] = value;
        for (const candidate of [content, content.subarray(0, length)]) {
          try {
            for (const tensor of read(candidate).values()) readTensor(tensor);
          } catch (error) {
            if (!(error instanceof CodeT5Error)) throw error;
          }
        }
      }),
      { numRuns: 300 },
    );
  });

  test("pickle: random programs end in plain data or in one of our errors", () => {
    const rules = { globals: new Map(), persistent: (id: unknown) => id, where: "test" };
    const opcodes = [
      ..."\x80\x2e(012N\x88\x89KMJ\x8aGX\x8cUT]lae)t\x85\x86\x87}dsuqr\x94hjcRbQ\x93",
    ];
    const byte = fc.oneof(fc.nat(255), fc.constantFrom(...opcodes.map((c) => c.charCodeAt(0))));
    fc.assert(
      fc.property(fc.array(byte, { maxLength: 60 }), (program) => {
        try {
          readPickle(Uint8Array.from(program), rules);
        } catch (error) {
          if (!(error instanceof CodeT5Error)) throw error;
        }
      }),
      { numRuns: 5000 },
    );
  });
});
