import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { isLlamaCppInstalled } from "../../test/node-llama-cpp.ts";
import { CodeT5Error } from "../base/index.ts";
import { readGgufModel, requireAdapter } from "./check.ts";
import { readGgufHeader } from "./header.ts";
import { openGguf } from "./llama-cpp.ts";
import { type GgufMetadata, writeGguf } from "./write-gguf.ts";

const folder = mkdtempSync(join(tmpdir(), "codet5-gguf-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function write(name: string, bytes: Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

/** The bytes of a file with float32 tensors of these shapes. */
function ggufBytes(metadata: GgufMetadata, tensors: Record<string, readonly number[]> = {}) {
  const path = join(folder, "written.gguf");
  const stored = Object.entries(tensors).map(([name, shape]) => {
    const data = new Float32Array(shape.reduce((product, size) => product * size, 1));
    return [name, { shape, type: "f32", data }] as const;
  });
  writeGguf(path, metadata, new Map(stored));
  return readFileSync(path);
}

const refused = (code: string, details: object = {}) =>
  expect.objectContaining({ code, details: expect.objectContaining(details) });

const matrix = [3, 4];
const llama = {
  "general.architecture": "llama",
  "llama.context_length": 64,
  "tokenizer.chat_template": "{{ bos_token }}",
  "general.quantized": true,
  "llama.rope.freq_base": { f32: 0.5 },
  "tokenizer.ggml.tokens": ["a", "b"],
  "tokenizer.ggml.token_type": Int32Array.of(1, -1),
};
const whole = ggufBytes(llama, { "blk.0.attn_q.weight": matrix });

test("readGgufHeader: scalars, the lengths of lists, tensors in ggml's order", () => {
  const { metadata, tensors } = readGgufHeader(write("whole.gguf", whole));
  expect([...metadata.values()]).toEqual(["llama", 64, "{{ bos_token }}", true, 0.5, 2, 2]);
  const name = "blk.0.attn_q.weight";
  expect([...tensors.values()]).toEqual([{ name, shape: [4, 3], type: 0 }]);
});

test("readGgufModel: architecture, context, template", () => {
  expect(readGgufModel(write("whole.gguf", whole))).toMatchObject({
    architecture: "llama",
    contextLength: 64,
    chatTemplate: "{{ bos_token }}",
  });
});

test("a file cut anywhere is told to be cut short", () => {
  for (let length = 4; length < whole.length; length += 17) {
    const path = write("cut.gguf", whole.subarray(0, length));
    expect(() => readGgufModel(path)).toThrow(refused("gguf.truncated", { where: path }));
  }
});

test("damage anywhere is refused in one line or read, and never more than that", () => {
  fc.assert(
    fc.property(fc.nat(whole.length - 1), fc.nat(255), (at, value) => {
      const bytes = Buffer.from(whole);
      bytes[at] = value;
      try {
        readGgufModel(write("damaged.gguf", bytes));
      } catch (error) {
        expect(error).toBeInstanceOf(CodeT5Error);
      }
    }),
    { numRuns: 60 },
  );
});

test("another format, another version, another architecture, an adapter: one line each", () => {
  const path = (bytes: Uint8Array) => write("other.gguf", bytes);
  expect(() => readGgufModel(path(Buffer.from("PK..............")))).toThrow(
    refused("gguf.format"),
  );
  const old = Buffer.from(whole);
  old[4] = 1;
  expect(() => readGgufModel(path(old))).toThrow(refused("gguf.format", { got: "1" }));
  const bert = ggufBytes({ "general.architecture": "bert" });
  expect(() => readGgufModel(path(bert))).toThrow(refused("gguf.architecture", { got: "bert" }));
  const adapter = ggufBytes({ "general.architecture": "llama", "general.type": "adapter" });
  expect(() => readGgufModel(path(adapter))).toThrow(
    refused("gguf.architecture", { got: "adapter of llama" }),
  );
  expect(() => readGgufModel(join(folder, "none.gguf"))).toThrow(refused("file.missing"));
});

test("an adapter of another base, or of other widths, is refused", () => {
  const model = readGgufModel(write("whole.gguf", whole));
  const adapter = (tensors: Record<string, readonly number[]>, architecture = "llama") =>
    write(
      "adapter.gguf",
      ggufBytes({ "general.architecture": architecture, "general.type": "adapter" }, tensors),
    );
  const part = (width: number, rows: number) => [rows, width];
  const at = "blk.0.attn_q.weight";
  const good = { [`${at}.lora_a`]: part(4, 2), [`${at}.lora_b`]: part(2, 3) };
  expect(() => requireAdapter(adapter(good), model)).not.toThrow();
  for (const bad of [
    { [`${at}.lora_a`]: part(5, 2) },
    { [`${at}.lora_b`]: part(2, 4) },
    { "blk.9.attn_q.weight.lora_a": part(4, 2) },
  ]) {
    expect(() => requireAdapter(adapter(bad), model)).toThrow(refused("gguf.adapter"));
  }
  expect(() => requireAdapter(adapter(good, "gpt2"), model)).toThrow(refused("gguf.adapter"));
});

test("a context longer than the model's is refused before anything is loaded", async () => {
  const path = write("whole.gguf", whole);
  await expect(openGguf(path, { contextSize: 65 })).rejects.toMatchObject({
    code: "gguf.context",
    details: { expected: "at most 64 tokens", got: "65" },
  });
});

describe.runIf(!isLlamaCppInstalled)("without node-llama-cpp", () => {
  test("what to install is told in one line", async () => {
    const path = write("whole.gguf", whole);
    await expect(openGguf(path, { contextSize: 64 })).rejects.toMatchObject({
      code: "gguf.missing",
      details: { help: expect.stringContaining("npm install node-llama-cpp@3.22.1") },
    });
  });
});
