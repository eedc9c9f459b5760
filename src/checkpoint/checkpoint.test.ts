import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { DataError } from "../base/index.ts";
import {
  readCheckpoint,
  readFloat32,
  readRaw,
  sha256OfFile,
  verifyChecksums,
  type WritableTensor,
  writeCheckpoint,
  writeChecksums,
} from "./index.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "codet5-checkpoint-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const tensors = new Map<string, WritableTensor>(
  ["shared.weight", "encoder.w", "decoder.w"].map((name, i) => {
    return [name, { shape: [2, 2], data: new Float32Array(4).fill(i + 1) }];
  }),
);

function codeOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    expect(error).toBeInstanceOf(DataError);
    return (error as DataError).code;
  }
  return "no error";
}

const shard = (i: number) => `model-0000${i}-of-00002.safetensors`;
const indexPath = () => join(folder, "model.safetensors.index.json");

function editIndex(edit: (weightMap: Record<string, unknown>) => void): void {
  const index = JSON.parse(readFileSync(indexPath(), "utf8"));
  edit(index.weight_map);
  writeFileSync(indexPath(), JSON.stringify(index));
}

test("writeCheckpoint: what fits is one file, for transformers to read", () => {
  const hashes = writeCheckpoint(folder, tensors);
  expect(readdirSync(folder)).toEqual(["model.safetensors"]);
  expect(hashes).toEqual({ "model.safetensors": sha256OfFile(join(folder, "model.safetensors")) });
  const read = readCheckpoint(folder);
  expect(read.files).toEqual(["model.safetensors"]);
  expect(read.metadata).toEqual({ format: "pt" });
  expect([...read.tensors.keys()]).toEqual([...tensors.keys()]);
});

test("writeCheckpoint: more than maxShardBytes is shards and an index", () => {
  writeCheckpoint(folder, tensors, { maxShardBytes: 32 });
  expect(readdirSync(folder).sort()).toEqual([shard(1), shard(2), "model.safetensors.index.json"]);
  expect(JSON.parse(readFileSync(indexPath(), "utf8"))).toEqual({
    metadata: { total_size: 48 },
    weight_map: { "decoder.w": shard(2), "encoder.w": shard(1), "shared.weight": shard(1) },
  });
  const read = readCheckpoint(folder);
  expect(read.files).toEqual([shard(1), shard(2)]);
  for (const [name, { data }] of tensors) {
    expect(readFloat32(read.tensors.get(name)!)).toEqual(data);
  }
});

test("writeCheckpoint: a tensor larger than a shard has one of its own", () => {
  const hashes = writeCheckpoint(folder, tensors, { maxShardBytes: 1 });
  expect(Object.keys(hashes)).toHaveLength(3);
  expect(readCheckpoint(folder).tensors.size).toBe(3);
});

test("writeCheckpoint: files of an earlier layout are removed, others stay", () => {
  writeFileSync(join(folder, "config.json"), "{}");
  writeCheckpoint(folder, tensors, { maxShardBytes: 1 });
  writeCheckpoint(folder, tensors, { maxShardBytes: 32 });
  writeCheckpoint(folder, tensors);
  expect(readdirSync(folder).sort()).toEqual(["config.json", "model.safetensors"]);
});

test("readCheckpoint: finds the whole folder while it is being replaced", () => {
  writeCheckpoint(folder, tensors);
  const successor = join(dirname(folder), `.${basename(folder)}.new`);
  renameSync(folder, successor);
  expect(readCheckpoint(folder).folder).toBe(successor);
  renameSync(successor, folder);
});

test("readCheckpoint: no folder, no weights and an empty file each say so", () => {
  expect(codeOf(() => readCheckpoint(join(folder, "none")))).toBe("checkpoint.missing");
  expect(codeOf(() => readCheckpoint(folder))).toBe("checkpoint.missing");
  writeFileSync(join(folder, "pytorch_model.bin"), "");
  expect(codeOf(() => readCheckpoint(folder))).toBe("torch.legacy");
});

test("readCheckpoint: a missing shard is named", () => {
  writeCheckpoint(folder, tensors, { maxShardBytes: 32 });
  rmSync(join(folder, shard(2)));
  expect(() => readCheckpoint(folder)).toThrow(`shard ${shard(2)} is missing`);
  expect(codeOf(() => readCheckpoint(folder))).toBe("shards.missing");
});

