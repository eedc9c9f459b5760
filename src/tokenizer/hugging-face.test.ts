/** @file Parity with the Rust library through its native binding. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { BPE, byteLevelPreTokenizer, Tokenizer as Native } from "tokenizers";
import { expect, test } from "vitest";
import { loadTokenizerSync, saveTokenizer, type Tokenizer, trainTokenizer } from "./index.ts";
import { mixedText, smallTokenizer, temporaryFolder } from "./small.test-data.ts";

interface TokenizerJson {
  readonly added_tokens: object[];
  pre_tokenizer: { add_prefix_space: boolean; use_regex: boolean };
  post_processor: unknown;
  model: {
    unk_token: string;
    fuse_unk: boolean;
    ignore_merges: boolean;
    merges: string[];
    vocab: Record<string, number>;
  };
}

const flags = {
  single_word: false,
  lstrip: false,
  rstrip: false,
  normalized: true,
  special: false,
};
const spaces = { add_prefix_space: true, trim_offsets: true };
const special = (id: string) => ({ SpecialToken: { id, type_id: 0 } });

/** Each changes what `saveTokenizer` wrote into another tokenizer. */
const variants: Readonly<Record<string, (json: TokenizerJson) => void>> = {
  "as saved": () => {},
  "trimmed offsets": (json) => {
    json.post_processor = { ...(json.post_processor as object), trim_offsets: true };
  },
  "prefix space": (json) => {
    json.pre_tokenizer.add_prefix_space = true;
    json.post_processor = { type: "ByteLevel", ...spaces };
  },
  "one word per piece": (json) => {
    json.pre_tokenizer.use_regex = false;
    json.post_processor = null;
  },
  "merges ignored for whole words": (json) => {
    json.model.ignore_merges = true;
    json.model.merges.splice(20);
  },
  "bytes missing, unknown tokens fused": (json) => {
    Object.assign(json.model, { unk_token: "<unk>", fuse_unk: true });
    // the ids stay taken, as the Rust library gives added tokens the next id by count
    json.model.vocab = Object.fromEntries(
      Object.entries(json.model.vocab).map(([token, id]) => [
        /^[xé]$/.test(token) ? `€${token}` : token,
        id,
      ]),
    );
    json.model.merges = json.model.merges.filter((merge) => !/[xé]/.test(merge));
  },
  "more added tokens and a sequence of processors": (json) => {
    const more = [
      { content: "first", single_word: true },
      { content: "aa", lstrip: true, rstrip: true, normalized: false, special: true },
      { content: "aaa" },
      { content: "🤗", rstrip: true },
      { content: "\n\n", normalized: false },
    ];
    more.forEach((token, i) => {
      const known = json.model.vocab[token.content];
      json.added_tokens.push({ id: known ?? 1000 + i, ...flags, ...token });
    });
    renumber(json);
    json.post_processor = {
      type: "Sequence",
      processors: [
        { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: true },
        {
          type: "TemplateProcessing",
          single: [special("<s>"), { Sequence: { id: "A", type_id: 0 } }, special("</s>")],
          pair: [{ Sequence: { id: "A", type_id: 0 } }, { Sequence: { id: "B", type_id: 0 } }],
          special_tokens: {
            "<s>": { id: "<s>", ids: [1], tokens: ["<s>"] },
            "</s>": { id: "</s>", ids: [2], tokens: ["</s>"] },
          },
        },
      ],
    };
  },
};

/** New tokens get the ids that follow, which is all the Rust library does. */
function renumber(json: TokenizerJson): void {
  const tokens = json.added_tokens as { id: number }[];
  let next = Math.max(...tokens.filter(({ id }) => id < 1000).map(({ id }) => id)) + 1;
  for (const token of tokens) if (token.id >= 1000) token.id = next++;
}

function pairOf(change: (json: TokenizerJson) => void): { ours: Tokenizer; native: Native } {
  const dir = temporaryFolder();
  saveTokenizer(smallTokenizer(), dir);
  const path = join(dir, "tokenizer.json");
  const json = JSON.parse(readFileSync(path, "utf8")) as TokenizerJson;
  change(json);
  writeFileSync(path, JSON.stringify(json));
  return { ours: loadTokenizerSync(dir), native: Native.fromFile(path) };
}

/** Rust counts characters, JavaScript UTF-16 units. */
function toUnits(text: string, offsets: readonly (readonly number[])[]): number[][] {
  const units = [0];
  for (const character of text) units.push(units.at(-1)! + character.length);
  return offsets.map((offset) => offset.map((character) => units[character]!));
}

const wellFormed = mixedText.filter((text) => !/\p{Surrogate}/u.test(text));

for (const [name, change] of Object.entries(variants)) {
  test(`tokenizer.json, ${name}: ids and offsets equal the Rust library's`, async () => {
    const { ours, native } = pairOf(change);
    expect(ours.vocabSize).toBe(native.getVocabSize());
    const encodes = fc.asyncProperty(wellFormed, fc.boolean(), async (text, addSpecialTokens) => {
      const want = await native.encode(text, null, { addSpecialTokens });
      const got = ours.encode(text, { addSpecialTokens });
      expect(got.ids).toEqual(want.getIds());
      expect(got.offsets).toEqual(toUnits(text, want.getOffsets()));
    });
    await fc.assert(encodes, { numRuns: 300 });
  });
}

test("decode: any ids give the Rust library's text", async () => {
  const { ours, native } = pairOf(() => {});
  const ids = fc.array(fc.nat(320), { maxLength: 12 });
  const decodes = fc.asyncProperty(ids, fc.boolean(), async (sequence, skipSpecialTokens) => {
    const want = await native.decode(sequence, skipSpecialTokens);
    expect(ours.decode(sequence, { skipSpecialTokens })).toBe(want);
  });
  await fc.assert(decodes, { numRuns: 300 });
});

test("trainTokenizer: the merges of the Rust trainer, in its order", () => {
  const file = join(temporaryFolder(), "corpus.txt");
  const options = { vocabSize: 30_000, minFrequency: 0, specialTokens: [], useLines: true };
  fc.assert(
    fc.property(fc.array(wellFormed), (parts) => {
      const text = parts.join("");
      writeFileSync(file, text);
      const native = new Native(BPE.empty());
      native.setPreTokenizer(byteLevelPreTokenizer(false));
      native.train([file]);
      native.save(`${file}.json`);
      const { model } = JSON.parse(readFileSync(`${file}.json`, "utf8")) as {
        model: { merges: [string, string][] };
      };
      expect(trainTokenizer([text], options).definition.merges).toEqual(model.merges);
    }),
    { numRuns: 40 },
  );
});
