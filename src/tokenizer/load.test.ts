import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  loadCodeT5Tokenizer,
  loadTokenizer,
  loadTokenizerSync,
  saveTokenizer,
  type Tokenizer,
} from "./index.ts";
import { mixedText, smallTokenizer, temporaryFolder } from "./small.test-data.ts";

const small = smallTokenizer();
const saved = temporaryFolder();
saveTokenizer(small, saved);

type Json = Record<string, unknown>;

/** A copy of the saved folder with some files replaced (null: removed). */
function folderWith(changes: Readonly<Record<string, unknown>>): string {
  const dir = temporaryFolder();
  for (const name of readdirSync(saved)) copyFileSync(join(saved, name), join(dir, name));
  for (const [name, content] of Object.entries(changes)) {
    if (content === null) rmSync(join(dir, name));
    else
      writeFileSync(
        join(dir, name),
        typeof content === "string" ? content : JSON.stringify(content),
      );
  }
  return dir;
}

function read(name: string): Json {
  return JSON.parse(readFileSync(join(saved, name), "utf8")) as Json;
}

/** The saved tokenizer.json with fields replaced, by dotted path. */
function tokenizerJson(changes: Readonly<Record<string, unknown>>): { "tokenizer.json": Json } {
  const json = read("tokenizer.json");
  for (const [path, value] of Object.entries(changes)) {
    const keys = path.split(".");
    const last = keys.pop()!;
    const target = keys.reduce((object, key) => object[key] as Json, json);
    target[last] = value;
  }
  return { "tokenizer.json": json };
}

function expectSame(got: Tokenizer, want: Tokenizer): void {
  expect(got.vocabSize).toBe(want.vocabSize);
  expect(got.sentinelIds).toEqual(want.sentinelIds);
  expect(got.definition.specialTokens).toEqual(want.definition.specialTokens);
  fc.assert(
    fc.property(mixedText, (text) => {
      const encoding = want.encode(text);
      expect(got.encode(text)).toEqual(encoding);
      expect(got.decode(encoding.ids)).toBe(want.decode(encoding.ids));
    }),
  );
}

const files = (dir: string) => {
  return { vocabFile: join(dir, "vocab.json"), mergesFile: join(dir, "merges.txt") };
};

test("saveTokenizer: tokenizer.json and the older files both load as the same tokenizer", async () => {
  expectSame(await loadTokenizer(saved), small);
  expectSame(loadTokenizerSync(folderWith({ "tokenizer.json": null })), small);
});

test("saveTokenizer: saving what was loaded writes the same bytes", () => {
  for (const changes of [{}, { "tokenizer.json": null }]) {
    const again = temporaryFolder();
    saveTokenizer(loadTokenizerSync(folderWith(changes)), again);
    for (const name of readdirSync(saved)) {
      expect(readFileSync(join(again, name), "utf8")).toBe(readFileSync(join(saved, name), "utf8"));
    }
  }
});

test("saveTokenizer: a folder that cannot be made is one clear error", () => {
  const file = join(temporaryFolder(), "file");
  writeFileSync(file, "");
  expect(() => saveTokenizer(small, join(file, "inside"))).toThrow(
    expect.objectContaining({ code: "file.unwritable" }),
  );
});

test("loadCodeT5Tokenizer: two files of any name, sentinels after the vocabulary", () => {
  expectSame(loadCodeT5Tokenizer(files(saved), 10), small);
  expect(loadCodeT5Tokenizer(files(saved)).sentinelIds[0]).toBe(301 + 99);
});

test("loadTokenizer: vocabulary files alone make a Roberta tokenizer with the usual names", () => {
  const dir = folderWith({
    "tokenizer.json": null,
    "added_tokens.json": null,
    "special_tokens_map.json": null,
    "tokenizer_config.json": null,
  });
  const tokenizer = loadTokenizerSync(dir);
  expect(tokenizer.encodeIds("x <mask>")).toEqual([1, small.tokenToId("x"), 4, 2]);
  expect(tokenizer.sentinelIds).toEqual([]);
});

test("loadTokenizer: special_tokens_map.json alone gives new tokens the next ids, in order", () => {
  const dir = folderWith({
    "tokenizer.json": null,
    "added_tokens.json": null,
    "tokenizer_config.json": { tokenizer_class: "RobertaTokenizer", add_prefix_space: true },
    "special_tokens_map.json": { bos_token: "<s>", additional_special_tokens: ["<b>", "<a>"] },
  });
  const tokenizer = loadTokenizerSync(dir);
  expect([tokenizer.tokenToId("<b>"), tokenizer.tokenToId("<a>")]).toEqual([301, 302]);
  expect(tokenizer.definition.addPrefixSpace).toBe(true);
});