test("readCheckpoint: a tensor that is not in its shard, or in two, is refused", () => {
  writeCheckpoint(folder, tensors, { maxShardBytes: 32 });
  editIndex((map) => Object.assign(map, { absent: shard(1) }));
  expect(codeOf(() => readCheckpoint(folder))).toBe("shards.tensor");
  editIndex((map) => Object.assign(map, { absent: undefined, "encoder.w": shard(2) }));
  expect(codeOf(() => readCheckpoint(folder))).toBe("shards.tensor");
  editIndex((map) =>
    Object.assign(map, { "encoder.w": shard(1), "shared.weight": "b.safetensors" }),
  );
  renameSync(join(folder, shard(2)), join(folder, "b.safetensors"));
  writeFileSync(join(folder, shard(2)), readFileSync(join(folder, "b.safetensors")));
  expect(codeOf(() => readCheckpoint(folder))).toBe("shards.duplicate");
});

test.each([
  "../x.safetensors",
  "/x.safetensors",
  "a/x.safetensors",
  "..\\x.safetensors",
  "x.bin",
  7,
  null,
])("readCheckpoint: shard name %j is refused", (name) => {
  writeCheckpoint(folder, tensors, { maxShardBytes: 32 });
  editIndex((map) => Object.assign(map, { "encoder.w": name }));
  expect(codeOf(() => readCheckpoint(folder))).toBe("shards.name");
});

test.each(["[]", "null", "{}", '{"weight_map":[]}', '{"weight_map":{}}', '{"weight_map":1}'])(
  "readCheckpoint: index %s is refused",
  (text) => {
    writeFileSync(indexPath(), text);
    expect(codeOf(() => readCheckpoint(folder))).toBe("shards.index");
  },
);

test("readCheckpoint: an index that is not JSON, or enormous, is refused", () => {
  writeFileSync(indexPath(), '{"weight_map":');
  expect(codeOf(() => readCheckpoint(folder))).toBe("json.syntax");
  writeFileSync(indexPath(), " ".repeat(32_000_001));
  expect(codeOf(() => readCheckpoint(folder))).toBe("file.tooLarge");
});

test("checksums: every file is listed; a changed, damaged or missing one is named", () => {
  mkdirSync(join(folder, "nested"));
  writeFileSync(join(folder, "nested", "vocab.json"), "{}");
  writeFileSync(join(folder, ".hidden"), "x");
  writeChecksums(folder, writeCheckpoint(folder, tensors));
  expect(verifyChecksums(folder)).toEqual(["model.safetensors", "nested/vocab.json"]);
  expect(readCheckpoint(folder, { verify: true }).tensors.size).toBe(3);

  const path = join(folder, "model.safetensors");
  const bytes = readFileSync(path);
  bytes[bytes.length - 1]! ^= 1;
  writeFileSync(path, bytes);
  expect(() => readCheckpoint(folder, { verify: true })).toThrow("model.safetensors is damaged");
  expect(readCheckpoint(folder).tensors.size).toBe(3);
  rmSync(path);
  expect(codeOf(() => verifyChecksums(folder))).toBe("file.missing");
});

test.each([
  "[]",
  "null",
  '{"algorithm":"md5","files":{}}',
  '{"algorithm":"sha256","files":{"a":"12"}}',
  '{"algorithm":"sha256","files":{"a":5}}',
  `{"algorithm":"sha256","files":{"../a":"${"0".repeat(64)}"}}`,
  `{"algorithm":"sha256","files":{"/etc/passwd":"${"0".repeat(64)}"}}`,
])("verifyChecksums: %s is refused", (text) => {
  writeFileSync(join(folder, "checksums.json"), text);
  expect(codeOf(() => verifyChecksums(folder))).toBe("checksums.form");
});

const goldens = resolve(import.meta.dirname, "../../../shared/goldens/models");

describe.runIf(existsSync(goldens))("checkpoints made by transformers", () => {
  test.each(existsSync(goldens) ? readdirSync(goldens) : [])(
    "%s: read and written back equal",
    (name) => {
      const original = readCheckpoint(join(goldens, name));
      expect(original.tensors.size).toBeGreaterThan(10);
      const copies = [...original.tensors].map(([key, { dtype, shape, ...rest }]) => {
        return [key, { dtype, shape, data: readRaw({ dtype, shape, ...rest }) }] as const;
      });
      writeCheckpoint(folder, copies, { metadata: original.metadata, maxShardBytes: 100_000 });
      const copied = readCheckpoint(folder);
      expect(copied.files.length).toBeGreaterThan(1);
      for (const [key, tensor] of original.tensors) {
        expect(readFloat32(copied.tensors.get(key)!)).toEqual(readFloat32(tensor));
      }
    },
  );
});
