/** @file Llama 3's, Mistral's and Llama 2's tokenizer.json against the Rust library through its native binding. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { Tokenizer as Native } from "tokenizers";
import { describe, expect, test } from "vitest";
import { loadTokenizerSync, saveTokenizer } from "./index.ts";
import { splitPatterns } from "./isolating-split.ts";
import { mixedText, smallTokenizer, temporaryFolder } from "./small.test-data.ts";
import { toTokenizerJson } from "./tokenizer-json.ts";

type Json = Record<string, unknown>;

const special = (id: number, content: string) => ({
  ...{ id, content, single_word: false, lstrip: false, rstrip: false },
  ...{ normalized: false, special: true },
});
const template = (token: string, id: number) => ({
  type: "TemplateProcessing",
  single: [{ SpecialToken: { id: token, type_id: 0 } }, { Sequence: { id: "A", type_id: 0 } }],
  pair: [{ Sequence: { id: "A", type_id: 0 } }, { Sequence: { id: "B", type_id: 0 } }],
  special_tokens: { [token]: { id: token, ids: [id], tokens: [token] } },
});

/** Llama 3's arrangement around the merges of a few functions. */
function splitFile(pattern: string): Json {
  const json = toTokenizerJson(smallTokenizer().definition) as Json;
  const byteLevel = {
    type: "ByteLevel",
    add_prefix_space: false,
    trim_offsets: true,
    use_regex: false,
  };
  const split = { type: "Split", pattern: { Regex: pattern }, behavior: "Isolated", invert: false };
  return {
    ...json,
    pre_tokenizer: { type: "Sequence", pretokenizers: [split, byteLevel] },
    post_processor: {
      type: "Sequence",
      processors: [
        { ...byteLevel, trim_offsets: false, add_prefix_space: true },
        template("<s>", 1),
      ],
    },
    model: { ...(json.model as Json), ignore_merges: true },
  };
}

const meta = "\u2581";
const pieces = [
  ...[meta, ..."abcdefghijklmnoprstuvxy(){};=+.0123\n\t<>\u00e9\u4f60"],
  ...["re", "tu", "rn", "return", "in", "int", `${meta}return`, `${meta}int`, `${meta}${meta}`],
  ...[
    `${meta}${meta}${meta}${meta}`,
    "ret",
    "urn",
    `${meta}i`,
    `${meta}in`,
    "st",
    "fi",
    "rst",
    "first",
  ],
];
const merges = [
  ...[
    "r e",
    "t u",
    "r n",
    "i n",
    "in t",
    `${meta} ${meta}`,
    `${meta}${meta} ${meta}${meta}`,
    `${meta} in`,
  ],
  ...[`${meta}in t`, "re t", "u rn", "ret urn", `${meta} return`, "s t", "f i", "r st", "fi rst"],
];

/** Mistral's arrangement: characters, bytes where there is none, spaces that are tokens. */
function characterFile(steps: Json, model: Json = {}): Json {
  const bytes = Array.from({ length: 256 }, (_, byte) => {
    return `<0x${byte.toString(16).toUpperCase().padStart(2, "0")}>`;
  });
  const hasBytes = model.byte_fallback ?? true;
  const tokens = ["<unk>", "<s>", "</s>", ...(hasBytes ? bytes : []), ...pieces];
  return {
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: [special(0, "<unk>"), special(1, "<s>"), special(2, "</s>")],
    normalizer: null,
    pre_tokenizer: null,
    post_processor: template("<s>", 1),
    decoder: {
      type: "Sequence",
      decoders: [
        { type: "Replace", pattern: { String: meta }, content: " " },
        { type: "ByteFallback" },
        { type: "Fuse" },
        { type: "Strip", content: " ", start: 1, stop: 0 },
      ],
    },
    ...steps,
    model: {
      ...{ type: "BPE", dropout: null, unk_token: "<unk>", continuing_subword_prefix: null },
      ...{ end_of_word_suffix: null, fuse_unk: true, byte_fallback: true, ignore_merges: false },
      vocab: Object.fromEntries(tokens.map((token, id) => [token, id])),
      merges,
      ...model,
    },
  };
}

const metaspace = (prepend_scheme: string, split: boolean) => ({
  pre_tokenizer: { type: "Metaspace", replacement: meta, prepend_scheme, split },
});
const legacy = {
  normalizer: {
    type: "Sequence",
    normalizers: [
      { type: "Prepend", prepend: meta },
      { type: "Replace", pattern: { String: " " }, content: meta },
    ],
  },
};

const files: Readonly<Record<string, Json>> = {
  "Llama 3": splitFile(splitPatterns.llama3),
  "Qwen 2": splitFile(splitPatterns.qwen2),
  "GPT-2's pattern as a split": splitFile(splitPatterns.gpt2),
  "Llama 2, Mistral 0.1": characterFile(legacy),
  "Codestral, Mistral 0.3": characterFile(metaspace("first", false)),
  "Metaspace before every piece, in words": characterFile({
    ...metaspace("always", true),
    decoder: { type: "Metaspace", replacement: meta, prepend_scheme: "always", split: true },
  }),
  "Metaspace nowhere": characterFile(metaspace("never", true)),
  "no bytes to fall back on": characterFile(metaspace("first", false), { byte_fallback: false }),
  "no bytes, unknown tokens apart": characterFile(metaspace("first", true), {
    byte_fallback: false,
    fuse_unk: false,
  }),
  "words that are tokens taken whole": characterFile(metaspace("first", true), {
    ignore_merges: true,
    merges: merges.slice(0, 4),
  }),
};