test("loadTokenizer: GPT-2's class has no template", () => {
  const config = { tokenizer_class: "GPT2Tokenizer" };
  const tokenizer = loadTokenizerSync(
    folderWith({ "tokenizer.json": null, "tokenizer_config.json": config }),
  );
  expect(tokenizer.encodeIds("x")).toEqual([small.tokenToId("x")]);
});

test("loadTokenizer: merges as pairs, a sequence of one, no post-processor", () => {
  const { model, pre_tokenizer, decoder } = read("tokenizer.json") as Record<string, Json>;
  const pairs = (model!.merges as string[]).map((merge) => merge.split(" "));
  const dir = folderWith(
    tokenizerJson({
      "model.merges": pairs,
      pre_tokenizer: { type: "Sequence", pretokenizers: [pre_tokenizer] },
      decoder: { type: "Sequence", decoders: [decoder] },
      normalizer: { type: "Sequence", normalizers: [] },
      post_processor: null,
    }),
  );
  const text = "return first";
  const bare = { addSpecialTokens: false };
  expect(loadTokenizerSync(dir).encodeIds(text)).toEqual(small.encodeIds(text, bare));
});

test("loadTokenizer: every post-processor puts its tokens around the text", () => {
  const before = { SpecialToken: { id: "<s>", type_id: 0 } };
  const after = { SpecialToken: { id: "end", type_id: 0 } };
  const template = {
    type: "TemplateProcessing",
    single: [before, { Sequence: { id: "A", type_id: 0 } }, after],
    pair: [],
    special_tokens: {
      "<s>": { id: "<s>", ids: [1], tokens: ["<s>"] },
      end: { id: "end", ids: [2, 0], tokens: ["</s>", "<pad>"] },
    },
  };
  const bert = { type: "BertProcessing", sep: ["</s>", 2], cls: ["<s>", 1] };
  const byteLevel = { type: "ByteLevel", add_prefix_space: false, trim_offsets: true };
  const cases = [
    [template, [1, 2, 0]],
    [bert, [1, 2]],
    [byteLevel, []],
    [{ type: "Sequence", processors: [bert, byteLevel, template] }, [1, 1, 2, 2, 0]],
  ] as const;
  for (const [post_processor, want] of cases) {
    const tokenizer = loadTokenizerSync(folderWith(tokenizerJson({ post_processor })));
    expect(tokenizer.encodeIds("")).toEqual(want);
    const again = temporaryFolder();
    saveTokenizer(tokenizer, again);
    expectSame(loadTokenizerSync(again), tokenizer);
  }
});

/** What is refused, and the words the error must hold. */
const badTokenizerJson: readonly (readonly [Readonly<Record<string, unknown>>, string])[] = [
  [{ version: "2.0" }, "version"],
  [{ normalizer: { type: "NFC" } }, "normalizer"],
  [{ pre_tokenizer: null }, "pre_tokenizer"],
  [{ pre_tokenizer: { type: "Whitespace" } }, "pre_tokenizer.type"],
  [{ decoder: { type: "WordPiece" } }, "decoder.type"],
  [{ decoder: null }, "decoder"],
  [{ post_processor: { type: "Magic" } }, "post_processor.type"],
  [
    { post_processor: { type: "BertProcessing", sep: ["</s>", -1], cls: ["<s>", 1] } },
    "post_processor.sep.1",
  ],
  [{ post_processor: { type: "TemplateProcessing", single: [], special_tokens: {} } }, "single"],
  [
    { post_processor: { type: "Sequence", processors: [{ type: "Sequence" }] } },
    "processors.0.type",
  ],
  [{ "model.type": "Unigram" }, "model.type"],
  [{ "model.dropout": 0.1 }, "model.dropout"],
  [{ "model.byte_fallback": true }, "model.byte_fallback"],
  [{ "model.continuing_subword_prefix": "##" }, "model.continuing_subword_prefix"],
  [{ "model.end_of_word_suffix": "</w>" }, "model.end_of_word_suffix"],
  [{ "model.vocab": [] }, "model.vocab"],
  [{ "model.vocab": null }, "model.vocab"],
  [{ "model.vocab": { a: 0, b: 0 } }, "share the id 0"],
  [{ "model.vocab": { a: -1 } }, '"a"'],
  [{ "model.vocab": { a: 1e12 } }, '"a"'],
  [{ "model.vocab": { a: 1.5 } }, '"a"'],
  [{ "model.vocab": { a: [[[]]] } }, '"a"'],
  [{ "model.merges": {} }, "model.merges"],
  [{ "model.merges": ["a b c"] }, "model.merges[0]"],
  [{ "model.merges": [["a"]] }, "model.merges[0]"],
  [{ "model.merges": [["a", 3]] }, "model.merges[0]"],
  [{ "model.merges": ["x qqq"] }, "model.merges[0]"],
  [{ "model.merges": ["x x"] }, '"xx"'],
  [{ added_tokens: [{ id: 0, content: "<other>" }] }, "share the id 0"],
  [{ added_tokens: [{ id: 900, content: "<pad>" }] }, '"<pad>"'],
  [{ added_tokens: [{ id: -7, content: "<x>" }] }, '"<x>"'],
  [{ added_tokens: [{ id: 900, content: "" }] }, "added_tokens.0.content"],
  [{ added_tokens: "none" }, "added_tokens"],
];

