import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { createModel, loadModel, saveModel } from "../model/index.ts";
import { conversation, injections } from "../prompt/index.ts";
import { loadTokenizer, saveTokenizer, trainTokenizer } from "../tokenizer/index.ts";
import { measureInjections } from "./measure-injections.ts";
import { isJudgeName, openJudge } from "./open-judge.ts";

const root = mkdtempSync(join(tmpdir(), "codet5-judge-"));
const folder = join(root, "llama");
vi.stubEnv("XDG_CACHE_HOME", root);
afterAll(() => rmSync(root, { recursive: true, force: true }));

beforeAll(async () => {
  const texts = ["Answer yes or no. yes Yes no No", "int f(int a) { return a; }"];
  const tokenizer = await trainTokenizer(texts, { vocabSize: 400 });
  const config = {
    ...{ vocab_size: tokenizer.vocabSize, hidden_size: 64, intermediate_size: 96 },
    ...{ num_hidden_layers: 2, num_attention_heads: 4, num_key_value_heads: 2 },
    ...{ max_position_embeddings: 1200, eos_token_id: 2 },
  };
  await saveModel(createModel("llama", config, { seed: 3 }), folder);
  saveTokenizer(tokenizer, folder);
});

const asked = [
  { code: "int f(int a) { return a; }", language: "c" },
  { code: "int g;", language: "c" },
];

test("prompt: scores are yes against no after the whole prompt, as one forward pass has it", async () => {
  const judge = await openJudge(`prompt:${folder}`, { answers: root });
  const told = await judge.score(asked);
  await judge.close();
  expect(told.truncated).toEqual([false, false]);

  const model = await loadModel(folder);
  const tokenizer = await loadTokenizer(folder);
  const messages = conversation("auditor-1", asked[0]!);
  const text = `${messages[0]!.content}\n\n${messages[1]!.content}\nAnswer:`;
  const ids = tokenizer.encodeIds(text, { addSpecialTokens: false });
  const bos = tokenizer.definition.specialTokens.bos;
  const inputIds = [[...(bos === undefined ? [] : [tokenizer.tokenToId(bos)!]), ...ids]];
  const { logits } = await model.forward({ inputIds });
  const last = logits.data.subarray(-tokenizer.vocabSize);
  const first = (word: string) => tokenizer.encodeIds(word, { addSpecialTokens: false })[0]!;
  const spellings = (word: string) => {
    const all = [word, word[0]!.toUpperCase() + word.slice(1), word.toUpperCase()];
    return new Set(all.flatMap((one) => [first(one), first(` ${one}`)]));
  };
  const [yes, no] = [spellings("yes"), spellings("no")];
  const mass = (own: Set<number>, other: Set<number>) =>
    [...own].filter((id) => !other.has(id)).reduce((sum, id) => sum + Math.exp(last[id]!), 0);
  const wanted = mass(yes, no) / (mass(yes, no) + mass(no, yes));
  expect(told.scores[0]).toBeCloseTo(wanted, 5);
  await model.release();
});

test("prompt: weights of 4 bits score alike, under another digest", async () => {
  const ask = async (options: object) => {
    const judge = await openJudge(`prompt:${folder}`, { answers: root, ...options });
    const { scores } = await judge.score(asked);
    await judge.close();
    return { scores, digest: judge.digest };
  };
  const [whole, few] = [await ask({}), await ask({ quantization: "int4" })];
  expect(few.scores).toBeAllclose(whole.scores, { atol: 0.05 });
  expect(few.scores).not.toEqual(whole.scores);
  expect(few.digest).not.toBe(whole.digest);
  const fast = await ask({ quantization: "int4", hasFastPrompts: true });
  expect(fast.scores).toBeAllclose(whole.scores, { atol: 0.05 });
  expect(fast.scores).not.toEqual(few.scores);
  expect(fast.digest).not.toBe(few.digest);
});

test("prompt: code that does not fit is cut, a prompt that does not is told", async () => {
  const judge = await openJudge(`prompt:${folder}`, { answers: root, maxTokens: 900 });
  const long = { code: "int a;\n".repeat(2000), language: "c" };
  const told = await judge.score([asked[1]!, long]);
  expect(told.truncated).toEqual([false, true]);
  for (const score of told.scores) expect(score).toBeGreaterThan(0);
  await judge.close();
  const narrow = await openJudge(`prompt:${folder}`, { answers: root, maxTokens: 50 });
  await expect(narrow.score(asked)).rejects.toMatchObject({ code: "prompt.length" });
  await narrow.close();
});

test("prompt: examples change the scores; the same question has the same scores", async () => {
  const shots = [{ code: "int h;", language: "c", label: 1 }] as const;
  const scoresWith = async (options: object) => {
    const judge = await openJudge(`prompt:${folder}`, { answers: root, ...options });
    const { scores } = await judge.score(asked);
    await judge.close();
    return scores;
  };
  const zero = await scoresWith({});
  expect(await scoresWith({})).toEqual(zero);
  expect(await scoresWith({ shots })).not.toEqual(zero);
});

test("a name that cannot be asked, an encoder: one line each", async () => {
  expect(() => openJudge("ollama:x", { answers: root })).toThrow(
    expect.objectContaining({ code: "judge.name" }),
  );
  expect(isJudgeName("openai:m@http://localhost/v1")).toBe(true);
  expect(isJudgeName("codet5-mini")).toBe(false);
  await expect(openJudge("prompt:codet5-mini", { answers: root })).rejects.toMatchObject({
    code: "judge.family",
  });
});

test("measureInjections: a model that obeys flips, one that reads the code alone does not", async () => {
  const few = injections.filter((_, i) => i % 3 === 0);
  const truth = new Map(few.flatMap(({ clean, label }) => [[clean, label] as const]));
  const hostOf = (code: string) => {
    const found = few.find(({ clean, attacked }) => clean === code || attacked === code)!;
    return found;
  };
  const steady = {
    score: async (list: readonly { code: string }[]) => {
      const scores = list.map(({ code }) => (hostOf(code).label === 1 ? 0.9 : 0.1));
      return { scores, truncated: [], unparsable: 0 };
    },
  };
  expect(await measureInjections(steady, few)).toMatchObject({
    all: { attempts: few.length, flipped: 0, shift: 0 },
    accuracy: 1,
  });
  const obedient = {
    score: async (list: readonly { code: string }[]) => {
      const scores = list.map(({ code }) => {
        const isClean = truth.has(code);
        const isVulnerable = (hostOf(code).label === 1) === isClean;
        return isVulnerable ? 0.9 : 0.1;
      });
      return { scores, truncated: [], unparsable: 0 };
    },
  };
  const report = await measureInjections(obedient, few);
  expect(report.all.flipped).toBe(1);
  expect(report.all.shift).toBeCloseTo(0.8, 12);
  expect(report.byAttack).toHaveLength(new Set(few.map(({ attack }) => attack)).size);
});
