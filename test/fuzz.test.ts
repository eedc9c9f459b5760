/**
 * @file Mutated files against every reader of weights, tokenizers and samples: each is read or refused by an
 * error of ours, and none makes memory grow. `FUZZ_INPUTS=1000000 npx vitest run test/fuzz.test.ts` tries more
 * than the 100,000 of every run; each input is a function of its number.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { CodeT5Error, Random } from "../src/base/index.ts";
import { readCheckpoint, readTensor, writeSafetensors } from "../src/checkpoint/index.ts";
import { floats, pickledStateDict, torchArchive } from "../src/checkpoint/torch-file.test-data.ts";
import { readLabelledSamples } from "../src/data/index.ts";
import { loadTokenizerSync, saveTokenizer, trainTokenizer } from "../src/tokenizer/index.ts";

const total = Number(process.env.FUZZ_INPUTS ?? 100_000);
const scratch = mkdtempSync(join(tmpdir(), "codet5-fuzz-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** One kind of file: valid ones, and what reads a folder with it. */
interface Target {
  readonly file: string;
  /** Of all inputs. */
  readonly share: number;
  readonly seeds: () => readonly Uint8Array[];
  readonly read: (folder: string) => unknown;
}

function safetensors(): Uint8Array {
  const path = join(scratch, "seed.safetensors");
  const tensors = new Map([
    ["a", { shape: [2, 3], data: Float32Array.from([1, 2, 3, 4, 5, 6]) }],
    ["b.weight", { shape: [4], data: Float32Array.from([0, 1, 2, 3]) }],
  ]);
  writeSafetensors(path, tensors);
  return readFileSync(path);
}

function torch(): Uint8Array {
  const dictionary = pickledStateDict({ a: { shape: [2, 2] }, b: { shape: [3] } });
  return torchArchive(dictionary, { 0: floats(1, 2, 3, 4), 1: floats(5, 6, 7) });
}

function readAllTensors(folder: string): void {
  for (const tensor of readCheckpoint(folder).tensors.values()) readTensor(tensor);
}

function tokenizer(): Uint8Array {
  const folder = join(scratch, "seed-tokenizer");
  saveTokenizer(
    trainTokenizer(["int add(int a) {}\n"], { vocabSize: 280, minFrequency: 1 }),
    folder,
  );
  return readFileSync(join(folder, "tokenizer.json"));
}

const sample = JSON.stringify({
  ...{ id: "1", language: "java", code: "int f() { return 1; }", label: 1, cwe: "CWE-1" },
  ...{ pair: null, group: "g", source: "s" },
});

const targets: Readonly<Record<string, Target>> = {
  safetensors: {
    file: "model.safetensors",
    share: 0.4,
    seeds: () => [safetensors()],
    read: readAllTensors,
  },
  "pickle of PyTorch": {
    file: "pytorch_model.bin",
    share: 0.3,
    seeds: () => [torch()],
    read: readAllTensors,
  },
  tokenizer: {
    file: "tokenizer.json",
    share: 0.1,
    seeds: () => [tokenizer()],
    read: (folder) => loadTokenizerSync(folder).encode("int add(int b) {}"),
  },
  "JSON lines": {
    file: "samples.jsonl",
    share: 0.2,
    seeds: () => [Buffer.from(`${sample}\n${sample.replace('"1"', '"2"')}\n`)],
    read: (folder) => readLabelledSamples(join(folder, "samples.jsonl")),
  },
};

/** Bytes that readers care about: signs of numbers, ends of strings, brackets, limits of integers. */
const telling = Buffer.from([0, 0x7f, 0x80, 0xff, ...Buffer.from('"\\[]{}:,0919eE-+.\n\r un')]);

type Mutation = (bytes: Buffer, random: Random) => Buffer;

const mutations: readonly Mutation[] = [
  (bytes, random) => {
    bytes[random.below(bytes.length)]! ^= 1 << random.below(8);
    return bytes;
  },
  (bytes, random) => {
    bytes[random.below(bytes.length)] = telling[random.below(telling.length)]!;
    return bytes;
  },
  (bytes, random) => bytes.subarray(0, 1 + random.below(bytes.length)),
  (bytes, random) => {
    const [start, length] = [random.below(bytes.length), 1 + random.below(32)];
    const rest = Buffer.concat([bytes.subarray(0, start), bytes.subarray(start + length)]);
    return rest.length === 0 ? Buffer.from([0]) : rest;
  },
  (bytes, random) => {
    const [start, at] = [random.below(bytes.length), random.below(bytes.length)];
    const piece = bytes.subarray(start, start + 1 + random.below(32));
    return Buffer.concat([bytes.subarray(0, at), piece, bytes.subarray(at)]);
  },
  (bytes, random) => {
    if (bytes.length < 8) return bytes;
    const at = random.below(bytes.length - 7);
    bytes.writeBigUInt64LE(random.pick([0n, 1n, 2n ** 31n, 2n ** 32n - 1n, 2n ** 63n]), at);
    return bytes;
  },
];

/** The input of that number. */
function mutated(seeds: readonly Uint8Array[], number: number): Buffer {
  const random = new Random(7, "fuzz", number);
  let bytes: Buffer = Buffer.from(random.pick(seeds));
  const count = 1 + random.below(6);
  for (let i = 0; i < count; i++) bytes = random.pick(mutations)(bytes, random);
  return bytes;
}

async function isRefused(read: () => unknown): Promise<boolean> {
  try {
    await read();
    return false;
  } catch (error) {
    if (error instanceof CodeT5Error) return true;
    throw error;
  }
}

const maxGrowth = 256 * 2 ** 20;

describe("mutated files", () => {
  test.each(Object.entries(targets))(
    "fuzz: %s",
    async (_, { file, share, seeds, read }) => {
      const valid = seeds();
      const path = join(scratch, file);
      for (const bytes of valid) {
        writeFileSync(path, bytes);
        expect(await isRefused(() => read(scratch))).toBe(false);
      }
      const before = process.memoryUsage().rss;
      let refused = 0;
      const count = Math.round(total * share);
      for (let number = 0; number < count; number++) {
        writeFileSync(path, mutated(valid, number));
        refused += Number(await isRefused(() => read(scratch)));
        if (number % 1000 === 0) {
          expect(process.memoryUsage().rss - before, `input ${number}`).toBeLessThan(maxGrowth);
        }
      }
      rmSync(path);
      // mutations of a payload are no errors; most others are
      expect(refused).toBeGreaterThan(count / 20);
    },
    600_000,
  );
});