function errorOf(dir: string): { code: string; text: string } {
  try {
    loadTokenizerSync(dir);
  } catch (error) {
    const { code, message, details } = error as { code: string; message: string; details: object };
    return { code, text: [message, ...Object.values(details)].join("; ") };
  }
  return { code: "none", text: "it loaded" };
}

test("loadTokenizer: what is not supported or lies in tokenizer.json is an error that names the field", () => {
  for (const [changes, words] of badTokenizerJson) {
    const { code, text } = errorOf(folderWith(tokenizerJson(changes)));
    expect(code, text).toMatch(/^tokenizer\./);
    expect(text).toContain(words);
    expect(text).toContain("tokenizer.json");
  }
});

test("loadTokenizer: deep or wrong JSON is refused without a crash", () => {
  const deep = "[".repeat(5000) + "]".repeat(5000);
  const contents = ["[]", "null", "3", "{", '{"model":{}}', deep, `{"pre_tokenizer":${deep}}`];
  for (const content of contents) {
    expect(errorOf(folderWith({ "tokenizer.json": content })).code).toMatch(/^(tokenizer|json)\./);
  }
});

test("loadTokenizer: holes in the ids are allowed, and idle", () => {
  const json = tokenizerJson({
    added_tokens: [{ id: 4_000_000, content: "<far>", special: true }],
  });
  const tokenizer = loadTokenizerSync(folderWith(json));
  expect(tokenizer.encodeIds("<far>")).toEqual([1, 4_000_000, 2]);
  expect(tokenizer.decode([4_000_000, 3_999_999, 1])).toBe("<far><s>");
});

test("loadTokenizer: merges.txt errors name the line", () => {
  const bad = [
    ["#version: 0.2\nx qqq\n", "merges.txt:2"],
    ["x y z\n", "merges.txt:1"],
    ["e r\n\ne r\n", "merges.txt:"],
    ["\u0085 x\n", "merges.txt:1"],
  ] as const;
  for (const [content, where] of bad) {
    const { code, text } = errorOf(folderWith({ "tokenizer.json": null, "merges.txt": content }));
    expect([code, text]).toEqual(["tokenizer.merges", expect.stringContaining(where)]);
  }
});

test("loadTokenizer: merges.txt may have Windows line ends and lack its last one", () => {
  const merges = readFileSync(join(saved, "merges.txt"), "utf8");
  const windows = merges.trimEnd().replaceAll("\n", "\r\n");
  expectSame(
    loadTokenizerSync(folderWith({ "tokenizer.json": null, "merges.txt": windows })),
    small,
  );
});

test("loadTokenizer: of a merge given twice the last counts", () => {
  const merges = small.definition.merges.map((pair) => pair.join(" "));
  const twice = ["#version: 0.2", merges[3], ...merges, ""].join("\n");
  expectSame(loadTokenizerSync(folderWith({ "tokenizer.json": null, "merges.txt": twice })), small);
});

test("loadTokenizer: a class that splits otherwise, and bad side files, are refused", () => {
  const bad = [
    [{ "tokenizer_config.json": { tokenizer_class: "CLIPTokenizer" } }, "tokenizer_class"],
    [{ "tokenizer_config.json": { add_prefix_space: "no" } }, "add_prefix_space"],
    [{ "tokenizer_config.json": { added_tokens_decoder: { x: { content: "<x>" } } } }, '"<x>"'],
    [{ "special_tokens_map.json": { bos_token: 3 } }, "bos_token"],
    [
      { "added_tokens.json": { "<extra_id_0>": 0 }, "tokenizer_config.json": null },
      "share the id 0",
    ],
  ] as const;
  for (const [changes, words] of bad) {
    const { code, text } = errorOf(folderWith({ "tokenizer.json": null, ...changes }));
    expect(code, text).toMatch(/^tokenizer\./);
    expect(text).toContain(words);
  }
});

test("loadTokenizer: a folder without a tokenizer says which files it wants", async () => {
  const empty = join(temporaryFolder(), "empty");
  mkdirSync(empty);
  const missing = expect.objectContaining({ code: "file.missing" });
  await expect(loadTokenizer(empty)).rejects.toThrow(missing);
  await expect(loadTokenizer(join(empty, "nowhere"))).rejects.toThrow(missing);
  expect(errorOf(folderWith({ "tokenizer.json": null, "merges.txt": null })).text).toContain(
    "merges.txt",
  );
});
