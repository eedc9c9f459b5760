import fc from "fast-check";
import { expect, test } from "vitest";
import { byteCharacters } from "./byte-alphabet.ts";
import { mixedText, smallTokenizer } from "./small.test-data.ts";
import { Tokenizer } from "./tokenizer.ts";

const tokenizer = smallTokenizer();
const bare = { addSpecialTokens: false } as const;
const leadingSpace = /^\p{White_Space}+/u;
const isWhole = (text: string) => !/\p{Surrogate}/u.test(text);

test("encode: the template stands around the text, with empty offsets", () => {
  expect(tokenizer.encode("")).toEqual({
    ids: [1, 2],
    offsets: [
      [0, 0],
      [0, 0],
    ],
    truncated: false,
  });
  const { ids, offsets } = tokenizer.encode("return x");
  expect([ids[0], ids.at(-1)]).toEqual([tokenizer.bosId, tokenizer.eosId]);
  expect([offsets[0], offsets.at(-1)]).toEqual([
    [0, 0],
    [0, 0],
  ]);
  expect(tokenizer.encode("return x", bare).ids).toEqual(ids.slice(1, -1));
});

test("encode: ids are those of encodeIds, and decode gives the text back", () => {
  fc.assert(
    fc.property(mixedText.filter(isWhole), (text) => {
      const { ids } = tokenizer.encode(text, bare);
      expect(tokenizer.encodeIds(text, bare)).toEqual(ids);
      // a sentinel or a mask takes the white space before it along
      const swallowed = text.replace(/\p{White_Space}+(?=<(extra_id_\d|mask)>)/gu, "");
      expect(tokenizer.decode(ids)).toBe(swallowed);
    }),
    { numRuns: 1000 },
  );
});

test("encode: offsets cover the text without gap, in characters, and hold what each id decodes to", () => {
  fc.assert(
    fc.property(mixedText.filter(isWhole), (text) => {
      const { ids, offsets } = tokenizer.encode(text, bare);
      let reached = 0;
      ids.forEach((id, i) => {
        const [start, end] = offsets[i]!;
        expect(start).toBeLessThanOrEqual(reached);
        expect(isWhole(text.slice(start, end))).toBe(true);
        const decoded = tokenizer.decode([id]);
        const covered = text.slice(start, end);
        if (tokenizer.isSpecial(id)) expect(covered.replace(leadingSpace, "")).toBe(decoded);
        else if (!decoded.includes("\ufffd")) expect(covered).toBe(decoded);
        reached = end;
      });
      expect(reached).toBe(text.length);
    }),
    { numRuns: 1000 },
  );
});

test("encode: a character that falls apart into bytes gives each part its whole offsets", () => {
  const { ids, offsets } = tokenizer.encode("a𝕏b", bare);
  expect(ids).toHaveLength(6);
  expect(offsets).toEqual([
    [0, 1],
    [1, 3],
    [1, 3],
    [1, 3],
    [1, 3],
    [3, 4],
  ]);
});

test("encode: lone surrogates are read as U+FFFD, one unit each", () => {
  const { ids, offsets } = tokenizer.encode("a\ud800b", bare);
  expect(tokenizer.decode(ids)).toBe("a\ufffdb");
  expect(offsets).toEqual([
    [0, 1],
    [1, 2],
    [1, 2],
    [1, 2],
    [2, 3],
  ]);
});

test("encode: truncation counts the template and keeps it", () => {
  const text = "for (int i = 0; i < n; i++) <extra_id_0> total += values[i];";
  const all = tokenizer.encode(text);
  for (let maxLength = 2; maxLength <= all.ids.length + 2; maxLength++) {
    const cut = tokenizer.encode(text, { maxLength });
    const kept = Math.min(maxLength, all.ids.length) - 1;
    expect(cut.ids).toEqual([...all.ids.slice(0, kept), 2]);
    expect(cut.offsets).toEqual([...all.offsets.slice(0, kept), [0, 0]]);
    expect(cut.truncated).toBe(maxLength < all.ids.length);
    expect(tokenizer.encodeIds(text, { ...bare, maxLength })).toEqual(
      all.ids.slice(1, -1).slice(0, maxLength),
    );
  }
});

test("encode: a maxLength without room for the template is refused", () => {
  for (const maxLength of [1, -1, 2.5, Number.NaN]) {
    expect(() => tokenizer.encode("x", { maxLength })).toThrow(
      expect.objectContaining({ code: "tokenizer.maxLength" }),
    );
  }
  expect(tokenizer.encodeIds("x", { ...bare, maxLength: 0 })).toEqual([]);
});

test("encode: something that is not a string is refused", () => {
  const text = undefined as unknown as string;
  expect(() => tokenizer.encode(text)).toThrow(expect.objectContaining({ code: "tokenizer.text" }));
});

test("encode: white space before a sentinel is swallowed, around other special tokens it stays", () => {
  const pad = tokenizer.padId!;
  const ids = tokenizer.encodeIds("x  <extra_id_3> <pad> x", bare);
  expect(ids.map((id) => tokenizer.idToToken(id))).toEqual([
    "x",
    "<extra_id_3>",
    "Ġ",
    "<pad>",
    "Ġ",
    "x",
  ]);
  expect(ids[3]).toBe(pad);
  expect(tokenizer.encode("x  <extra_id_3>", bare).offsets.at(-1)).toEqual([1, 15]);
});

