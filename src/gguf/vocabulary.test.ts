import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { isLlamaCppInstalled } from "../../test/node-llama-cpp.ts";
import { createModel } from "../model/index.ts";
import { loadTokenizerSync, type Tokenizer, trainTokenizer } from "../tokenizer/index.ts";
import { exportModelGguf } from "./export-gguf.ts";
import { openGguf } from "./llama-cpp.ts";
import { vocabularyMetadata } from "./vocabulary.ts";

const root = mkdtempSync(join(tmpdir(), "codet5-vocabulary-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const space = "\u2581";
/** In order of rank; each is made by every pair of tokens before it that joins to it. */
const joined = `in re ${space}r ${space}re int tu rn turn ${space}return ${space}${space}`.split(
  " ",
);
const characters = [...`${space}abefinrtu();{}`];

interface Changes {
  readonly byteFallback?: boolean;
  readonly split?: boolean;
  readonly without?: string;
}

/** SentencePiece's kind: characters, `<0x..>`, spaces as tokens' characters. */
function characterTokenizer({
  byteFallback = true,
  split = false,
  without,
}: Changes = {}): Tokenizer {
  const bytes = Array.from({ length: 256 }, (_, byte) => {
    return `<0x${byte.toString(16).toUpperCase().padStart(2, "0")}>`;
  });
  const tokens = ["<unk>", "<s>", "</s>", ...bytes, ...joined, ...characters];
  const merges = joined.flatMap((token) => {
    const cuts = Array.from(token, (_, at) => [token.slice(0, at), token.slice(at)]);
    return cuts
      .filter((pair) => pair.every((part) => tokens.includes(part)))
      .map((p) => p.join(" "));
  });
  const added = ["<unk>", "<s>", "</s>"].map((content, id) => {
    return { id, content, special: true, normalized: false };
  });
  const replace = (pattern: string, content: string) => {
    return { type: "Replace", pattern: { String: pattern }, content };
  };
  const file = {
    added_tokens: added,
    normalizer: null,
    pre_tokenizer: { type: "Metaspace", replacement: space, prepend_scheme: "first", split },
    post_processor: null,
    decoder: {
      type: "Sequence",
      decoders: [replace(space, " "), { type: "ByteFallback" }, { type: "Fuse" }],
    },
    model: {
      ...{ type: "BPE", unk_token: "<unk>", fuse_unk: true, byte_fallback: byteFallback },
      vocab: Object.fromEntries(tokens.map((token, id) => [token, id])),
      merges: merges.filter((merge) => merge !== without),
    },
  };
  writeFileSync(join(root, "tokenizer.json"), JSON.stringify(file));
  return loadTokenizerSync(root);
}

const refusal = (got: string) =>
  expect.objectContaining({ code: "export.tokenizer", details: expect.objectContaining({ got }) });

test("vocabularyMetadata: what llama.cpp would split in another way is refused", async () => {
  const metadata = (changes: Changes) => vocabularyMetadata(characterTokenizer(changes), 400);
  expect(() => metadata({ byteFallback: false })).toThrow(refusal("false"));
  expect(() => metadata({ split: true })).toThrow(refusal("words split at spaces"));
  expect(() => metadata({ without: "tu rn" })).toThrow(refusal("none"));
  expect(() => vocabularyMetadata(characterTokenizer(), 200)).toThrow(refusal("283"));
  const trained = await trainTokenizer(["int f"], { vocabSize: 300 });
  const asIs = new (trained.constructor as new (d: object) => Tokenizer)({
    ...trained.definition,
    useRegex: false,
  });
  expect(() => vocabularyMetadata(asIs, 400)).toThrow(refusal("none"));
});

test("vocabularyMetadata: scores fall by rank, types tell bytes and special tokens", () => {
  const tokenizer = characterTokenizer();
  const metadata = vocabularyMetadata(tokenizer, 300);
  const types = metadata["tokenizer.ggml.token_type"] as Int32Array;
  expect([...types.subarray(0, 4)]).toEqual([2, 3, 3, 6]);
  expect(types[299]).toBe(5);
  const scores = metadata["tokenizer.ggml.scores"] as Float32Array;
  const of = (token: string) => scores[tokenizer.tokenToId(token)!]!;
  expect(joined.map(of)).toEqual(joined.map(of).toSorted((a, b) => b - a));
  expect(of("a")).toBe(0);
});

const texts = [
  "int return  turn(a); {b}",
  "return a;\n\treturn\u00e9 \u4f60 ininin",
  "x    it's 12345 x1234 \u00bd\r\n\n  f(a)  ",
];

describe.runIf(isLlamaCppInstalled)("with node-llama-cpp", () => {
  const trainedFor = (pattern: "llama3" | undefined) => {
    const trained = trainTokenizer([texts.join("\n"), "int return turn"], { vocabSize: 300 });
    const definition = { ...trained.definition, ...(pattern ? { splitPattern: pattern } : {}) };
    return new (trained.constructor as new (d: object) => Tokenizer)(definition);
  };
  test.each([
    ["bytes split as GPT-2 does", () => trainedFor(undefined)],
    ["bytes split as Llama 3 does", () => trainedFor("llama3")],
    ["characters", () => characterTokenizer()],
  ])("the ids of llama.cpp: %s", async (name, make) => {
    const tokenizer = make();
    const config = {
      ...{ vocab_size: 512, hidden_size: 32, intermediate_size: 32, num_hidden_layers: 1 },
      ...{ num_attention_heads: 2, max_position_embeddings: 64 },
    };
    const model = createModel("llama", config, { seed: 1 });
    const path = join(root, `${name}.gguf`);
    exportModelGguf(model, tokenizer, path, { type: "f32", name });
    const native = await openGguf(path, { contextSize: 64, threads: 1 });
    for (const text of texts) {
      const ids = tokenizer.encodeIds(text, { addSpecialTokens: false });
      expect(native.tokenize(text, false)).toEqual(ids);
    }
    await native.close();
    await model.release();
  });
});
