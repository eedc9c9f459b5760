import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { CodeT5Error } from "../base/index.ts";
import { createModel } from "../model/index.ts";
import { trainTokenizer } from "../tokenizer/index.ts";
import { readGgufModel, requireAdapter } from "./check.ts";
import { readGgufHeader } from "./header.ts";
import { openGguf } from "./llama-cpp.ts";
import { ggufBytes, writeLlamaGguf } from "./write-gguf.test-data.ts";

const folder = mkdtempSync(join(tmpdir(), "codet5-gguf-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function write(name: string, bytes: Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

const refused = (code: string, details: object = {}) =>
  expect.objectContaining({ code, details: expect.objectContaining(details) });

const matrix = { shape: [4, 3], data: new Float32Array(12) };
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
  const adapter = (tensors: Record<string, typeof matrix>, architecture = "llama") =>
    write(
      "adapter.gguf",
      ggufBytes({ "general.architecture": architecture, "general.type": "adapter" }, tensors),
    );
  const part = (a: number, b: number) => ({ shape: [a, b], data: new Float32Array(a * b) });
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

const isInstalled = (() => {
  try {
    createRequire(import.meta.url).resolve("node-llama-cpp/package.json");
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ERR_PACKAGE_PATH_NOT_EXPORTED";
  }
})();

describe.runIf(!isInstalled)("without node-llama-cpp", () => {
  test("what to install is told in one line", async () => {
    const path = write("whole.gguf", whole);
    await expect(openGguf(path, { contextSize: 64 })).rejects.toMatchObject({
      code: "gguf.missing",
      details: { help: expect.stringContaining("npm install node-llama-cpp@3.22.1") },
    });
  });
});

describe.runIf(isInstalled)("with node-llama-cpp", () => {
  test("a random Llama: the same tokens and log-probabilities as ours in float32", async () => {
    const tokenizer = await trainTokenizer(["int f(int a) { return a; } yes no Yes No"], {
      vocabSize: 320,
    });
    const config = {
      ...{ vocab_size: tokenizer.vocabSize, hidden_size: 64, intermediate_size: 128 },
      ...{ num_hidden_layers: 2, num_attention_heads: 4, num_key_value_heads: 2 },
      ...{ max_position_embeddings: 128, eos_token_id: 2, initializer_range: 0.2 },
    };
    const model = createModel("llama", config, { seed: 5 });
    const path = join(folder, "llama.gguf");
    writeLlamaGguf(path, model, tokenizer);
    const text = "int f(int a) { return a;";
    const ids = tokenizer.encodeIds(text, { addSpecialTokens: false });
    const native = await openGguf(path, { contextSize: 128, threads: 2 });
    expect(native.tokenize(text, false)).toEqual(ids);

    const { logits } = await model.forward({ inputIds: [ids] });
    const last = logits.data.subarray(-tokenizer.vocabSize);
    const total = Math.log(last.reduce((sum, value) => sum + Math.exp(value), 0));
    const some = [10, 100, 200, 300];
    const { logOf } = await native.next(ids, some);
    const ours = some.map((id) => last[id]! - total);
    // llama.cpp keeps keys and values in 16 bits
    expect(some.map(logOf)).toBeAllclose(ours, { atol: 2e-2 });

    const wanted = await model.generate({ inputIds: [ids], maxNewTokens: 12, numBeams: 1 });
    const continued = wanted.sequences[0]!.slice(ids.length);
    const stop = continued.indexOf(2);
    const compared = stop < 0 ? continued : continued.slice(0, stop + 1);
    expect(await native.greedy(ids, compared.length)).toEqual(compared);
    await native.close();
    await model.release();
  });
});
