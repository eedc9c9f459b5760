import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { isLlamaCppInstalled } from "../../test/node-llama-cpp.ts";
import { exportModelGguf } from "../gguf/index.ts";
import { createModel, saveModel } from "../model/index.ts";
import { saveTokenizer, trainTokenizer } from "../tokenizer/index.ts";
import { openJudge } from "./open-judge.ts";

const root = mkdtempSync(join(tmpdir(), "codet5-gguf-judge-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

test("gguf: a file that is not there is one line", async () => {
  await expect(openJudge(`gguf:${root}/none.gguf`, { answers: root })).rejects.toMatchObject({
    code: "file.missing",
  });
});

describe.runIf(isLlamaCppInstalled)("with node-llama-cpp", () => {
  test("gguf: the scores of the same Llama in its folder, and long code is cut", async () => {
    const tokenizer = await trainTokenizer(["Answer yes or no. yes Yes no No int f(int a)"], {
      vocabSize: 340,
    });
    const config = {
      ...{ vocab_size: tokenizer.vocabSize, hidden_size: 32, intermediate_size: 64 },
      ...{ num_hidden_layers: 2, num_attention_heads: 4, num_key_value_heads: 2 },
      ...{ max_position_embeddings: 1300, eos_token_id: 2, initializer_range: 0.1 },
    };
    const model = createModel("llama", config, { seed: 3 });
    const folder = join(root, "llama");
    await saveModel(model, folder);
    saveTokenizer(tokenizer, folder);
    const path = join(root, "llama.gguf");
    exportModelGguf(model, tokenizer, path, { type: "f32", name: "llama" });
    const asked = [
      { code: "int f(int a) { return a; }", language: "c" },
      { code: "int g;\n".repeat(1000), language: "c" },
    ];
    const scoresOf = async (name: string) => {
      const judge = await openJudge(name, { answers: root, maxTokens: 1300, threads: 1 });
      const told = await judge.score(asked);
      await judge.close();
      return told;
    };
    const native = await scoresOf(`gguf:${root}/llama.gguf`);
    const own = await scoresOf(`prompt:${folder}`);
    expect(native.truncated).toEqual([false, true]);
    expect(native.scores[0]).toBeCloseTo(own.scores[0]!, 2);
  });
});
