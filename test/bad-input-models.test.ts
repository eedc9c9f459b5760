/** @file Model folders that lie, through the real commands: one clear line, exit code 1 or 2. */
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { runCli } from "./run-cli.ts";
import { expectOneLine, saveTinyModel } from "./tiny-runs.ts";

const scratch = mkdtempSync(join(tmpdir(), "codet5-bad-models-"));
const whole = join(scratch, "whole");
const folder = join(scratch, "model");
const source = join(scratch, "A.java");
beforeAll(async () => {
  await saveTinyModel(whole);
  writeFileSync(source, "int add(int a, int b)");
});
beforeEach(() => {
  rmSync(folder, { recursive: true, force: true });
  cpSync(whole, folder, { recursive: true });
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const pathOf = (name: string) => join(folder, name);
const write = (name: string, content: string | Uint8Array) => writeFileSync(pathOf(name), content);
const json = (name: string) => JSON.parse(readFileSync(pathOf(name), "utf8"));
const generate = () => runCli(["generate", "--model", folder, "--max-length", "4", source]);

/** A file where a folder would be, and the other way round. */
function makeFolderOf(name: string): void {
  rmSync(pathOf(name));
  mkdirSync(pathOf(name));
}

test("a whole folder generates", async () => {
  expect(await generate()).toMatchObject({ code: 0, stderr: "" });
});

const weights = "model.safetensors";
type Header = Record<string, { dtype: string; shape: unknown; data_offsets: unknown[] }>;

/** Change the header of the weights and leave the data as it is. */
function editHeader(change: (header: Header, names: readonly string[]) => void): void {
  const file = readFileSync(pathOf(weights));
  const end = 8 + Number(file.readBigUInt64LE(0));
  const header = JSON.parse(file.toString("utf8", 8, end));
  change(
    header,
    Object.keys(header).filter((name) => name !== "__metadata__"),
  );
  const text = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  write(weights, Buffer.concat([length, text, file.subarray(end)]));
}

function claimHeaderOf(bytes: bigint): void {
  const file = readFileSync(pathOf(weights));
  file.writeBigUInt64LE(bytes);
  write(weights, file);
}

describe("weights", () => {
  test.each<[string, () => void, message: string]>([
    ["missing", () => rmSync(pathOf(weights)), "no weights in this folder"],
    ["a folder", () => makeFolderOf(weights), "not a regular file"],
    ["empty", () => truncateSync(pathOf(weights), 0), "safetensors file is truncated"],
    ["half", () => truncateSync(pathOf(weights), 4000), "the file is truncated"],
    ["a header of 10 GB", () => claimHeaderOf(10n ** 10n), "a claim of 10000000000 bytes"],
    ["a header of 2^63 bytes", () => claimHeaderOf(2n ** 63n), "a claim of 9223372036854775808"],
    [
      "a tensor of 10 GB",
      () =>
        editHeader((header, [first]) => {
          header[first!]!.shape = [1e5, 25_000];
          header[first!]!.data_offsets = [0, 1e10];
        }),
      "expected: data_offsets that start at 10000000000",
    ],
    [
      "tensors that overlap",
      () =>
        editHeader((header, [first, second]) => {
          header[second!]!.data_offsets = header[first!]!.data_offsets;
        }),
      "a hole, an overlap or a negative length",
    ],
    [
      "a hole",
      () => editHeader((header, names) => delete header[names[3]!]),
      "a hole, an overlap or a negative length",
    ],
    [
      "negative sizes",
      () => editHeader((header, [first]) => Object.assign(header[first!]!, { shape: [-1, -5] })),
      "expected: a whole number, 0 or more",
    ],
    [
      "another shape",
      () => editHeader((header) => Object.assign(header["shared.weight"]!, { shape: [16, 400] })),
      "shared.weight",
    ],
    [
      "another element type",
      () => editHeader((header) => Object.assign(header["shared.weight"]!, { dtype: "I32" })),
      "not a floating-point tensor",
    ],
    [
      "another name",
      () =>
        editHeader((header) => {
          header["shared.weigth"] = header["shared.weight"]!;
          delete header["shared.weight"];
        }),
      "the nearest is shared.weigth",
    ],
    ["no JSON", () => write(weights, Buffer.from("\x03\0\0\0\0\0\0\0abc")), "malformed"],
  ])("%s", async (_, damage, message) => {
    damage();
    const line = expectOneLine(await generate(), 1);
    expect(line).toContain(message);
    expect(line).toContain(folder);
    expect(
      expectOneLine(await runCli(["evaluate", "translate", "--model", folder, "--data", "x"]), 1),
    ).toBe(line);
  });

  test("NaN: said when the first token is to be chosen", async () => {
    const file = readFileSync(pathOf(weights));
    file.writeFloatLE(Number.NaN, file.length - 4);
    file.fill(0xff, file.length - 16 * 4);
    write(weights, file);
    const { code, stderr } = await generate();
    expect(code).toBe(1);
    expect(stderr).toMatch(/^codet5: the model gives NaN for the next token; help: [^\n]+\n$/);
  });

  test("one flipped bit: told by doctor and model inspect, with the file's name", async () => {
    const file = readFileSync(pathOf(weights));
    file[file.length - 1]! ^= 1;
    write(weights, file);
    for (const words of [["doctor"], ["model", "inspect"]]) {
      const { code, stdout } = await runCli([...words, folder]);
      expect(code).toBe(1);
      expect(stdout).toContain(`${weights} is damaged or was changed`);
    }
  });

  test("a run folder in place of its model: the model's place is told", async () => {
    const run = join(scratch, "run");
    cpSync(whole, join(run, "best"), { recursive: true });
    const line = expectOneLine(await runCli(["generate", "--model", run, source]), 1);
    expect(line).toContain(`help: a run folder's model is ${join(run, "best")}`);
  });
});

const configWith = (changes: object) => () =>
  write("config.json", JSON.stringify({ ...json("config.json"), ...changes }));
const deep = "[".repeat(1e6) + "]".repeat(1e6);

describe("config.json", () => {
  test.each<[string, () => void, code: 1 | 2, message: string]>([
    ["missing", () => rmSync(pathOf("config.json")), 1, "file not found"],
    ["a folder", () => makeFolderOf("config.json"), 1, "cannot read file (EISDIR)"],
    ["empty", () => write("config.json", ""), 1, "not valid JSON"],
    ["NUL bytes", () => write("config.json", "\0\0\0"), 1, "not valid JSON"],
    ["another encoding", () => write("config.json", Buffer.of(0x22, 0xff)), 1, "not UTF-8"],
    ["null", () => write("config.json", "null"), 2, "expected: object; got: null"],
    ["a list", () => write("config.json", "[]"), 2, "expected: object; got: a list of 0"],
    ["a million levels", () => write("config.json", deep), 1, "nested too deeply"],
    ["3 GB", () => truncateSync(pathOf("config.json"), 3e9), 1, "file too large"],
    ["d_model -1", configWith({ d_model: -1 }), 2, "d_model; expected: number to be >0; got: -1"],
    ["d_model as text", configWith({ d_model: "16" }), 2, 'd_model; expected: number; got: "16"'],
    ["d_model of another model", configWith({ d_model: 8 }), 1, "another shape than config.json"],
    ["1.5 heads", configWith({ num_heads: 1.5 }), 2, "num_heads"],
    ["1e9 layers", configWith({ num_layers: 1e9 }), 2, "num_layers; expected: number to be <="],
    ["1000 layers", configWith({ num_layers: 1000 }), 1, "lacks encoder.block.1"],
    ["model_type bert", configWith({ model_type: "bert" }), 2, "unknown model_type"],
    ["model_type __proto__", configWith({ model_type: "__proto__" }), 2, "unknown model_type"],
    ["activation constructor", configWith({ feed_forward_proj: "constructor" }), 2, "relu, gelu"],
    [
      "eos beyond the vocabulary",
      () => write("generation_config.json", '{"eos_token_id": 1000000000}'),
      2,
      "not in the vocabulary",
    ],
    [
      "sizes behind __proto__",
      () => write("config.json", '{"__proto__":{"d_model":16}}'),
      2,
      "bad",
    ],
  ])("%s", async (_, damage, code, message) => {
    damage();
    expect(expectOneLine(await generate(), code)).toContain(message);
  });

  test("a byte-order mark and Windows line ends are no harm", async () => {
    const text = JSON.stringify(json("config.json"), null, 2).replaceAll("\n", "\r\n");
    write("config.json", `\ufeff${text}`);
    expect(await generate()).toMatchObject({ code: 0, stderr: "" });
  });

  test.each([
    ["a word for a number", { num_beams: "x" }],
    ["a list", []],
  ])("generation_config.json: %s", async (_, content) => {
    write("generation_config.json", JSON.stringify(content));
    expect(expectOneLine(await generate(), 2)).toContain("bad generation setting");
  });
});

interface TokenizerFile {
  model: { vocab: Record<string, unknown>; merges: unknown };
  added_tokens: unknown[];
}

const tokenizerWith = (change: (file: TokenizerFile) => void) => () => {
  const file = json("tokenizer.json");
  change(file);
  write("tokenizer.json", JSON.stringify(file));
};
const merges = (list: unknown) =>
  tokenizerWith((file) => {
    file.model.merges = list;
  });
const vocab = (token: string, id: unknown) =>
  tokenizerWith((file) => {
    file.model.vocab[token] = id;
  });

describe("tokenizer", () => {
  test.each<[string, () => void, message: string]>([
    ["empty", () => write("tokenizer.json", ""), "not valid JSON"],
    ["no fields", () => write("tokenizer.json", "{}"), "field model"],
    ["null", () => write("tokenizer.json", "null"), "expected: object; got: null"],
    ["a folder", () => makeFolderOf("tokenizer.json"), "cannot read file (EISDIR)"],
    ["3 GB", () => truncateSync(pathOf("tokenizer.json"), 3e9), "file too large"],
    ["a million levels", () => write("tokenizer.json", deep), "nested too deeply"],
    ["another encoding", () => write("tokenizer.json", Buffer.of(0x22, 0xff)), "not UTF-8"],
    [
      "a list as vocabulary",
      tokenizerWith(({ model }) => Object.assign(model, { vocab: [] })),
      "bad vocabulary",
    ],
    [
      "no tokens",
      tokenizerWith(({ model }) => Object.assign(model, { vocab: {} })),
      "a merge refers",
    ],
    ["an id as text", vocab("a", "x"), 'bad id of token "a"'],
    ["an id of 1e9", vocab("a", 1e9), 'bad id of token "a"'],
    ["an id beyond the model", vocab("a", 4e6), "token id outside the vocabulary"],
    [
      "merges in a circle",
      merges([
        ["a", "b"],
        ["ab", "a"],
        ["aba", "ab"],
      ]),
      "a merge refers",
    ],
    [
      "a merge of itself",
      merges([
        ["a", "a"],
        ["aa", "aa"],
      ]),
      "a merge refers",
    ],
    ["merges as numbers", merges([1, 2]), "bad merge"],
    ["merges as an object", merges({}), "model.merges"],
    [
      "an empty added token",
      tokenizerWith((file) => file.added_tokens.push({ id: 9, content: "" })),
      "added_tokens",
    ],
    [
      "a special token as number",
      () => write("special_tokens_map.json", '{"eos_token": 5}'),
      "eos_token",
    ],
    [
      "side file as a list",
      () => write("tokenizer_config.json", "[]"),
      "expected: object; got: a list of 0",
    ],
  ])("%s", async (_, damage, message) => {
    damage();
    expect(expectOneLine(await generate(), 1)).toContain(message);
  });

  test.each<[string, string | Uint8Array, message: string]>([
    ["NUL bytes", "\0\0 \0\n", "merges.txt:1"],
    ["another encoding", Buffer.of(0xff, 0x20, 0xfe, 0x0a), "not UTF-8"],
    ["one token in a line", "a b\nab\n", "merges.txt"],
  ])("merges.txt: %s", async (_, content, message) => {
    rmSync(pathOf("tokenizer.json"));
    write("merges.txt", content);
    expect(expectOneLine(await generate(), 1)).toContain(message);
  });

  test("no tokenizer, no folder", async () => {
    for (const name of ["tokenizer.json", "vocab.json"]) rmSync(pathOf(name));
    expect(expectOneLine(await generate(), 1)).toContain("no tokenizer in this folder");
    const { code, stderr } = await runCli(["tokenizer", "encode", join(scratch, "none"), "x"]);
    expect(`${code} ${stderr}`).toContain("1 codet5: no tokenizer in this folder");
    expect(stderr).toContain("got: no such folder");
  });
});
