/** @file A folder in 4 bits: cached once, close to its floats, refused where it does not fit or is damaged. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  truncateSync,
  utimesSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { formatError } from "../base/index.ts";
import { createModel, loadModel, type Model, saveModel } from "./index.ts";
import { describeRequirements, requireRoom } from "./requirements.ts";

const folder = mkdtempSync(join(tmpdir(), "codet5-int4-"));
afterAll(() => rmSync(folder, { recursive: true }));

const config = {
  vocab_size: 199,
  hidden_size: 64,
  intermediate_size: 96,
  num_hidden_layers: 2,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  max_position_embeddings: 128,
  rms_norm_eps: 1e-5,
  rope_theta: 10_000,
  bos_token_id: 1,
  eos_token_id: 2,
};
const inputIds = [
  [5, 9, 17, 33, 8, 21, 100, 198],
  [40, 41],
];
const cache = join(folder, "cache");

/** Numbers as 4 bits keep them. */
function roundedToBlocks(data: Float32Array): void {
  for (let block = 0; block < data.length; block += 32) {
    const values = data.subarray(block, block + 32);
    const peak = values.reduce((most, x) => (Math.abs(x) > Math.abs(most) ? x : most), 0);
    const scale = Math.fround(peak / -8);
    values.forEach((x, i) => {
      const q = scale === 0 ? 0 : Math.round(x / scale);
      values[i] = Math.max(-8, Math.min(7, q)) * scale;
    });
  }
}

async function saved(name: string, model: Model): Promise<string> {
  const path = join(folder, name);
  mkdirSync(path);
  await saveModel(model, path);
  return path;
}

test.each([
  ["llama", "llama", {}],
  ["llama, tied", "llama", { tie_word_embeddings: true }],
  ["mistral, a window", "mistral", { sliding_window: 4 }],
] as const)(
  "%s: logits, losses and texts are those of rounded weights",
  async (name, type, more) => {
    const path = await saved(name, createModel(type, { ...config, ...more }, { seed: 3 }));
    const model = await loadModel(path, { quantization: "int4", cache });
    const rounded = createModel(type, { ...config, ...more }, { seed: 3 });
    for (const [key, { shape, data }] of rounded.weights) {
      if (shape.length === 2 && !key.includes("embed")) roundedToBlocks(data);
    }
    const labels = inputIds;
    const [got, expected] = [
      await model.forward({ inputIds }),
      await rounded.forward({ inputIds }),
    ];
    const width = config.vocab_size;
    for (const [from, tokens] of [
      [0, 8],
      [8, 2],
    ] as const) {
      const part = ({ logits }: typeof got) =>
        logits.data.subarray(from * width, (from + tokens) * width);
      // a tied table stays whole where rows are looked up, and is rounded where it is multiplied by
      const atol = "tie_word_embeddings" in more ? 0.15 : 0.02;
      expect(part(got)).toBeAllclose(part(expected), { rtol: 0, atol });
    }
    const [a, b] = [
      await model.evaluateLoss({ inputIds, labels }),
      await rounded.evaluateLoss({ inputIds, labels }),
    ];
    expect(a.loss / a.count).toBeCloseTo(b.loss / b.count, 1);
    const { sequences } = await model.generate({ inputIds, maxNewTokens: 5, numBeams: 2 });
    expect(sequences.map((row) => row.length <= 13)).toEqual([true, true]);
    await expect(model.lossAndGradients({ inputIds, labels })).rejects.toThrow("no gradients");
    await model.release();
    await rounded.release();
  },
);

/** Root of the mean square. */
const apart = (a: Float32Array, b: Float32Array) =>
  Math.sqrt(a.reduce((sum, value, i) => sum + (value - b[i]!) ** 2, 0) / a.length);

test("fast prompts: long texts by 8 bits, nearer to the floats; short ones and tokens by 4", async () => {
  const drawn = createModel("llama", { ...config, initializer_range: 0.1 }, { seed: 4 });
  const path = await saved("fast", drawn);
  const four = await loadModel(path, { quantization: "int4", cache });
  const fast = await loadModel(path, { quantization: "int4", cache, hasFastPrompts: true });
  const ids = Array.from({ length: 40 }, (_, i) => 5 + ((i * 37) % 190));
  const logitsOf = async (model: Model, text: number[]) =>
    (await model.forward({ inputIds: [text] })).logits.data as Float32Array;
  const whole = await logitsOf(drawn, ids);
  const [near, far] = [
    apart(await logitsOf(fast, ids), whole),
    apart(await logitsOf(four, ids), whole),
  ];
  expect(near).toBeGreaterThan(0);
  expect(near).toBeLessThan(0.7 * far);
  const short = ids.slice(0, 15);
  expect(await logitsOf(fast, short)).toEqual(await logitsOf(four, short));
  const { sequences } = await fast.generate({ inputIds: [ids], maxNewTokens: 8, minNewTokens: 8 });
  expect(sequences[0]).toHaveLength(48);
  expect(await fast.generate({ inputIds: [short], maxNewTokens: 4 })).toEqual(
    await four.generate({ inputIds: [short], maxNewTokens: 4 }),
  );
  await Promise.all([drawn, four, fast].map((model) => model.release()));
});

test("the cache is made once, and anew for another file or when it is damaged", async () => {
  const path = await saved("cached", createModel("llama", config, { seed: 4 }));
  const own = join(folder, "own-cache");
  const news: string[] = [];
  const open = async () => {
    news.length = 0;
    const model = await loadModel(path, {
      quantization: "int4",
      cache: own,
      onNews: (line) => news.push(line),
    });
    await model.release();
    return news.length;
  };
  expect(await open()).toBeGreaterThan(1);
  expect(news[0]).toMatch(/needs [\d.]+ GB of memory, [\d.]+ GB of disk/);
  expect(await open()).toBe(1);
  utimesSync(join(path, "model.safetensors"), 1, 1);
  expect(await open()).toBeGreaterThan(1);
  const data = (name: string) => join(own, "int4", name, "weights.bin");
  const made = readdirSync(join(own, "int4")).map(data).filter(existsSync);
  expect(made).toHaveLength(2);
  for (const file of made) truncateSync(file, 100);
  await expect(open()).rejects.toMatchObject({ code: "model.cache" });
});

test("what does not fit is refused with its figures", () => {
  const refusal = (memoryBytes: number, diskBytes: number) => {
    try {
      requireRoom(
        { memoryBytes, diskBytes },
        { where: "here", cache: join(folder, "not", "there") },
      );
    } catch (error) {
      return formatError(error);
    }
    return "fits";
  };
  expect(refusal(1e18, 0)).toMatch(
    /memory[\s\S]*1000000000\.0 GB of memory[\s\S]*GB of memory free/,
  );
  expect(refusal(0, 1e18)).toMatch(/1000000000\.0 GB of disk[\s\S]*GB free in/);
  expect(refusal(0, 0)).toBe("fits");
  expect(describeRequirements({ memoryBytes: 6.64e9, diskBytes: 5.7e9 })).toBe(
    "6.6 GB of memory, 5.7 GB of disk for its cache",
  );
});