test("encode: more distinct words than the cache holds, and long words, change nothing", () => {
  const words = Array.from({ length: 70_000 }, (_, i) => ` w${i.toString(26)}`);
  const fresh = smallTokenizer();
  const ids = fresh.encodeIds(words.join("") + "q".repeat(500), bare);
  expect(fresh.decode(ids)).toBe(words.join("") + "q".repeat(500));
  expect(fresh.encodeIds(words.slice(0, 100).join(""), bare)).toEqual(
    tokenizer.encodeIds(words.slice(0, 100).join(""), bare),
  );
});

test("encode: ten megabytes on one line and a million equal characters are no trouble", () => {
  const line = "public static int add(int first, int second) ".repeat(222_223);
  expect(tokenizer.encode(line, { maxLength: 512 }).ids).toHaveLength(512);
  for (const character of ["a", " ", "<", "é", "\ud800", "\n"]) {
    const { offsets } = tokenizer.encode(character.repeat(1_000_000), bare);
    expect(offsets.at(-1)![1]).toBe(1_000_000);
  }
}, 60_000);

test("decode: bytes that are not UTF-8 become U+FFFD as in Rust, byte order marks stay", () => {
  const idsOf = (...bytes: number[]) =>
    bytes.map((byte) => tokenizer.tokenToId(byteCharacters[byte]!)!);
  expect(tokenizer.decode(idsOf(0xe4, 0xbd, 0x41))).toBe("\ufffdA");
  expect(tokenizer.decode(idsOf(0xff, 0xc0, 0x80))).toBe("\ufffd\ufffd\ufffd");
  expect(tokenizer.decode(idsOf(0xf0, 0x9f, 0xa4))).toBe("\ufffd");
  expect(tokenizer.decode(tokenizer.encodeIds("\ufeffx", bare))).toBe("\ufeffx");
});

test("decode: special tokens are left out on request; ids without a token always", () => {
  const ids = tokenizer.encodeIds("a <extra_id_0> b");
  expect(tokenizer.decode(ids)).toBe("<s>a<extra_id_0> b</s>");
  expect(tokenizer.decode(ids, { skipSpecialTokens: true })).toBe("a b");
  expect(tokenizer.decode([1_000_000, ids[1]!])).toBe("a");
  expect(tokenizer.decode(Int32Array.from(ids))).toBe("<s>a<extra_id_0> b</s>");
});

test("decode: negative and fractional ids are refused", () => {
  for (const id of [-100, 1.5, Number.NaN]) {
    expect(() => tokenizer.decode([id])).toThrow(expect.objectContaining({ code: "tokenizer.id" }));
  }
});

test("decodeStream: pieces joined equal decode, and no piece holds half a character", () => {
  const ids = fc.array(fc.nat(tokenizer.vocabSize + 3), { maxLength: 20 });
  fc.assert(
    fc.property(ids, fc.boolean(), (sequence, skipSpecialTokens) => {
      const stream = tokenizer.decodeStream({ skipSpecialTokens });
      const pieces = [...sequence.map((id) => stream.push(id)), stream.end()];
      expect(pieces.join("")).toBe(tokenizer.decode(sequence, { skipSpecialTokens }));
    }),
  );
  const stream = tokenizer.decodeStream();
  const shown = tokenizer.encodeIds("é", bare).map((id) => stream.push(id));
  expect(shown).toEqual(["", "é"]);
});

test("Tokenizer: names and ids of special tokens", () => {
  const { bosId, eosId, padId, unkId, maskId } = tokenizer;
  expect([padId, bosId, eosId, unkId, maskId]).toEqual([0, 1, 2, 3, 4]);
  expect(tokenizer.sentinelIds).toEqual([310, 309, 308, 307, 306, 305, 304, 303, 302, 301]);
  expect(tokenizer.vocabSize).toBe(311);
  expect(tokenizer.tokenToId("<extra_id_9>")).toBe(301);
  expect(tokenizer.idToToken(311)).toBe(undefined);
  expect([0, 5, 301].map((id) => tokenizer.isSpecial(id))).toEqual([true, false, true]);
});

test("Tokenizer: bytes without a symbol become the unknown token, or are counted to a neighbour", () => {
  const vocabulary = new Map(
    [...tokenizer.definition.vocabulary].filter(([token]) => token !== "x"),
  );
  const merges = tokenizer.definition.merges.filter((pair) => !pair.join("").includes("x"));
  const definition = { ...tokenizer.definition, vocabulary, merges };
  const encode = (extra: object, text: string) => {
    const { ids, offsets } = new Tokenizer({ ...definition, ...extra }).encode(text, bare);
    return ids.map((id, i) => [tokenizer.idToToken(id), ...offsets[i]!]);
  };
  expect(encode({ unknownToken: "<unk>" }, "xxq")).toEqual([
    ["<unk>", 0, 1],
    ["<unk>", 1, 2],
    ["q", 2, 3],
  ]);
  expect(encode({ unknownToken: "<unk>", fuseUnknown: true }, "xxq")).toEqual([
    ["<unk>", 0, 2],
    ["q", 2, 3],
  ]);
  expect(encode({}, "xxqx")).toEqual([["q", 0, 4]]);
  expect(encode({}, "xx")).toEqual([]);
});

test("Tokenizer: a word that is a token is taken whole when merges are ignored", () => {
  const { definition } = tokenizer;
  const merges = definition.merges.slice(0, 1);
  const whole = new Tokenizer({ ...definition, merges, ignoreMerges: true });
  const token = [...definition.vocabulary.keys()].find((name) => /^Ġ[a-z]{4}/.test(name))!;
  const text = ` ${token.slice(1)}`;
  expect(whole.encodeIds(text, bare)).toEqual([definition.vocabulary.get(token)]);
  expect(new Tokenizer({ ...definition, merges }).encodeIds(text, bare).length).toBeGreaterThan(1);
});