function loaded(json: Json) {
  const dir = temporaryFolder();
  const path = join(dir, "tokenizer.json");
  writeFileSync(path, JSON.stringify(json));
  return { ours: loadTokenizerSync(dir), native: Native.fromFile(path) };
}

/** Rust counts characters, JavaScript UTF-16 units. */
function toUnits(text: string, offsets: readonly (readonly number[])[]): number[][] {
  const units = [0];
  for (const character of text) units.push(units.at(-1)! + character.length);
  return offsets.map((offset) => offset.map((character) => units[character]!));
}

const fragments = fc.constantFrom(
  meta,
  ` ${meta}`,
  "return",
  " int first",
  "first(",
  "<0x0A>",
  "I'LL",
  "12345",
);
const texts = fc
  .array(fc.oneof(mixedText, fragments), { maxLength: 6 })
  .map((parts) => parts.join(""))
  .filter((text) => !/\p{Surrogate}/u.test(text));

describe.each(Object.entries(files))("%s", (_name, json) => {
  const { ours, native } = loaded(json);

  test("ids and offsets equal the Rust library's", async () => {
    const encodes = fc.asyncProperty(texts, fc.boolean(), async (text, addSpecialTokens) => {
      const want = await native.encode(text, null, { addSpecialTokens });
      const got = ours.encode(text, { addSpecialTokens });
      expect(got.ids).toEqual(want.getIds());
      expect(got.offsets).toEqual(toUnits(text, want.getOffsets()));
    });
    await fc.assert(encodes, { numRuns: 100 });
  });

  test("any ids decode to the Rust library's text, at once and one by one", async () => {
    const ids = fc.array(fc.nat(ours.vocabSize + 3), { maxLength: 12 });
    const decodes = fc.asyncProperty(ids, fc.boolean(), async (sequence, skipSpecialTokens) => {
      const want = await native.decode(sequence, skipSpecialTokens);
      expect(ours.decode(sequence, { skipSpecialTokens })).toBe(want);
      const stream = ours.decodeStream({ skipSpecialTokens });
      expect(sequence.map((id) => stream.push(id)).join("") + stream.end()).toBe(want);
    });
    await fc.assert(decodes, { numRuns: 100 });
  });

  test("saved and loaded it is the same, to the Rust library as well", async () => {
    const dir = temporaryFolder();
    saveTokenizer(ours, dir);
    const [again, nativeAgain] = [
      loadTokenizerSync(dir),
      Native.fromFile(join(dir, "tokenizer.json")),
    ];
    const text = " int first(12345)\n\n\treturn \u4f60\u{1f917} x";
    expect(again.encode(text)).toEqual(ours.encode(text));
    expect((await nativeAgain.encode(text, null)).getIds()).toEqual(ours.encodeIds(text));
  });
});

describe("what is not known is refused by its field", () => {
  const refusal = (json: Json) => {
    try {
      loaded(json);
    } catch (error) {
      return `${(error as Error).message}; ${JSON.stringify((error as { details?: Json }).details)}`;
    }
    return "none";
  };
  const withSplit = (change: Json) => {
    const json = splitFile(splitPatterns.llama3);
    const [split, byteLevel] = (json.pre_tokenizer as { pretokenizers: Json[] }).pretokenizers;
    return {
      ...json,
      pre_tokenizer: { type: "Sequence", pretokenizers: [{ ...split, ...change }, byteLevel] },
    };
  };

  test.each<[string, Json]>([
    ["pre_tokenizer.pretokenizers.0.pattern.Regex", withSplit({ pattern: { Regex: "(a+)+$" } })],
    ["llama3", withSplit({ pattern: { Regex: "\\w+" } })],
    ["pre_tokenizer.pretokenizers.0.behavior", withSplit({ behavior: "Removed" })],
    ["normalizer", characterFile({ ...legacy, ...metaspace("first", false) })],
    [
      "normalizer",
      characterFile({ normalizer: { type: "Replace", pattern: { Regex: " " }, content: meta } }),
    ],
    [
      "pre_tokenizer.replacement",
      characterFile({ pre_tokenizer: { type: "Metaspace", replacement: "_" } }),
    ],
    ["decoder", characterFile({ ...legacy, decoder: { type: "WordPiece" } })],
    ["decoder", characterFile({ ...legacy, decoder: null })],
  ])("%s", (field, json) => {
    expect(refusal(json)).toContain(field);
  });

  test("an added token that is looked for in normalized text", () => {
    const added = [special(0, "<unk>"), { ...special(1, "<s>"), normalized: true }];
    expect(refusal(characterFile({ ...legacy, added_tokens: added }))).toContain(
      "added_tokens.1.normalized",
    );
    expect(refusal(characterFile({ ...metaspace("first", true), added_tokens: added }))).toBe(
      "none",
    );
  });
});
